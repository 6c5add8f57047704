"""What a letter claims on top of the principal, and what of it stands on the ledger once the letter has gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from activities import ledger, trail
from activities.claims import claim_of
from models.cases import CaseRow, ProposalRow
from models.claim import Claim, CompensationClaim, LetterKind, Refusal, Ruling, Statement
from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Step, StepKind
from models.letters import Charges, InterestPeriod
from models.money import Money
from models.record import EntryRow
from rules.instalment_reminder import is_reminder
from rules.law.packs import pack_of
from rules.law.quote import segment_parts
from rules.law.reasons import said
from rules.law.statement import work_out
from rules.lawful import LETTERS, announces, effective_due, letter_of

OF_LETTERS = ("fee", "compensation")
"""What a letter charges by being given; interest runs whether or not it is."""


@dataclass(frozen=True)
class Charged:
    """The charges of a letter, what the law said of it, and what an admin should know of that."""

    charges: Charges
    ruling: Ruling
    notes: tuple[str, ...] = ()


def charges_of(session: Session, facts: CaseFacts, step: Step, invoices: Sequence[InvoiceFacts], day: date) -> Charged:
    """Work out what a step may charge if it leaves on a day. Without a figure that the law has, nothing is charged."""
    nothing = Charges.none(facts.settings.currency)
    if is_reminder(step.name):
        return Charged(nothing, Ruling())
    if step.kind not in LETTERS:
        return Charged(_announced(facts, step, nothing, day), Ruling())
    pack = pack_of(facts.settings.country)
    if not pack.reviewed(day):
        note = f"nothing is charged: nobody has reviewed the law of {pack.name} for {day}"
        refused = Ruling(letter="refused", letter_reason="regime_not_reviewed")
        return Charged(nothing, refused if step.kind is StepKind.formal_notice else Ruling(), (note,))
    try:
        statement = _with_letter(session, facts, step, invoices, day)
    except Refusal as refusal:
        note = f"nothing is charged: {refusal.message}"
        return Charged(nothing, Ruling(letter_reason=refusal.reason), (note,))
    ruling = statement.letters[-1]
    charges = _open_charges(statement, ruling, [i.number for i in invoices], facts.settings.currency)
    if not ruling.fee and step.kind is StepKind.reminder:
        charges = _announced(facts, step, charges, day)
    return Charged(charges, ruling, _notes(step, ruling, statement, facts.settings.country))


def _with_letter(
    session: Session, facts: CaseFacts, step: Step, invoices: Sequence[InvoiceFacts], day: date
) -> Statement:
    """The claim as it will stand when the letter has left."""
    claim = claim_of(session, facts, day)
    pack = pack_of(facts.settings.country)
    due = [i for i in invoices if effective_due(facts, i, pack) < day]
    if step.compensation and not pack.compensation_by_letter:
        fresh = tuple(CompensationClaim(i.number, day) for i in due if not i.compensated)
        claim = replace(claim, compensation=(*claim.compensation, *fresh))
    letter = replace(letter_of(facts, step, invoices, day), n=len(claim.letters) + 1)
    return work_out(replace(claim, letters=(*claim.letters, letter)))


def _open_charges(statement: Statement, ruling: Ruling, numbers: Sequence[str], currency: str) -> Charges:
    """What is open on the letter's invoices beside the principal."""
    lines = [statement.per_invoice[number] for number in numbers if number in statement.per_invoice]

    def money(minor: int) -> Money:
        return Money(minor=minor, currency=currency)

    interest = sum(line.interest for line in lines)
    return Charges(
        fee=money(ruling.fee),
        earlier_fees=money(max(sum(line.fees for line in lines) - ruling.fee, 0)),
        compensation=money(sum(line.compensation for line in lines)),
        interest=money(interest),
        interest_periods=_periods(statement, numbers) if interest else (),
    )


def _periods(statement: Statement, numbers: Sequence[str]) -> tuple[InterestPeriod, ...]:
    """The rates over time; neighbours of one rate are one period."""
    periods: list[InterestPeriod] = []
    for segment in sorted((s for s in statement.segments if s.invoice in numbers), key=lambda s: s.first_day):
        last = periods[-1] if periods else None
        if last is not None and last.rate == segment.rate:
            longer = max(last.last_day, segment.last_day)
            periods[-1] = last.model_copy(update={"last_day": longer})
        else:
            periods.append(InterestPeriod(first_day=segment.first_day, last_day=segment.last_day, rate=segment.rate))
    return tuple(periods)


def _announced(facts: CaseFacts, step: Step, charges: Charges, day: date) -> Charges:
    """Say beforehand what a later reminder may charge."""
    pack = pack_of(facts.settings.country)
    fee = 0
    if announces(facts, step) and pack.reviewed(day):
        try:
            fee, _ = pack.fee(LetterKind.reminder, day)
        except Refusal:
            fee = 0
    if not fee:
        return charges
    try:
        rate = None if charges.interest.minor else pack.rate(day, day)[0]
    except Refusal:
        rate = None
    announced = Money(minor=fee, currency=facts.settings.currency)
    return charges.model_copy(update={"announced_fee": announced, "announced_rate": rate})


def _notes(step: Step, ruling: Ruling, statement: Statement, country: str) -> tuple[str, ...]:
    notes = []
    if step.fee and not ruling.fee:
        why = said(ruling.fee_reason, country) if ruling.fee_reason else "no earlier message has announced one"
        notes.append(f"it goes without a fee: {why}")
    if step.compensation:
        claimed = [c.reason for c in statement.compensation if c.claimed_on == statement.claim.as_of]
        reasons = sorted({reason for reason in (ruling.compensation_reason, *claimed) if reason})
        notes += [f"it claims no compensation: {said(reason, country)}" for reason in reasons]
    return tuple(notes)


def post_charges(
    session: Session, case: CaseRow, facts: CaseFacts, step: Step, proposal: str, numbers: Sequence[str], day: date
) -> int:
    """Put on the ledger what a letter that has gone out claims; the fee it charged, in minor units.

    Runs in the transaction that records the send: no send, no fee; one send, one fee.
    """
    if step.kind not in LETTERS or not pack_of(facts.settings.country).reviewed(day):
        return 0
    invoices = [i for i in facts.invoices if i.number in numbers]
    try:
        statement = _with_letter(session, facts, step, invoices, day)
    except Refusal:
        return 0
    ruling = statement.letters[-1]
    entry = _Posting(session, case, facts.settings.currency, proposal, day)
    if ruling.fee:
        entry.post(ruling.invoice, "fee", ruling.fee, f"fee:{proposal}", rule=ruling.fee_source, of="fee")
    if ruling.compensation:
        entry.post(ruling.invoice, "compensation", ruling.compensation, f"compensation:{proposal}")
    for claimed in statement.compensation:
        if claimed.claimed_on == day and claimed.amount and claimed.invoice in numbers:
            key = f"compensation:{proposal}:{claimed.invoice}"
            entry.post(claimed.invoice, "compensation", claimed.amount, key, rule=_source(facts, statement.claim))
    for number in numbers:
        post_interest(session, case, statement, number, day, f"interest:{proposal}:{number}")
    return ruling.fee


def charged(session: Session, case: CaseRow, row: ProposalRow) -> list[EntryRow]:
    """What a letter has put on the ledger: the keys of its entries name it."""
    keys = [f"{kind}:{row.id}" for kind in (*OF_LETTERS, "interest")]
    return [
        entry
        for entry in ledger.entries(session, case.id)
        if entry.key in keys or entry.key.startswith(tuple(f"{key}:" for key in keys))
    ]


def uncharge(session: Session, case: CaseRow, row: ProposalRow, as_of: datetime) -> None:
    """Take back what a letter charged that nobody got."""
    row.deadline, row.announced_fee, row.fee_minor = None, False, 0
    charges = [entry for entry in charged(session, case, row) if entry.kind in OF_LETTERS]
    waived = Money(minor=0, currency=row.currency)
    for entry in charges:
        waived = waived + ledger.waive(session, entry, row.letter_date, "the letter was not delivered")
    if waived.minor:
        text = f"{waived} of fees waived: the {row.step} was not delivered in writing"
        key, amount = f"{row.id}:uncharged", waived.minor
        trail.write(
            session, case.creditor_id, key, as_of, "waived", text, case_id=case.id, proposal=row.id, amount=amount
        )


def post_interest(
    session: Session, case: CaseRow, statement: Statement, invoice: str, day: date, key: str, **basis: Any
) -> int:
    """Bring the interest on the ledger to what the statement says has accrued; the difference in minor units."""
    if invoice not in statement.per_invoice:
        return 0
    posted = sum(
        row.amount_minor
        for row in ledger.entries(session, case.id)
        if row.kind == "interest" and row.invoice_number == invoice
    )
    more = statement.per_invoice[invoice].accrued - posted
    if more:
        worked = [segment_parts(s) for s in statement.segments if s.invoice == invoice]
        amount = Money(minor=more, currency=statement.claim.currency)
        ledger.post(
            session,
            case.creditor_id,
            case.id,
            invoice,
            "interest",
            amount,
            day,
            key,
            through=day.isoformat(),
            segments=worked,
            **basis,
        )
    return more


@dataclass(frozen=True)
class _Posting:
    """Entries of one letter."""

    session: Session
    case: CaseRow
    currency: str
    proposal: str
    day: date

    def post(self, invoice: str, kind: str, minor: int, key: str, **basis: Any) -> None:
        ledger.post(
            self.session,
            self.case.creditor_id,
            self.case.id,
            invoice,
            kind,
            Money(minor=minor, currency=self.currency),
            self.day,
            key,
            proposal=self.proposal,
            **basis,
        )


def _source(facts: CaseFacts, claim: Claim) -> str:
    return pack_of(facts.settings.country).compensation(claim.debtor, claim.as_of, claim.as_of)[2]
