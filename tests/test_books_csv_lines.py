"""What a line of a CSV book means, and what the files knew on a day."""

from __future__ import annotations

from datetime import date

import pytest

from models.books import BookCustomer, BookInvoice, Books
from models.money import Money
from tests import csv_files
from tests.csv_files import GOOD, HEADER, TODAY, Write, dkk, invoice_of, open_numbers

# pytest finds a fixture by the name that it has in the module.
book = csv_files.book


# --- lines and what they mean ---


def test_a_line_is_an_invoice(book: Write) -> None:
    books: Books = book(GOOD)
    assert list(books.open_invoices(TODAY)) == [
        BookInvoice(
            number="101",
            customer_number="C1",
            invoice_date=date(2026, 10, 1),
            due_date=date(2026, 10, 31),
            gross=dkk("1000.50"),
            remainder=dkk("1000.50"),
        )
    ]
    books.close()


def test_a_customer_is_known_from_the_lines_that_name_it_the_last_one_winning(book: Write) -> None:
    header = f"{HEADER},mobile,country,language,registration_number,address,owner,phone"
    books = book(
        "101,C1,Old,old@aero.example,2026-10-01,2026-10-31,10,,,,20123456,Danmark,NO,99999993,Havnegade 6,2,62520000",
        "102,C1,Ærø ApS,,2026-10-02,2026-10-31,10,NOK,,,,,,,,,",
        "103,C2,,,2026-10-02,2026-10-31,10,,,,,,xx,,,,",
        header=header,
    )
    assert list(books.customers(["C1", "C2", "C3", "C1"], TODAY)) == [
        BookCustomer(
            number="C1",
            name="Ærø ApS",
            email="old@aero.example",
            mobile="20123456",
            phone="62520000",
            country="Danmark",
            registration_number="99999993",
            language="nb",
            owner="2",
            currency="NOK",
            address="Havnegade 6",
        ),
        BookCustomer(number="C2", name="C2"),
    ]


def test_a_negative_amount_is_a_credit_note_and_stays_open_until_it_is_settled(book: Write) -> None:
    books = book("102,C1,,,2026-10-01,2026-09-01,-250,,2026-11-01,")
    note = invoice_of(books, "102", date(2026, 10, 31))
    assert note.is_credit_note
    assert (note.remainder, invoice_of(books, "102").remainder) == (dkk("-250"), dkk("0"))
    assert open_numbers(books, date(2026, 10, 31)) == ["102"]


def test_an_invoice_without_a_due_date_has_none(book: Write) -> None:
    assert invoice_of(book("101,C1,,,2026-10-01,,10,,,")).due_date is None


@pytest.mark.parametrize("word", ["Yes", "ja", "TRUE", "1", "x"])
def test_a_dispute_is_marked_in_the_words_people_use(book: Write, word: str) -> None:
    assert invoice_of(book(f"101,C1,,,2026-10-01,2026-10-31,10,,,{word}")).disputed
    assert not invoice_of(book("101,C1,,,2026-10-01,2026-10-31,10,,,No")).disputed


# --- what was known on a day ---


def test_an_invoice_exists_from_its_date_and_is_settled_from_its_settlement_on(book: Write) -> None:
    books = book("101,C1,,,2026-10-01,2026-10-31,10,,2026-11-05,")
    assert books.invoice("101", date(2026, 9, 30)) is None
    assert open_numbers(books, date(2026, 9, 30)) == []
    assert open_numbers(books, date(2026, 10, 1)) == ["101"]
    assert open_numbers(books, date(2026, 11, 4)) == ["101"]
    assert open_numbers(books, date(2026, 11, 5)) == []
    day_before, day_itself = (invoice_of(books, as_of=date(2026, 11, day)) for day in (4, 5))
    assert (day_before.remainder, day_before.settled_on) == (dkk("10"), None)
    assert (day_itself.remainder, day_itself.settled_on) == (dkk("0"), date(2026, 11, 5))


def test_payments_lower_the_remainder_from_their_day_on(book: Write) -> None:
    books = book(GOOD, payments=["101,2026-11-10,400,", "101,2026-11-20,600.50,"])
    remainders = [invoice_of(books, as_of=date(2026, 11, day)).remainder for day in (9, 10, 19, 20)]
    assert remainders == [dkk("1000.50"), dkk("600.50"), dkk("600.50"), dkk("0")]
    assert invoice_of(books).settled_on == date(2026, 11, 20)
    assert open_numbers(books) == []


def test_a_payment_taken_back_opens_the_invoice_again(book: Write) -> None:
    books = book(GOOD, payments=["101,2026-11-10,1000.50,", "101,2026-11-15,-1000.50,"])
    assert invoice_of(books, as_of=date(2026, 11, 14)).remainder == dkk("0")
    assert invoice_of(books, as_of=date(2026, 11, 15)).remainder == dkk("1000.50")


def test_money_beyond_the_invoice_before_it_or_without_one_is_unapplied_credit(book: Write) -> None:
    books = book(
        GOOD,
        "102,C1,,,2026-12-01,2026-12-31,100,,,",
        payments=["101,2026-11-10,1100.50,", "102,2026-11-11,70,", ",2026-11-12,5,C1", "999,2026-11-13,7,C1"],
    )
    days = (9, 10, 11, 12, 13)
    credit = [books.unapplied_credit("C1", "DKK", date(2026, 11, day)) for day in days]
    assert credit == [dkk(amount) for amount in ("0", "100", "170", "175", "182")]
    assert books.unapplied_credit("C1", "DKK", date(2026, 12, 1)) == dkk("112")
    assert invoice_of(books).remainder == dkk("0")
    assert books.unapplied_credit("C1", "NOK", TODAY) == Money(minor=0, currency="NOK")
    assert books.unapplied_credit("C9", "DKK", TODAY) == dkk("0")
