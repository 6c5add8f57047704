"""A book out of CSV files: the lines understood, kept small, and asked for any day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from activities.books.csv_columns import (
    NEEDED,
    NEEDED_OF_PAYMENTS,
    OPTIONAL,
    OPTIONAL_OF_PAYMENTS,
    ColumnMapping,
)
from activities.books.csv_lines import read_table
from models.books import BookCustomer, BookInvoice, Unreadable
from models.money import Money

YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "disputed"})
LANGUAGES = {"da": "da", "nb": "nb", "no": "nb", "en": "en"}
AMOUNT = {
    ".": re.compile(r"-?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d+)?"),
    ",": re.compile(r"-?(\d{1,12}|\d{1,3}(\.\d{3}){1,3})(,\d+)?"),
}
"""Per decimal mark. Thousands are marked properly or not at all, so that `12,50` is never read as 1250."""


class Row(NamedTuple):
    """One invoice or credit note; amounts in minor units."""

    number: str
    customer: str
    invoice_date: date
    due_date: date | None
    amount: int
    currency: str
    settled_date: date | None
    disputed: bool
    terms: str


class Payment(NamedTuple):
    """Minor units in the currency of its invoice, or of the book when it has none."""

    on: date
    amount: int


@dataclass
class Book:
    """Everything the files say; does not change once it is read."""

    currency: str
    rows: dict[str, Row] = field(default_factory=dict)
    customers: dict[str, dict[str, str]] = field(default_factory=dict)
    invoices_of: dict[str, list[str]] = field(default_factory=dict)
    payments: dict[str, list[Payment]] = field(default_factory=dict)
    loose_payments: dict[str, list[Payment]] = field(default_factory=dict)
    """By customer: those that name none of the invoices."""
    unreadable: list[Unreadable] = field(default_factory=list)

    def open_invoices(self, as_of: date) -> Iterator[BookInvoice | Unreadable]:
        for row in self.rows.values():
            if row.invoice_date <= as_of and self._remainder(row, as_of) != 0:
                yield self._invoice(row, as_of)
        yield from self.unreadable

    def invoice(self, number: str, as_of: date) -> BookInvoice | None:
        row = self.rows.get(number)
        return None if row is None or row.invoice_date > as_of else self._invoice(row, as_of)

    def customer(self, number: str) -> BookCustomer | None:
        known = self.customers.get(number)
        return None if known is None else BookCustomer(number=number, **{"name": number, **known})

    def unapplied_credit(self, customer: str, currency: str, as_of: date) -> Money:
        """Payments that name no invoice, that are more than their invoice, or that came before it."""
        credit = 0
        if currency == self.currency:
            credit += sum(payment.amount for payment in self.loose_payments.get(customer, ()) if payment.on <= as_of)
        for number in self.invoices_of.get(customer, ()):
            row = self.rows[number]
            if row.currency == currency and row.amount > 0:
                owed = row.amount if row.invoice_date <= as_of else 0
                credit += max(0, self._paid(row, as_of) - owed)
        return Money(minor=max(0, credit), currency=currency)

    def _invoice(self, row: Row, as_of: date) -> BookInvoice:
        remainder = self._remainder(row, as_of)
        return BookInvoice(
            number=row.number,
            customer_number=row.customer,
            invoice_date=row.invoice_date,
            due_date=row.due_date,
            gross=Money(minor=row.amount, currency=row.currency),
            remainder=Money(minor=remainder, currency=row.currency),
            terms=row.terms,
            settled_on=self._settled_on(row, as_of) if remainder == 0 else None,
            disputed=row.disputed,
        )

    def _remainder(self, row: Row, as_of: date) -> int:
        if row.settled_date is not None and row.settled_date <= as_of:
            return 0
        left = row.amount - self._paid(row, as_of)
        return max(0, left) if row.amount > 0 else min(0, left)

    def _settled_on(self, row: Row, as_of: date) -> date | None:
        days = [payment.on for payment in self.payments.get(row.number, ()) if payment.on <= as_of]
        return row.settled_date if row.settled_date and row.settled_date <= as_of else max(days, default=None)

    def _paid(self, row: Row, as_of: date) -> int:
        return sum(payment.amount for payment in self.payments.get(row.number, ()) if payment.on <= as_of)


def read_book(invoices: Path, payments: Path | None, columns: ColumnMapping, currency: str) -> Book:
    """Reads the files whole; a bad line goes to `unreadable`. Raises OSError, and ValueError for a missing column."""
    book = Book(currency)
    where_first: dict[str, int] = {}
    for line, cell in _cells(invoices, columns, NEEDED, OPTIONAL, "line", book):
        try:
            row = _row(cell, columns, currency)
            if row.number in where_first:
                raise ValueError(f"number {row.number} stands on line {where_first[row.number]} already")
        except ValueError as error:
            book.unreadable.append(Unreadable(where=f"line {line}", reason=str(error)))
            continue
        where_first[row.number] = line
        book.rows[row.number] = row
        book.invoices_of.setdefault(row.customer, []).append(row.number)
        book.customers.setdefault(row.customer, {}).update(_customer(cell))
    if payments is not None:
        for line, cell in _cells(payments, columns, NEEDED_OF_PAYMENTS, OPTIONAL_OF_PAYMENTS, "payments line", book):
            try:
                _add_payment(book, cell, columns)
            except ValueError as error:
                book.unreadable.append(Unreadable(where=f"payments line {line}", reason=str(error)))
    return book


Cell = Callable[[str], str]
"""The text of a line under one of our names; empty when the file has no such column."""


def _cells(
    path: Path, columns: ColumnMapping, needed: tuple[str, ...], optional: tuple[str, ...], where: str, book: Book
) -> Iterator[tuple[int, Cell]]:
    try:
        header, lines = read_table(path, columns.encoding, columns.delimiter)
        places = columns.places(header, needed, optional)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    for line, found in lines:
        if isinstance(found, str):
            book.unreadable.append(Unreadable(where=f"{where} {line}", reason=found))
        else:
            yield line, _named(found, places)


def _named(cells: list[str], places: dict[str, int]) -> Cell:
    return lambda name: cells[places[name]].strip() if name in places else ""


def _row(cell: Cell, columns: ColumnMapping, currency: str) -> Row:
    for name in ("number", "customer"):
        if not cell(name):
            raise ValueError(f"{name} is missing")
    invoice_date, due_date = _day(cell, "invoice_date", columns), None
    if cell("due_date"):
        due_date = _day(cell, "due_date", columns)
    amount = _minor(cell, "amount", columns)
    if amount == 0:
        raise ValueError("the amount is zero, there is nothing to pay")
    if amount > 0 and due_date is not None and due_date < invoice_date:
        raise ValueError(f"it is due on {due_date}, before its own date {invoice_date}")
    code = cell("currency").upper() or currency
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"currency {code[:20]!r} is not a code of three letters")
    return Row(
        number=cell("number"),
        customer=cell("customer"),
        invoice_date=invoice_date,
        due_date=due_date,
        amount=amount,
        currency=code,
        settled_date=_day(cell, "settled_date", columns) if cell("settled_date") else None,
        disputed=cell("disputed").casefold() in YES,
        terms=cell("terms"),
    )


def _customer(cell: Cell) -> dict[str, str]:
    """What this line knows of its customer; later lines win, empty cells take nothing away."""
    names = ("name", "email", "mobile", "phone", "country", "registration_number", "owner", "address", "currency")
    known = {name: cell(name) for name in names if cell(name)}
    language = LANGUAGES.get(cell("language").casefold()[:2], "")
    return {**known, "language": language} if language else known


def _add_payment(book: Book, cell: Cell, columns: ColumnMapping) -> None:
    payment = Payment(_day(cell, "payment_date", columns), _minor(cell, "payment_amount", columns))
    number, customer = cell("payment_invoice"), cell("payment_customer")
    if payment.amount == 0:
        raise ValueError("the amount is zero")
    if number in book.rows:
        book.payments.setdefault(number, []).append(payment)
    elif customer in book.customers:
        book.loose_payments.setdefault(customer, []).append(payment)
    else:
        raise ValueError("it names no invoice and no customer of the book")


def _day(cell: Cell, name: str, columns: ColumnMapping) -> date:
    text = cell(name)
    try:
        # A day has no zone; the format is the file's.
        return datetime.strptime(text, columns.date_format).date()  # noqa: DTZ007
    except ValueError:
        raise ValueError(f"{name} {text[:40]!r} is not a date like {columns.date_format}") from None


def _minor(cell: Cell, name: str, columns: ColumnMapping) -> int:
    text = re.sub(r"[\s\u00a0']", "", cell(name))
    if not AMOUNT[columns.decimal_mark].fullmatch(text):
        raise ValueError(f"{name} {cell(name)[:40]!r} is not an amount with the decimal mark {columns.decimal_mark!r}")
    plain = text.replace("," if columns.decimal_mark == "." else ".", "").replace(",", ".")
    amount = Decimal(plain) * 100
    if amount != int(amount):
        raise ValueError(f"{name} {cell(name)[:40]!r} has more than two decimals")
    return int(amount)
