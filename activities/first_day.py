"""The first day of a creditor: what is overdue when its books are connected is set aside, and nothing is proposed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from activities import trail
from activities.facts import PLAUSIBLE_YEARS, settings_of
from activities.quarantine import QUARANTINE, counted, spoken, sums_of
from models.cases import SetAsideRow
from models.mirror import InvoiceRow
from models.money import Money
from models.news import ENGINE
from models.parties import CreditorRow
from models.record import EntryRow
from rules.calendar import local_day

FIRST_SURE_DAY = date(PLAUSIBLE_YEARS.start, 1, 1)
REASON = "overdue when the books were connected"


def first_day(session: Session, creditor: str, as_of: datetime) -> int:
    """After a whole round of the mirror: set the backlog aside, with one line on the trail. How many were set aside.

    The first whole round decides the day. What the books show only later but was overdue on that day already, such as
    a document that could not be read at first, is backlog too, unless a case knows it.
    """
    row = session.get_one(CreditorRow, creditor, with_for_update={"key_share": True})
    is_first = row.first_read_at is None
    first = row.first_read_at = row.first_read_at or as_of
    if not row.quarantines:
        return 0
    found = _overdue(session, creditor, local_day(first, settings_of(session, creditor)))
    session.add_all(
        SetAsideRow(
            creditor_id=creditor,
            invoice_number=invoice.number,
            customer_number=invoice.customer_number,
            kind=QUARANTINE,
            reason=REASON,
            since=as_of,
            by=str(ENGINE),
        )
        for invoice in found
    )
    session.flush()
    if found or is_first:
        _on_record(session, creditor, found, as_of, is_first=is_first)
    return len(found)


def _overdue(session: Session, creditor: str, day: date) -> list[InvoiceRow]:
    """What was due before a day, is still open, and neither stands in a case nor was ever set aside."""
    aside = select(SetAsideRow.invoice_number).where(SetAsideRow.creditor_id == creditor)
    in_case = select(EntryRow.invoice_number).where(EntryRow.creditor_id == creditor, EntryRow.kind == "principal")
    query = select(InvoiceRow).where(
        InvoiceRow.creditor_id == creditor,
        InvoiceRow.gross_minor > 0,
        InvoiceRow.remainder_minor > 0,
        col(InvoiceRow.due_date) < day,
        col(InvoiceRow.due_date) >= FIRST_SURE_DAY,
        col(InvoiceRow.number).not_in(aside),
        col(InvoiceRow.number).not_in(in_case),
    )
    return list(session.exec(query.order_by(col(InvoiceRow.number))))


def _on_record(
    session: Session, creditor: str, found: Sequence[InvoiceRow], as_of: datetime, *, is_first: bool
) -> None:
    sums = sums_of(Money(minor=i.remainder_minor, currency=i.currency) for i in found)
    customers = len({i.customer_number for i in found})
    numbers = "\n".join(i.number for i in found)
    which = "first" if is_first else hashlib.sha256(numbers.encode()).hexdigest()
    counts = f"{counted(len(found), 'invoice')} of {counted(customers, 'customer')}"
    begins = "The books are connected; overdue are" if is_first else "The books show more that was overdue then:"
    nothing = "The books are connected; nothing is overdue"
    text = f"{begins} {counts}, {spoken(sums)}, set aside for release" if found else nothing
    trail.write(
        session,
        creditor,
        f"quarantine:{which}",
        as_of,
        "quarantine",
        text,
        invoices=len(found),
        customers=customers,
        sums={money.currency: money.minor for money in sums},
        oldest_due=min((i.due_date for i in found if i.due_date), default=None),
    )
