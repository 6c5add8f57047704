"""Money in e-conomic: what stands against no invoice, and what settled one."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from activities.books.economic import EconomicBooks
from models.books import BooksUnavailable
from models.money import Money
from standins.economic import EconomicStandin
from tests import economic_reading
from tests.economic_reading import TODAY, dkk

# pytest finds a fixture by the name that it has in the module.
naps, standin, books = economic_reading.naps, economic_reading.standin, economic_reading.books


@pytest.mark.parametrize("roles", [("SuperUser",), ("Sales",)])
def test_an_unapplied_payment_is_found_with_and_without_the_ledger(
    standin: EconomicStandin, books: EconomicBooks, roles: tuple[str, ...]
) -> None:
    standin.set_roles(roles)
    assert books.unapplied_credit("1117", "DKK", TODAY) == dkk("0")
    standin.book.add_unapplied_payment(1117, Decimal(4500))
    standin.book.add_unapplied_payment(1112, Decimal(1))
    standin.book.book_credit_note(20321, 1117, Decimal(1000))
    assert books.unapplied_credit("1117", "DKK", TODAY) == dkk("4500")
    assert books.features_off == (set() if roles == ("SuperUser",) else {"entries"})


@pytest.mark.parametrize("roles", [("SuperUser",), ("Sales",)])
def test_what_was_paid_beyond_the_invoice_is_unapplied(
    standin: EconomicStandin, books: EconomicBooks, roles: tuple[str, ...]
) -> None:
    standin.set_roles(roles)
    standin.book.register_payment(20318, Decimal("10750.50"))
    assert books.unapplied_credit("1117", "DKK", TODAY) == dkk("250.50")


@pytest.mark.parametrize("roles", [("SuperUser",), ("Sales",)])
def test_money_in_another_currency_is_not_counted(
    standin: EconomicStandin, books: EconomicBooks, roles: tuple[str, ...]
) -> None:
    standin.set_roles(roles)
    standin.book.add_unapplied_payment(1117, Decimal(4500))
    assert books.unapplied_credit("1117", "NOK", TODAY) == Money(minor=0, currency="NOK")


def test_a_balance_in_another_currency_than_the_documents_tells_no_credit(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.set_roles(("Sales",))
    standin.book.add_customer(1113, "Norsk AS", currency="NOK")
    standin.book.add_invoice(20330, 1113, Decimal(1000), date(2026, 11, 1), rate=Decimal(65))
    assert books.unapplied_credit("1113", "NOK", TODAY) == Money(minor=0, currency="NOK")


def test_a_repayment_alone_is_no_negative_credit(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.add_unapplied_payment(1117, Decimal(-300))
    assert books.unapplied_credit("1117", "DKK", TODAY) == dkk("0")


def test_a_repayment_that_stands_open_counts_against_the_credit(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.add_unapplied_payment(1117, Decimal(500))
    standin.book.add_unapplied_payment(1117, Decimal(-300))
    assert books.unapplied_credit("1117", "DKK", TODAY) == dkk("200")


def test_an_entry_that_cannot_be_understood_makes_the_credit_unknown(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.fault("status", status=200, path="/bookedEntriesapi/*", body='{"items":[{"type":2,"remainder":"x"}]}')
    with pytest.raises(BooksUnavailable, match="customer 1117 cannot be understood"):
        books.unapplied_credit("1117", "DKK", TODAY)


def test_an_invoice_settled_by_payment_tells_the_day(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.register_payment(20318, Decimal(6000), on=date(2026, 11, 18))
    standin.book.register_payment(20318, on=date(2026, 11, 20))
    found = books.invoice("20318", TODAY)
    assert found is not None
    assert (found.remainder.minor, found.settled_on, found.settled_by_credit) == (0, date(2026, 11, 20), False)


def test_an_invoice_settled_by_a_credit_note_is_not_called_paid(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.book_credit_note(20321, 1117, Decimal(10500), invoice=20318)
    found = books.invoice("20318", TODAY)
    assert found is not None
    assert (found.remainder.minor, found.settled_on, found.settled_by_credit) == (0, None, True)


def test_an_invoice_part_credited_and_part_paid_counts_as_paid(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.book_credit_note(20321, 1117, Decimal(500), invoice=20318)
    standin.book.register_payment(20318, on=date(2026, 11, 20))
    found = books.invoice("20318", TODAY)
    assert found is not None
    assert (found.settled_on, found.settled_by_credit) == (date(2026, 11, 20), False)


def test_half_of_what_settled_an_invoice_is_not_told_as_the_whole(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.book.book_credit_note(20321, 1117, Decimal(500), invoice=20318)
    payment = standin.book.register_payment(20318)
    note = {"type": 1, "entryNumber": payment.number - 1, "amount": -500, "date": "2026-11-20T00:00:00"}
    standin.fault(
        "status",
        status=200,
        query={"filter": f"entryNumber$in:[{payment.number - 1},{payment.number}]"},
        body=json.dumps({"items": [note]}),
    )
    found = books.invoice("20318", TODAY)
    assert found is not None
    assert (found.settled_on, found.settled_by_credit) == (None, False)
    assert sum(entry.fault == "status" for entry in standin.journal()) == 1


def test_a_credit_note_is_read_with_one_question(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.book.book_credit_note(20321, 1117, Decimal(500), invoice=20318)
    found = books.invoice("20321", TODAY)
    assert found is not None
    assert (found.is_credit_note, found.remainder, len(standin.journal())) == (True, dkk("0"), 1)


@pytest.mark.parametrize("status", [403, 404, 400, 500])
def test_not_learning_how_it_was_settled_never_costs_the_fact_itself(
    standin: EconomicStandin, books: EconomicBooks, status: int
) -> None:
    standin.book.register_payment(20318)
    standin.fault("status", status=status, path="/bookedEntriesapi/*", times=0)
    found = books.invoice("20318", TODAY)
    assert found is not None
    assert (found.remainder.minor, found.settled_on, found.settled_by_credit) == (0, None, False)
