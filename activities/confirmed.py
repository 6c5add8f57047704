"""Money that people told and the books show at last: from then on it is the books' word, which they may take back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.case_row import case_to_write
from activities.facts import settings_of
from models.cases import CaseRow
from models.database import transaction
from models.mirror import InvoiceRow
from models.money import Money
from rules.calendar import local_day


def confirm(session: Session, case: CaseRow, claim: ledger.Balances, invoice: InvoiceRow, as_of: datetime) -> None:
    """Post the pair of entries that makes it money of the books: nothing changes in the sum, nor in any value date."""
    amount = Money(minor=_confirmed(claim, invoice), currency=invoice.currency)
    if amount.minor <= 0:
        return
    number, day = invoice.number, local_day(as_of, settings_of(session, case.creditor_id))
    at = (case.creditor_id, case.id, number)
    key = f"confirmed:{number}:{len(claim.rows)}"
    kind = "credit" if invoice.settled_by_credit else "payment"
    ledger.post(session, *at, "reversal", amount, day, f"{key}:told", source=ledger.BY_HAND, confirmed=True)
    ledger.post(session, *at, kind, -amount, day, f"{key}:booked", source=ledger.BOOKS, confirmed=True)
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:{key}",
        as_of,
        "confirmed",
        f"The books show {amount} on invoice {number} that was told before",
        case_id=case.id,
        invoice=number,
        amount=amount.minor,
        currency=amount.currency,
    )


def confirm_in_closed_cases(database: Engine, creditor: str, customer: str, as_of: datetime) -> None:
    """The same for money that closed a case; should the books take it back later, the claim is not forgotten.

    An invoice is confirmed in the newest case that knows it; in an open one that case does it. One transaction for
    each case, for nobody takes the row of a case after the head of the trail.
    """
    with transaction(database) as session:
        found = _unconfirmed_cases(session, creditor, customer)
    for case_id, invoices in found.items():
        with transaction(database) as session:
            case = case_to_write(session, case_id)
            for number in invoices:
                claim = ledger.Balances(ledger.entries(session, case_id))
                confirm(session, case, claim, session.get_one(InvoiceRow, (creditor, number)), as_of)


def _unconfirmed_cases(session: Session, creditor: str, customer: str) -> dict[str, list[str]]:
    """Closed cases with money to confirm, and on which invoices."""
    query = select(CaseRow).where(CaseRow.creditor_id == creditor, CaseRow.customer_number == customer)
    cases = list(session.exec(query.order_by(col(CaseRow.case_number).desc())))
    found: dict[str, list[str]] = {}
    known: set[str] = set()
    for case in cases if any(case.closed_at is not None for case in cases) else ():
        claim = ledger.Balances(ledger.entries(session, case.id))
        told = [number for number in claim.principal if number not in known and claim.paid_by_hand(number) > 0]
        known |= set(claim.principal)
        mirrored = [session.get(InvoiceRow, (creditor, number)) for number in told]
        to_confirm = [i.number for i in mirrored if i is not None and _confirmed(claim, i) > 0]
        if case.closed_at is not None and to_confirm:
            found[case.id] = to_confirm
    return found


def _confirmed(claim: ledger.Balances, invoice: InvoiceRow) -> int:
    """How much of what was told by hand the books show now; minor units."""
    if claim.principal[invoice.number].minor != invoice.gross_minor:
        return 0
    paid = invoice.gross_minor - invoice.remainder_minor
    return min(paid - claim.paid_in_books(invoice.number), claim.paid_by_hand(invoice.number))
