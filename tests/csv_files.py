"""CSV files as books in tests: lines under the usual header, and what was read from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from activities.books.csv_columns import ColumnMapping
from activities.books.csv_file import CsvBooks
from models.books import BookInvoice, Unreadable
from models.money import Money

TODAY = date(2026, 11, 22)
HEADER = "number,customer,name,email,invoice_date,due_date,amount,currency,settled_date,disputed"
PLAIN = ColumnMapping()
Write = Callable[..., CsvBooks]


@pytest.fixture
def book(tmp_path: Path) -> Write:
    """Writes the lines below the usual header and opens the file."""

    def write(
        *lines: str,
        header: str = HEADER,
        columns: ColumnMapping = PLAIN,
        payments: Sequence[str] = (),
        encoding: str = "utf-8",
        **options: Path,
    ) -> CsvBooks:
        path = tmp_path / "invoices.csv"
        path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        if payments:
            paid = tmp_path / "payments.csv"
            paid.write_text("\n".join(["number,date,amount,customer", *payments, ""]))
            options["payments_path"] = paid
        return CsvBooks(path, columns, "DKK", **options)

    return write


def dkk(amount: str) -> Money:
    return Money.of(amount, "DKK")


def invoice_of(books: CsvBooks, number: str = "101", as_of: date = TODAY) -> BookInvoice:
    found = books.invoice(number, as_of)
    assert found is not None
    return found


def open_numbers(books: CsvBooks, as_of: date = TODAY) -> list[str]:
    return [found.number for found in books.open_invoices(as_of) if isinstance(found, BookInvoice)]


def problems(books: CsvBooks) -> list[tuple[str, str]]:
    return [(found.where, found.reason) for found in books.open_invoices(TODAY) if isinstance(found, Unreadable)]


GOOD = "101,C1,Ærø ApS,faktura@aero.example,2026-10-01,2026-10-31,1000.50,,,"
