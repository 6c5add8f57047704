"""Money of a customer that the books hold against no invoice: nothing is sent before a person has looked at it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.freezes import freeze
from models.cases import CaseRow
from models.facts import CaseFacts, GuardFacts, Live
from models.mirror import InvoiceRow
from models.money import Money, total
from models.news import BooksChanged
from models.record import TrailRow

SEEN = "unapplied credit"
"""What the trail calls another figure of it; what was put before a person is read from there."""


def credit_of(session: Session, facts: CaseFacts, live: Live) -> Money:
    """Unapplied payments as just read, and credit notes and overpaid invoices with something left in the mirror."""
    currency = facts.settings.currency
    query = select(InvoiceRow.remainder_minor).where(
        InvoiceRow.creditor_id == facts.creditor,
        InvoiceRow.customer_number == facts.customer_number,
        InvoiceRow.currency == currency,
        col(InvoiceRow.remainder_minor) < 0,
    )
    notes = -sum(session.exec(query))
    unapplied = live.unapplied_credit.minor if live.unapplied_credit is not None else 0
    return Money(minor=notes + unapplied, currency=currency)


def news_of_credit(session: Session, facts: CaseFacts, credit: Money) -> Money | None:
    """The figure to be put on record because it is another than the last one; None when it is the same.

    What the ledger has as paid too much on an invoice was looked at when it was posted.
    """
    claim = ledger.Balances(ledger.entries(session, facts.case_id))
    numbers = [number for number, money in claim.principal.items() if money.currency == credit.currency]
    posted = sum(max(claim.paid_in_books(n) - claim.principal[n].minor, 0) for n in numbers)
    figure = Money(minor=max(credit.minor - posted, 0), currency=credit.currency)
    lines = _lines(session, facts.creditor, facts.case_id)
    before = lines[-1].data["amount"] if lines else 0
    return figure if figure.minor != before else None


def review_credit(session: Session, case: CaseRow, seen: GuardFacts, as_of: datetime) -> bool:
    """Put another figure on record, and stop the case for a person unless it is gone; True when it was stopped."""
    credit = seen.news_of_credit
    if credit is None:
        return False
    key = f"unapplied:{credit.minor}:{len(_lines(session, case.creditor_id, case.id))}"
    left = [i for i in seen.case.invoices if i.balance.minor > 0 and i.balance.currency == credit.currency]
    owed = total([i.balance for i in left], credit.currency)
    text = f"{credit} of the customer stands against no invoice in the books, {owed} is open on the ledger"
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:{key}",
        as_of,
        SEEN,
        text,
        case_id=case.id,
        amount=credit.minor,
        currency=credit.currency,
    )
    if not credit.minor:
        return False
    numbers = ", ".join(i.number for i in left)
    figures = [{"invoice": numbers, "before": f"{owed} on the ledger", "after": f"{credit} unapplied in the books"}]
    freeze(session, case, BooksChanged(id=key), as_of, "review", text, figures=figures)
    return True


def _lines(session: Session, creditor: str, case_id: str) -> list[TrailRow]:
    query = select(TrailRow).where(TrailRow.creditor_id == creditor, TrailRow.case_id == case_id, TrailRow.kind == SEEN)
    return list(session.exec(query.order_by(col(TrailRow.seq))))
