"""The columns of a CSV book: any names, dates and number styles, and one error when one is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from activities.books.csv_columns import ColumnMapping
from models.books import BooksRefused
from models.money import Money
from tests import csv_files
from tests.csv_files import GOOD, HEADER, TODAY, Write, invoice_of, open_numbers

# pytest finds a fixture by the name that it has in the module.
book = csv_files.book


def test_any_column_name_date_format_and_number_style_can_be_mapped(book: Write) -> None:
    columns = ColumnMapping.from_options(
        [
            "number=Fakturanr.",
            "customer = Kunde",
            "invoice_date=Dato",
            "due_date=Forfald",
            "amount=Beløb",
            "currency=Valuta",
            "date_format=%d.%m.%Y",
            "decimal_mark=,",
            "encoding=cp1252",
        ]
    )
    header = "fakturanr.;KUNDE;Dato; Forfald ;Beløb;Valuta"
    books = book("7;C1;01.10.2026;31.10.2026;12.345,60;nok", header=header, columns=columns, encoding="cp1252")
    found = invoice_of(books, "7")
    assert found.gross == Money(minor=1234560, currency="NOK")
    assert found.due_date == date(2026, 10, 31)


def test_a_byte_order_mark_is_no_part_of_the_first_name(book: Write) -> None:
    assert open_numbers(book(GOOD, encoding="utf-8-sig")) == ["101"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_from_the_first_line(book: Write, delimiter: str) -> None:
    assert open_numbers(book(GOOD.replace(",", delimiter), header=HEADER.replace(",", delimiter))) == ["101"]


def test_a_file_without_a_needed_column_is_one_error_that_names_the_columns_found(book: Write) -> None:
    books = book("1,C1", header="Number,customer,total")
    message = (
        "invoices.csv: column 'invoice_date' for invoice_date is missing, 'due_date' for due_date is missing, "
        "'amount' for amount is missing; the columns are Number, customer, total"
    )
    for _ in range(2):
        with pytest.raises(BooksRefused) as caught:
            books.open_invoices(TODAY)
        assert str(caught.value) == message


def test_a_column_that_was_named_must_be_there_and_only_once(book: Write) -> None:
    with pytest.raises(BooksRefused, match="'Mail' for email is missing"):
        book(GOOD, columns=ColumnMapping(email="Mail")).invoice("101", TODAY)
    with pytest.raises(BooksRefused, match="'amount' for amount stands there more than once"):
        book(GOOD, header=HEADER.replace("email", "Amount")).invoice("101", TODAY)


def test_a_payments_file_without_its_columns_is_refused_by_name(book: Write, tmp_path: Path) -> None:
    paid = tmp_path / "paid.csv"
    paid.write_text("number,amount\n")
    with pytest.raises(BooksRefused, match=r"paid.csv: column 'date' for payment_date is missing"):
        book(GOOD, payments_path=paid).invoice("101", TODAY)


@pytest.mark.parametrize("content", ["", "\n101,C1\n"])
def test_a_file_without_a_first_line_is_refused(book: Write, tmp_path: Path, content: str) -> None:
    books = book()
    (tmp_path / "invoices.csv").write_text(content)
    with pytest.raises(BooksRefused, match="the first line is empty"):
        books.open_invoices(TODAY)


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("number", "'number' is not name=column with one of the names number, customer"),
        ("nummer=x", "'nummer=x' is not name=column"),
        ("date_format=%Y-%m", "date_format: Value error, must name day, month and year"),
        ("decimal_mark=:", "decimal_mark: "),
        ("delimiter=ab", "delimiter: "),
        ("encoding=latin-99", "encoding: Value error, latin-99 is not a text encoding"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(option: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ColumnMapping.from_options([option])
