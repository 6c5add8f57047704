"""A case's ledger and letters as the claim that the law works out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import Session, col, select

from activities import ledger
from activities.company_standing import decree_day
from models.claim import (
    Category,
    Claim,
    ClaimInvoice,
    ClaimLetter,
    ClaimPayment,
    CompensationClaim,
    CreditNote,
    Rest,
    Terms,
)
from models.facts import CaseFacts
from models.plans import PlanRow
from models.record import EntryRow
from rules.calendar import local_day
from rules.law.packs import pack_of


def claim_of(session: Session, facts: CaseFacts, as_of: date) -> Claim:
    """The claim on the invoices that are due on a day, with what was posted and sent until then.

    A credit note that corrects an invoice counts from its first day, also when it came later.
    """
    rows = ledger.entries(session, facts.case_id)
    principal = {number: money.minor for number, money in ledger.Balances(rows).principal.items()}
    settings = facts.settings
    due = [
        ClaimInvoice(i.number, principal[i.number], i.due_date)
        for i in facts.invoices
        if i.due_date is not None
        and (not i.not_reminded or i.set_aside == "handed_over")
        and i.due_date <= as_of
        and i.gross.currency == settings.currency
        and principal.get(i.number, 0) > 0
    ]
    known = {invoice.id for invoice in due}
    return Claim(
        country=settings.country,
        debtor=facts.debtor,
        currency=settings.currency,
        invoices=tuple(due),
        as_of=as_of,
        letters=_letters(facts, rows, known, as_of),
        compensation=_compensation(facts, rows, known, as_of),
        payments=_payments(rows, known, as_of),
        credit_notes=_credit_notes(rows, {invoice.id: invoice.principal for invoice in due}, as_of),
        rests=_rests(session, facts, due),
        terms=Terms(
            day_count=settings.day_count, due_dates_move=settings.due_dates_move, agreed_rate=settings.agreed_rate
        ),
    )


def _letters(facts: CaseFacts, rows: Sequence[EntryRow], known: set[str], as_of: date) -> tuple[ClaimLetter, ...]:
    """Letters that went out: facts, with what they charged. An earlier case's fee stands on that case's own ledger."""
    own = {row.basis.get("proposal"): row.amount_minor for row in ledger.compensations(rows)}
    fees: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row.kind in ("fee", "waiver") and row.basis.get("of", "fee") == "fee":
            fees[str(row.basis.get("proposal"))] += row.amount_minor
    by_letter = pack_of(facts.settings.country).compensation_by_letter
    return tuple(
        ClaimLetter(
            n=n,
            sent=letter.sent,
            kind=letter.kind,
            deadline=letter.deadline,
            covers=tuple(number for number in letter.invoices if number in known),
            given=True,
            charged=fees[letter.proposal_id],
            compensated=own.get(letter.proposal_id, 0) if by_letter else 0,
        )
        for n, letter in enumerate(facts.letters, start=1)
        if letter.sent <= as_of and known & set(letter.invoices)
    )


def _compensation(
    facts: CaseFacts, rows: Sequence[EntryRow], known: set[str], as_of: date
) -> tuple[CompensationClaim, ...]:
    if pack_of(facts.settings.country).compensation_by_letter:
        return ()
    return tuple(
        CompensationClaim(row.invoice_number, row.effective_date)
        for row in ledger.compensations(rows)
        if row.invoice_number in known and row.effective_date <= as_of
    )


def _payments(rows: Sequence[EntryRow], known: set[str], as_of: date) -> tuple[ClaimPayment, ...]:
    """Payments by value date. The books put money against principal, so principal is what it pays first.

    One that was taken back again never was: the last payments of its invoice are lowered by it. One that the books
    have confirmed stays what it was told as.
    """
    payments: list[ClaimPayment] = []
    for row in rows:
        if row.invoice_number not in known or row.effective_date > as_of or ledger.is_confirmation(row):
            continue
        if row.kind == "payment" and row.amount_minor < 0:
            payments.append(ClaimPayment(row.effective_date, -row.amount_minor, row.invoice_number, Category.principal))
        elif row.kind == "reversal":
            payments = _taken_back(payments, row.invoice_number, row.amount_minor)
    return tuple(payments)


def _taken_back(payments: list[ClaimPayment], invoice: str, amount: int) -> list[ClaimPayment]:
    kept: list[ClaimPayment] = []
    for payment in reversed(payments):
        if payment.invoice == invoice and amount:
            less = min(amount, payment.amount)
            amount -= less
            payment = replace(payment, amount=payment.amount - less)
        if payment.amount:
            kept.append(payment)
    return kept[::-1]


def _credit_notes(rows: Sequence[EntryRow], principal: dict[str, int], as_of: date) -> tuple[CreditNote, ...]:
    """Credit notes; more than the invoice cannot be credited, what is beyond it is a person's matter."""
    left = dict(principal)
    notes = []
    for row in rows:
        if row.kind != "credit" or row.invoice_number not in left or ledger.is_confirmation(row):
            continue
        goodwill = bool(row.basis.get("goodwill"))
        amount = min(-row.amount_minor, left[row.invoice_number])
        if amount > 0 and not (goodwill and row.effective_date > as_of):
            left[row.invoice_number] -= amount
            notes.append(CreditNote(min(row.effective_date, as_of), row.invoice_number, amount, not goodwill))
    return tuple(notes)


def _rests(session: Session, facts: CaseFacts, due: Sequence[ClaimInvoice]) -> tuple[Rest, ...]:
    """While a payment plan is in force, what it was drawn up over bears no interest; in a bankruptcy nothing does."""
    in_force = ("in_force", "missed", "kept", "ended")
    query = select(PlanRow).where(PlanRow.case_id == facts.case_id, col(PlanRow.state).in_(in_force))
    rests = []
    for plan in session.exec(query.order_by(col(PlanRow.decided_at))):
        assert plan.decided_at is not None
        start = local_day(plan.decided_at, facts.settings)
        end = local_day(plan.ended_at, facts.settings) if plan.ended_at else None
        rests += [Rest(invoice.id, start, end) for invoice in due if invoice.due <= start]
    decrees = [
        day for freeze in facts.freezes if (day := decree_day(freeze.id.removeprefix(f"{facts.case_id}:"))) is not None
    ]
    if decrees:
        why = f"the customer is bankrupt since {min(decrees)}"
        rests += [Rest(invoice.id, max(min(decrees), invoice.due), why=why) for invoice in due]
    return tuple(rests)
