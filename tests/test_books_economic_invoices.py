"""Invoices read from e-conomic: one of them live, and the list of the open ones however long it is."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from activities.books.economic import EconomicBooks
from models.books import BookInvoice, Books, BooksRefused, BooksUnavailable, Unreadable
from standins.economic import EconomicStandin
from tests import economic_reading
from tests.economic_reading import DOCUMENT, TODAY, Naps, asked, dkk, reader, with_, without

# pytest finds a fixture by the name that it has in the module.
naps, standin, books = economic_reading.naps, economic_reading.standin, economic_reading.books

# --- one invoice, and the open ones ---


def test_it_is_a_source_of_books(books: EconomicBooks) -> None:
    source: Books = books
    before = datetime.now(UTC)
    assert before <= source.read_at() <= datetime.now(UTC)


def test_open_invoices_and_open_credit_notes_are_listed_and_settled_ones_are_not(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.book.add_invoice(20320, 1112, Decimal(500), date(2026, 10, 1), paid=True)
    standin.book.book_credit_note(20321, 1117, Decimal(1000))
    listed = {found.number: found for found in books.open_invoices(TODAY) if isinstance(found, BookInvoice)}
    assert list(listed) == ["20318", "20319", "20321"]
    assert listed["20318"].remainder == dkk("10500")
    assert listed["20321"].is_credit_note
    assert listed["20321"].remainder == dkk("-1000")


def test_one_invoice_is_read_live_before_and_after_a_part_payment(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    before = books.invoice("20318", TODAY)
    standin.book.register_payment(20318, Decimal(6000))
    after = books.invoice("20318", TODAY)
    assert before is not None
    assert after is not None
    assert (before.remainder, after.remainder, after.settled_on) == (dkk("10500"), dkk("4500"), None)


def test_whole_numbers_without_decimals_are_amounts_too(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.set_bare_integers(True)
    found = books.invoice("20318", TODAY)
    assert found is not None
    assert found.gross == dkk("10500")


def test_a_document_that_is_not_there_is_none_and_not_paid(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.remove_invoice(20318)
    assert books.invoice("20318", TODAY) is None
    assert asked(standin, "/invoices/booked/20318") == 1


@pytest.mark.parametrize("number", ["", "abc", "1/pdf", "../self", "1 or 2", "٣", "1$or:2"])
def test_what_cannot_be_a_number_is_not_asked_for(standin: EconomicStandin, books: EconomicBooks, number: str) -> None:
    assert books.invoice(number, TODAY) is None
    assert books.pdf(number) is None
    assert list(books.customers([number], TODAY)) == []
    assert books.unapplied_credit(number, "DKK", TODAY) == dkk("0")
    assert standin.journal() == []


def test_a_document_that_cannot_be_understood_is_unknown_and_never_open(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.fault("status", status=200, body=DOCUMENT.replace("4500.00", "4500.001"))
    with pytest.raises(BooksUnavailable, match="invoice 20318 in e-conomic cannot be understood: remainder has more"):
        books.invoice("20318", TODAY)
    standin.fault("status", status=200, body=DOCUMENT)
    with pytest.raises(BooksUnavailable, match="another document than invoice 20319"):
        books.invoice("20319", TODAY)


def test_an_unreadable_document_in_a_list_stops_nothing_else(standin: EconomicStandin, books: EconomicBooks) -> None:
    rows = [without(DOCUMENT, "remainder"), with_(DOCUMENT, bookedInvoiceNumber=20319), without(DOCUMENT, "currency")]
    rows[2]["bookedInvoiceNumber"] = 20320
    body = json.dumps({"collection": rows, "pagination": {"results": 3}}, default=float)
    standin.fault("status", status=200, body=body)
    first, second, third = books.open_invoices(TODAY)
    assert (first, third) == (
        Unreadable(where="invoice 20318", reason="remainder is missing"),
        Unreadable(where="invoice 20320", reason="currency is missing"),
    )
    assert isinstance(second, BookInvoice)


# --- long lists ---


@pytest.fixture
def long_list(standin: EconomicStandin) -> EconomicStandin:
    for number in range(1, 2501):
        standin.book.add_invoice(number, 1117, Decimal(100), date(2026, 11, 1))
    for number in (20318, 20319):
        standin.book.remove_invoice(number)
    return standin


def test_a_long_list_is_read_once_page_by_page(long_list: EconomicStandin, books: EconomicBooks) -> None:
    listed = books.open_invoices(TODAY)
    next(listed)
    assert asked(long_list, "/invoices/unpaid") == 1
    assert 1 + sum(1 for _ in listed) == 2500
    assert asked(long_list, "/invoices/unpaid") == 3
    assert all(entry.query["sort"] == "bookedInvoiceNumber" for entry in long_list.journal())


def test_invoices_paid_between_two_pages_hide_no_other(long_list: EconomicStandin, books: EconomicBooks) -> None:
    listed = books.open_invoices(TODAY)
    early = list(itertools.islice(listed, 1000))
    for number in (3, 700, 1999):
        long_list.book.register_payment(number)
    late = list(listed)
    assert not any(isinstance(found, Unreadable) for found in late)
    numbers = [found.number for found in early + late if isinstance(found, BookInvoice)]
    assert numbers == [str(number) for number in range(1, 2501) if number != 1999]


def test_a_list_that_shrinks_by_more_than_a_page_is_still_read_whole(long_list: EconomicStandin, naps: Naps) -> None:
    books = reader(long_list, naps, page_size=100)
    listed = books.open_invoices(TODAY)
    early = list(itertools.islice(listed, 500))
    for number in range(100, 400):
        long_list.book.remove_invoice(number)
    late = list(listed)
    books.close()
    numbers = [found.number for found in early + late if isinstance(found, BookInvoice)]
    assert numbers == [str(number) for number in range(1, 2501)]


def test_a_list_with_rows_missing_says_so(standin: EconomicStandin, books: EconomicBooks) -> None:
    body = json.dumps({"collection": [with_(DOCUMENT)], "pagination": {"results": 2}}, default=float)
    standin.fault("status", status=200, body=body)
    _, note = books.open_invoices(TODAY)
    assert isinstance(note, Unreadable)
    assert note.where == "list of open invoices"
    assert "1 of now 2 documents" in note.reason


def test_an_empty_book_is_an_empty_list(standin: EconomicStandin, books: EconomicBooks) -> None:
    for number in (20318, 20319):
        standin.book.remove_invoice(number)
    assert list(books.open_invoices(TODAY)) == []


def test_a_grant_revoked_between_two_pages_ends_the_reading(long_list: EconomicStandin, books: EconomicBooks) -> None:
    long_list.fault("revoke", query={"skippages": "1"})
    listed = books.open_invoices(TODAY)
    assert len(list(itertools.islice(listed, 1000))) == 1000
    with pytest.raises(BooksRefused, match="refuses the grant"):
        next(listed)
