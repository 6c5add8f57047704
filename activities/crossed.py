"""Crossed in the mail: late facts change what a letter claimed. The ledger follows by new entries, never by edits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.apology import apology
from activities.charges import post_interest
from activities.claims import claim_of
from activities.composing import WordingFolders
from activities.facts import case_facts
from activities.notices import put_notice
from activities.wording_sandbox import WordingError
from models.cases import CaseRow, ProposalRow, TaskRow
from models.claim import Claim, Refusal
from models.composition import Composition
from models.facts import CaseFacts
from models.money import Money
from models.record import EntryRow
from rules.law.statement import work_out


def follow_late_facts(session: Session, case: CaseRow, as_of: datetime, folders: WordingFolders) -> None:
    """Bring posted charges in line with what is known now: interest, and fees of letters that came too late."""
    rows = ledger.entries(session, case.id)
    claimed = [row.effective_date for row in rows if row.kind in ("interest", "fee")]
    if not claimed:
        return
    facts = case_facts(session, case)
    try:
        claim = claim_of(session, facts, max(claimed))
        statement = work_out(claim)
    except Refusal:
        return  # what was posted stands; without figures nothing can be said against it
    waived = [p for p in _charging(session, case) if _paid_before(claim, p)]
    for proposal in waived:
        _waive(session, case, proposal, as_of)
    corrected = {
        invoice.id: post_interest(
            session,
            case,
            statement,
            invoice.id,
            claim.as_of,
            f"interest:{invoice.id}:{len(rows)}",
            corrects="what was claimed before a payment or credit note was known",
        )
        for invoice in claim.invoices
        if any(row.kind == "interest" and row.invoice_number == invoice.id for row in rows)
    }
    for number, minor in corrected.items():
        if minor:
            _tell_interest(session, case, number, minor, claim, as_of, len(rows))
    if waived:
        _offer_apology(session, case, facts, waived, as_of, folders)


def _charging(session: Session, case: CaseRow) -> Sequence[ProposalRow]:
    """Letters of the case that charge a fee which nobody has waived."""
    query = select(ProposalRow).where(ProposalRow.case_id == case.id, col(ProposalRow.fee_minor) > 0)
    return list(session.exec(query.order_by(col(ProposalRow.ended_at))))


def _paid_before(claim: Claim, letter: ProposalRow) -> bool:
    """Whether payments alone had settled every invoice of a letter on a day before it left."""
    sent: date = letter.letter_date
    for number in letter.invoices:
        principal = sum(invoice.principal for invoice in claim.invoices if invoice.id == number)
        credited = sum(note.amount for note in claim.credit_notes if note.invoice == number)
        paid = sum(payment.amount for payment in claim.payments if payment.invoice == number and payment.on < sent)
        if not paid or paid + credited < principal:
            return False
    return True


def _waive(session: Session, case: CaseRow, letter: ProposalRow, as_of: datetime) -> None:
    """Take the fee of a letter back by an entry against it."""
    fee: EntryRow = session.exec(
        select(EntryRow).where(EntryRow.case_id == case.id, EntryRow.key == f"fee:{letter.id}")
    ).one()
    waived = ledger.waive(session, fee, letter.letter_date, "crossed in the mail")
    letter.fee_minor = 0
    trail.write(
        session,
        case.creditor_id,
        f"{letter.id}:crossed",
        as_of,
        "crossed",
        f"The {letter.step} of {letter.letter_date} crossed a payment that was there before it: its fee of "
        f"{waived} is waived",
        case_id=case.id,
        proposal=letter.id,
    )


def _tell_interest(
    session: Session, case: CaseRow, number: str, minor: int, claim: Claim, as_of: datetime, turn: int
) -> None:
    change = Money(minor=minor, currency=claim.currency)
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:interest:{number}:{turn}",
        as_of,
        "interest corrected",
        f"Interest on invoice {number} to {claim.as_of} is worked out afresh: {change}",
        case_id=case.id,
        invoice=number,
        amount=minor,
        currency=claim.currency,
    )


def _offer_apology(
    session: Session,
    case: CaseRow,
    facts: CaseFacts,
    letters: Sequence[ProposalRow],
    as_of: datetime,
    folders: WordingFolders,
) -> None:
    """A task with the words to send: the engine apologises to nobody by itself."""
    last = letters[-1]
    task_id = f"{case.id}.apology.{hashlib.sha256(last.id.encode()).hexdigest()[:8]}"
    if session.get(TaskRow, task_id) is not None:
        return
    letter = Composition.model_validate(last.composition).letter
    try:
        words = apology(letter, folders.of(case.creditor_id))
        text = f"{words.subject}\n\n{words.text}"
    except WordingError as error:
        text = f"(the wording of the apology is unsound: {error})"
    title = "apology for a reminder that crossed a payment"
    session.add(
        TaskRow(
            id=task_id,
            case_id=case.id,
            step="apology",
            title=title,
            at=as_of,
            invoices=list(last.invoices),
            text=text,
            kind="apology",
            owner=facts.owner,
        )
    )
    put_notice(session, case, task_id, facts.owner, as_of, title, last.invoices, str(letter.charges.fee))
    said = f"An apology is offered to a person: invoices {', '.join(last.invoices)}; nothing is sent by itself"
    trail.write(session, case.creditor_id, f"{task_id}:asked", as_of, "task", said, case_id=case.id, step="apology")
