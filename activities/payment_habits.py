"""Reads how customers have paid: due and settled days from the mirror and the ledger, reminders from what was sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from activities.facts import PLAUSIBLE_YEARS
from activities.ledger import BY_HAND, SETTLING
from models.cases import ProposalRow
from models.mirror import CustomerRow, InvoiceRow
from models.record import EntryRow
from rules.late_payers import Followed


@dataclass
class Settled:
    """What the ledger knows of an invoice: what people told us and the books never showed, and the last payment day."""

    by_hand: int = 0
    last: date | None = None


def followed(
    session: Session, creditor: str, *, owner: str | None = None, customer: str | None = None
) -> list[Followed]:
    """Invoices of a creditor whose payment can be judged, in three queries however many there are.

    Left out is what says nothing about paying: credit notes and what they settled, invoices without a plausible due
    date, those that the books no longer have, and settled ones of which nobody knows when.
    """
    query = select(InvoiceRow).where(
        InvoiceRow.creditor_id == creditor,
        InvoiceRow.gross_minor > 0,
        col(InvoiceRow.due_date).is_not(None),
        col(InvoiceRow.missing_since).is_(None),
    )
    if customer is not None:
        query = query.where(InvoiceRow.customer_number == customer)
    if owner is not None:
        own = select(CustomerRow.number).where(
            CustomerRow.creditor_id == creditor, CustomerRow.owner == owner, CustomerRow.owner != ""
        )
        query = query.where(col(InvoiceRow.customer_number).in_(own))
    invoices = list(session.exec(query.order_by(col(InvoiceRow.due_date), col(InvoiceRow.number))))
    settled, reminders = _settled(session, creditor), _reminders(session, creditor)
    return list(_judged(invoices, settled, reminders))


def _judged(invoices: list[InvoiceRow], settled: dict[str, Settled], reminders: Counter[str]) -> Iterator[Followed]:
    for invoice in invoices:
        if invoice.due_date is None or invoice.due_date.year not in PLAUSIBLE_YEARS:
            continue
        known = settled.get(invoice.number, Settled())
        is_open = invoice.remainder_minor > known.by_hand
        day = None if is_open else invoice.settled_on or known.last
        if not is_open and (day is None or invoice.settled_by_credit):
            continue
        yield Followed(
            number=invoice.number,
            customer=invoice.customer_number,
            due=invoice.due_date,
            settled_on=day,
            reminders=reminders[invoice.number],
        )


def _settled(session: Session, creditor: str) -> dict[str, Settled]:
    query = select(
        col(EntryRow.invoice_number), col(EntryRow.amount_minor), col(EntryRow.effective_date), col(EntryRow.basis)
    ).where(EntryRow.creditor_id == creditor, col(EntryRow.kind).in_(SETTLING))
    found: defaultdict[str, Settled] = defaultdict(Settled)
    for number, minor, day, basis in session.exec(query):
        known = found[number]
        if minor < 0 and not basis.get("confirmed"):
            known.last = max(known.last or day, day)
        if basis.get("source") == BY_HAND and not basis.get("carried_over"):
            known.by_hand -= minor
    return found


def _reminders(session: Session, creditor: str) -> Counter[str]:
    """How many reminders and notices went out, per invoice; a nudge is a friendly word and counts for nothing."""
    query = select(ProposalRow.invoices).where(
        ProposalRow.creditor_id == creditor,
        col(ProposalRow.state).in_(("sent", "unknown")),
        ProposalRow.letter_kind != "",
    )
    return Counter(number for invoices in session.exec(query) for number in invoices)
