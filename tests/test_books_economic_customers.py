"""Customers read from e-conomic: whom reminders go to, in batches and page by page."""

from __future__ import annotations

from activities.books.economic import EconomicBooks
from models.books import BookCustomer
from standins.economic import Book, EconomicStandin
from standins.server import running
from tests import economic_reading
from tests.economic_reading import TODAY, Naps, asked, reader

# pytest finds a fixture by the name that it has in the module.
naps, standin, books = economic_reading.naps, economic_reading.standin, economic_reading.books


def test_customers_come_with_their_reminder_addresses_and_unknown_ones_are_left_out(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.book.add_contact(12, 1117, "Bo", email="bo@aero.example", receive_reminders=True)
    standin.book.add_contact(13, 1117, "Ida", email="ida@aero.example", receive_reminders=True)
    standin.book.add_contact(14, 1117, "Per", email="per@aero.example")
    standin.book.add_customer(1113, "Uden kontakt", email="hej@uden.example", barred=True)
    found = {
        one.number: one
        for one in books.customers(["1117", "1113", "9", "1117"], TODAY)
        if isinstance(one, BookCustomer)
    }
    assert sorted(found) == ["1113", "1117"]
    assert found["1117"].email == "bo@aero.example ida@aero.example"
    assert (found["1117"].owner, found["1117"].registration_number, found["1117"].language) == ("2", "99999993", "")
    assert (found["1113"].email, found["1113"].barred) == ("hej@uden.example", True)


def test_without_the_role_for_contacts_the_customers_own_address_serves(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.book.add_contact(12, 1117, "Bo", email="bo@aero.example", receive_reminders=True)
    standin.fault("status", status=403, path="/customersapi/*", times=0)
    for _ in range(2):
        (found,) = books.customers(["1117"], TODAY)
        assert isinstance(found, BookCustomer)
        assert found.email == "faktura@aero.example"
    assert books.features_off == {"contacts"}
    assert asked(standin, "/customersapi/v3.1.0/Contacts") == 1


def test_many_customers_are_asked_for_in_batches_of_at_most_200(standin: EconomicStandin, books: EconomicBooks) -> None:
    for number in range(1, 451):
        standin.book.add_customer(number, f"Kunde {number}")
    numbers = [str(number) for number in range(1, 451)]
    assert [one.number for one in books.customers(numbers, TODAY) if isinstance(one, BookCustomer)] != []
    assert sum(1 for _ in books.customers(numbers, TODAY)) == 450
    assert asked(standin, "/customers") == 6


def test_contacts_are_followed_over_cursor_pages(naps: Naps) -> None:
    book = Book()
    book.add_customer(1, "Firma")
    for number in range(1, 8):
        book.add_contact(number, 1, f"K{number}", email=f"k{number}@firma.example", receive_reminders=True)
    with running(EconomicStandin(book, cursor_page=3)) as economic:
        books = reader(economic, naps)
        (found,) = books.customers(["1"], TODAY)
        books.close()
    assert isinstance(found, BookCustomer)
    assert found.email.split() == [f"k{number}@firma.example" for number in range(1, 8)]


def test_a_cursor_page_may_hold_nothing_at_all(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.fault("status", status=200, path="/customersapi/*", body='{"items":null}')
    (found,) = books.customers(["1117"], TODAY)
    assert isinstance(found, BookCustomer)
    assert found.email == "faktura@aero.example"
