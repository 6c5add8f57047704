"""Keeps the mirror: what the books say, with the time it was read; and tells the cases it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio import activity

from activities.facts import settings_of
from activities.first_day import first_day
from activities.shelf import Shelf
from models.books import BookCustomer, BookInvoice, Books, BooksRefused, BooksUnavailable, Unreadable
from models.case import MirrorRound
from models.clock import real_now
from models.database import transaction
from models.mirror import CustomerRow, InvoiceRow, MirrorRoundRow
from rules.calendar import local_day

T = TypeVar("T")
PAGE = 500
"""So many documents are held in memory and written at once."""
KEPT_PROBLEMS = 200
"""So many unreadable documents are kept per round; the rest is counted."""


@dataclass(frozen=True)
class Mirror:
    """Reads one creditor's books into the mirror."""

    database: Engine
    shelf: Shelf

    @activity.defn(name="read_books")
    def read_books(self, creditor: str, as_of: datetime) -> MirrorRound:
        """One round. Whatever cannot be read is reported and keeps its old values with their old time."""
        started = real_now()
        problems: dict[str, str] = {}
        seen, changed, problem = 0, 0, ""
        try:
            with transaction(self.database) as session:
                day = local_day(as_of, settings_of(session, creditor))
            books = self.shelf.books(creditor)
            for page in pages(books.open_invoices(day), PAGE):
                activity_heartbeat(seen)
                found, missed = readable(page)
                problems.update(missed)
                seen += len(page)
                changed += self._write(creditor, books, found, day)
            changed += self._vanished(creditor, books, day, started)
            changed += self._customers_again(creditor, books, day)
            with transaction(self.database) as session:
                first_day(session, creditor, as_of)
        except (BooksUnavailable, BooksRefused) as error:
            problem = str(error)
        with transaction(self.database) as session:
            kept = dict(islice(problems.items(), KEPT_PROBLEMS))
            session.add(
                MirrorRoundRow(
                    creditor_id=creditor,
                    started_at=started,
                    finished_at=real_now(),
                    read=seen,
                    changed=changed,
                    problem=problem,
                    unreadable=kept,
                )
            )
        return MirrorRound(
            read=seen, changed=changed, unreadable=len(problems), complete=not problem, problem=problem[:500]
        )

    def _write(self, creditor: str, books: Books, found: list[BookInvoice], day: date) -> int:
        """Write one page, its new customers first. A page read twice changes nothing."""
        with transaction(self.database) as session:
            numbers = {i.customer_number for i in found}
            known = set(
                session.exec(
                    select(CustomerRow.number).where(
                        CustomerRow.creditor_id == creditor, col(CustomerRow.number).in_(numbers)
                    )
                )
            )
        described = [c for c in books.customers(sorted(numbers - known), day) if isinstance(c, BookCustomer)]
        with transaction(self.database) as session:
            for customer in described:
                put_customer(session, creditor, customer)
            nameless = numbers - known - {c.number for c in described}
            for number in sorted(nameless):
                put_customer(session, creditor, BookCustomer(number=number, name=number))
            session.flush()
            # Held for the length of the loop, so that looking each one up asks nothing of the database.
            held = [_invoice_rows(session, creditor, found), _customer_rows(session, creditor, numbers)]
            changed = sum(put_invoice(session, creditor, invoice) for invoice in found)
            held.clear()
            return changed

    def _vanished(self, creditor: str, books: Books, day: date, started: datetime) -> int:
        """What was open and is no longer listed is asked for one by one: not listed is not the same as paid."""
        with transaction(self.database) as session:
            query = select(InvoiceRow.number).where(
                InvoiceRow.creditor_id == creditor,
                col(InvoiceRow.remainder_minor) != 0,
                col(InvoiceRow.read_at) < started,
            )
            missing = list(session.exec(query))
        changed = 0
        for number in missing:
            activity_heartbeat(number)
            invoice = books.invoice(number, day)
            with transaction(self.database) as session:
                if invoice is None:
                    changed += note_missing(session, creditor, number)
                else:
                    changed += put_invoice(session, creditor, invoice)
        return changed

    def _customers_again(self, creditor: str, books: Books, day: date) -> int:
        """Customers with something open are read again each round: addresses change."""
        with transaction(self.database) as session:
            query = (
                select(CustomerRow.number)
                .join(
                    InvoiceRow,
                    (col(InvoiceRow.creditor_id) == CustomerRow.creditor_id)
                    & (col(InvoiceRow.customer_number) == CustomerRow.number),
                )
                .where(CustomerRow.creditor_id == creditor, col(InvoiceRow.remainder_minor) > 0)
                .distinct()
            )
            numbers = sorted(session.exec(query))
        changed = 0
        for some in pages(iter(numbers), PAGE):
            activity_heartbeat(some[0])
            described = [c for c in books.customers(some, day) if isinstance(c, BookCustomer)]
            with transaction(self.database) as session:
                held = _customer_rows(session, creditor, some)
                changed += sum(put_customer(session, creditor, customer) for customer in described)
                held.clear()
        return changed


def _invoice_rows(session: Session, creditor: str, found: Iterable[BookInvoice]) -> list[Any]:
    numbers = [invoice.number for invoice in found]
    query = select(InvoiceRow).where(InvoiceRow.creditor_id == creditor, col(InvoiceRow.number).in_(numbers))
    return list(session.exec(query))


def _customer_rows(session: Session, creditor: str, numbers: Iterable[str]) -> list[Any]:
    query = select(CustomerRow).where(CustomerRow.creditor_id == creditor, col(CustomerRow.number).in_(list(numbers)))
    return list(session.exec(query))


def put_customer(session: Session, creditor: str, customer: BookCustomer) -> bool:
    """Mirror a customer; True when something about it is new."""
    document = customer.model_dump(mode="json")
    row = session.get(CustomerRow, (creditor, customer.number))
    if row is None:
        session.add(
            CustomerRow(
                creditor_id=creditor,
                number=customer.number,
                name=customer.name,
                document=document,
                owner=customer.owner,
                read_at=real_now(),
            )
        )
        return True
    row.read_at = real_now()
    if row.document == document:
        return False
    row.name, row.document, row.owner, row.changed = customer.name, document, customer.owner, True
    return True


def put_invoice(session: Session, creditor: str, invoice: BookInvoice) -> bool:
    """Mirror an invoice; True when something about it is new, and then its customer's case will be told."""
    fields: dict[str, Any] = {
        "customer_number": invoice.customer_number,
        "invoice_date": invoice.invoice_date,
        "due_date": invoice.due_date,
        "currency": invoice.gross.currency,
        "gross_minor": invoice.gross.minor,
        "remainder_minor": invoice.remainder.minor,
        "terms": invoice.terms,
        "disputed": invoice.disputed,
        "settled_by_credit": invoice.settled_by_credit,
        "settled_on": invoice.settled_on,
    }
    row = session.get(InvoiceRow, (creditor, invoice.number))
    same = row is not None and all(getattr(row, name) == value for name, value in fields.items())
    if row is not None and same and row.missing_since is None:
        row.read_at = real_now()
        return False
    if row is None:
        session.add(InvoiceRow(creditor_id=creditor, number=invoice.number, read_at=real_now(), **fields))
    else:
        if row.due_date != invoice.due_date:
            row.due_date_before = row.due_date
        for name, value in fields.items():
            setattr(row, name, value)
        row.read_at, row.missing_since = real_now(), None
    if (customer := session.get(CustomerRow, (creditor, invoice.customer_number))) is not None:
        customer.changed = True
    return True


def note_missing(session: Session, creditor: str, number: str) -> bool:
    """Keep in mind that the books no longer have an invoice that was open; True the first time."""
    row = session.get_one(InvoiceRow, (creditor, number))
    if row.missing_since is not None:
        return False
    row.missing_since = real_now()
    if (customer := session.get(CustomerRow, (creditor, row.customer_number))) is not None:
        customer.changed = True
    return True


def readable(page: Iterable[BookInvoice | Unreadable]) -> tuple[list[BookInvoice], dict[str, str]]:
    """Part what was understood from what was not."""
    found = []
    problems = {}
    for document in page:
        if isinstance(document, Unreadable):
            problems[document.where] = document.reason
        else:
            found.append(document)
    return found, problems


def pages(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """Items in lists of at most `size`, read as they are needed."""
    while page := list(islice(items, size)):
        yield page


def activity_heartbeat(detail: object) -> None:
    """Show that a long round is still alive; outside an activity there is nobody to show it to."""
    if activity.in_activity():
        activity.heartbeat(str(detail))
