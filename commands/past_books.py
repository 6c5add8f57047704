"""A file of the past as a source of invoices: what it knew on a given day, and no more than that."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from activities.books.csv_book import Book, Row, read_book
from activities.books.csv_columns import ColumnMapping
from activities.books.csv_file import CsvBooks
from models.books import BookCustomer, BookInvoice, Unreadable
from models.clock import real_now
from models.money import Money


class PastBooks:
    """CsvBooks, shown as it stood on each day of business time.

    What is read is always fresh: the file as of a day is exactly what the books would have said on it. A customer who
    cannot be written to gets an invented address, because a file of the past seldom has any.
    """

    def __init__(self, books: CsvBooks) -> None:
        self._books = books

    def read_at(self) -> datetime:
        return real_now()

    def open_invoices(self, as_of: date) -> Iterator[BookInvoice | Unreadable]:
        for found in self._books.open_invoices(as_of):
            yield _as_known(found, as_of) if isinstance(found, BookInvoice) else found

    def customers(self, numbers: Sequence[str], as_of: date) -> Iterator[BookCustomer | Unreadable]:
        for found in self._books.customers(numbers, as_of):
            yield reachable(found) if isinstance(found, BookCustomer) else found

    def invoice(self, number: str, as_of: date) -> BookInvoice | None:
        found = self._books.invoice(number, as_of)
        return found if found is None else _as_known(found, as_of)

    def unapplied_credit(self, customer_number: str, currency: str, as_of: date) -> Money:
        return self._books.unapplied_credit(customer_number, currency, as_of)

    def pdf(self, number: str) -> bytes | None:
        """None: documents are not part of a replay."""
        return None

    def close(self) -> None:
        self._books.close()


def disputed_on(row: Row) -> date | None:
    """The day on which a dispute becomes known: the due date, because a file marks it without a date.

    None when there is none, or when the invoice was settled by then.
    """
    if not row.disputed or row.due_date is None:
        return None
    return None if row.settled_date is not None and row.settled_date <= row.due_date else row.due_date


def reachable(customer: BookCustomer) -> BookCustomer:
    """The customer, with an invented address and e-mail where the file has none: a formal notice needs both."""
    customer = customer.model_copy(update={"address": customer.address or "Adresse ukendt i filen"})
    if customer.email or customer.mobile or customer.phone:
        return customer
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", customer.number).strip("-")[:40]
    if plain != customer.number:
        # Two different numbers never share an address.
        plain = f"{plain}-{hashlib.sha256(customer.number.encode()).hexdigest()[:8]}".lstrip("-")
    return customer.model_copy(update={"email": f"{plain}@replay.example"})


def read_past(path: Path, columns: ColumnMapping, currency: str, customers: int | None) -> Book:
    """The whole file, or only its first so many customers; raises OSError, and ValueError for a missing column."""
    book = read_book(path, None, columns, currency)
    kept = set(list(book.customers)[:customers])
    book.rows = {number: row for number, row in book.rows.items() if row.customer in kept}
    book.customers = {number: known for number, known in book.customers.items() if number in kept}
    return book


def _as_known(invoice: BookInvoice, as_of: date) -> BookInvoice:
    """Without the mark of a dispute until its day has come."""
    known = invoice.disputed and invoice.due_date is not None and invoice.due_date <= as_of
    return invoice if known == invoice.disputed else invoice.model_copy(update={"disputed": known})
