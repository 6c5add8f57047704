"""Reading e-conomic: what its documents mean, and that nothing it does makes us guess."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.books.economic import EconomicBooks
from activities.books.economic_calls import Patience
from activities.books.economic_documents import read_customer, read_invoice, reminder_addresses
from activities.books.economic_fields import parse_json
from models.books import BookCustomer, BookInvoice, Books, BooksRefused, BooksUnavailable, Unreadable
from models.money import Money
from standins.economic import Book, EconomicStandin
from standins.economic.server import APP_SECRET, GRANT
from standins.server import running

TODAY = date(2026, 11, 22)
QUICK = Patience(connect=2, read=0.3, total=0.4)
QUICKER = Patience(connect=2, read=0.1, total=0.12)

DOCUMENT = """{"bookedInvoiceNumber":20318,"orderNumber":1044,"date":"2026-10-15","currency":"DKK",
"exchangeRate":100.000000,"netAmount":8400.00,"grossAmount":10500.00,"vatAmount":2100.00,"roundingAmount":0.00,
"remainder":4500.00,"remainderInBaseCurrency":4500.00,"dueDate":"2026-11-14","paymentTerms":{"paymentTermsNumber":3,
"daysOfCredit":30,"name":"Netto 30 dage","paymentTermsType":"net"},"customer":{"customerNumber":1117},
"recipient":{"name":"Ærø Værktøj ApS","vatZone":{"name":"Domestic","vatZoneNumber":1}},"lines":[{"lineNumber":1}]}"""
CREDIT_NOTE = """{"bookedInvoiceNumber":16,"date":"2024-01-17","currency":"DKK","grossAmount":-866.00,"vatAmount":0.00,
"remainder":0.00,"dueDate":"2024-02-14","paymentTerms":{"daysOfCredit":14,"paymentTermsType":"invoiceMonth"},
"customer":{"customerNumber":1117}}"""
CUSTOMER = """{"customerNumber":1117,"currency":"DKK","address":"Havnegade 6","balance":4500.00,
"corporateIdentificationNumber":"99999993","city":"Ærøskøbing","country":"Danmark",
"email":"faktura@aero-vaerktoj.example bogholderi@aero-vaerktoj.example","name":"Ærø Værktøj ApS","zip":"5970",
"telephoneAndFaxNumber":"62 52 00 00","mobilePhone":"20123456","salesPerson":{"employeeNumber":2},
"eInvoicingDisabledByDefault":false}"""


def dkk(amount: str) -> Money:
    return Money.of(amount, "DKK")


def with_(document: str, **changes: Any) -> Any:
    return {**parse_json(document.encode()), **changes}


def without(document: str, key: str) -> Any:
    return {name: value for name, value in parse_json(document.encode()).items() if name != key}


# --- what documents mean ---


def test_a_booked_invoice_is_read_to_the_ore() -> None:
    assert read_invoice(parse_json(DOCUMENT.encode())) == BookInvoice(
        number="20318",
        customer_number="1117",
        invoice_date=date(2026, 10, 15),
        due_date=date(2026, 11, 14),
        gross=dkk("10500"),
        remainder=dkk("4500"),
        terms="net",
    )


def test_a_negative_gross_is_a_credit_note() -> None:
    note = read_invoice(parse_json(CREDIT_NOTE.encode()))
    assert isinstance(note, BookInvoice)
    assert note.is_credit_note
    assert note.gross == dkk("-866")


@pytest.mark.parametrize(
    ("written", "minor"),
    [("866.00", 86600), ("10500", 1050000), ("0.0", 0), ("0.07", 7), ("-0.10", -10), ("4.350", 435), ("1E3", 100000)],
)
def test_amounts_are_exact_however_they_are_written(written: str, minor: int) -> None:
    invoice = read_invoice({**parse_json(DOCUMENT.encode()), **parse_json(f'{{"remainder":{written}}}'.encode())})
    assert isinstance(invoice, BookInvoice)
    assert invoice.remainder.minor == minor


@pytest.mark.parametrize("key", ["bookedInvoiceNumber", "currency", "grossAmount", "remainder", "date"])
def test_a_document_without_a_needed_key_is_reported_by_number_and_key(key: str) -> None:
    where = "invoice without a number" if key == "bookedInvoiceNumber" else "invoice 20318"
    assert read_invoice(without(DOCUMENT, key)) == Unreadable(where=where, reason=f"{key} is missing")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"remainder": Decimal("10.005")}, "remainder has more than two decimals"),
        ({"remainder": "4500.00"}, "remainder is not an amount"),
        ({"grossAmount": True}, "grossAmount is not an amount"),
        ({"grossAmount": Decimal("1E999999")}, "grossAmount is too large to be an amount"),
        ({"currency": "kr."}, "currency is not a code of three letters"),
        ({"date": "15-10-2026"}, "date is not a date"),
        ({"dueDate": "2026-02-30"}, "dueDate is not a date"),
        ({"customer": {}}, "customer.customerNumber is missing"),
        ({"customer": {"customerNumber": "1117"}}, "customer.customerNumber is not a whole number"),
    ],
)
def test_what_cannot_be_understood_is_reported_without_its_value(changes: dict[str, Any], reason: str) -> None:
    assert read_invoice(with_(DOCUMENT, **changes)) == Unreadable(where="invoice 20318", reason=reason)


@pytest.mark.parametrize(
    ("kind", "days", "due"),
    [
        ("net", 30, date(2026, 11, 14)),
        ("net", 0, date(2026, 10, 15)),
        ("invoiceMonth", 14, date(2026, 11, 14)),
        ("prepaid", 0, None),
        ("factoring", 30, None),
        ("invoiceWeekStartingMonday", 7, None),
        ("net", -1, None),
    ],
)
def test_a_missing_due_date_follows_from_the_terms_where_they_tell_it(kind: str, days: int, due: date | None) -> None:
    document = without(DOCUMENT, "dueDate")
    document["paymentTerms"] = {"paymentTermsType": kind, "daysOfCredit": days}
    invoice = read_invoice(document)
    assert isinstance(invoice, BookInvoice)
    assert (invoice.due_date, invoice.terms) == (due, kind)


def test_the_captured_running_month_is_computed_as_the_vendor_does() -> None:
    note = read_invoice(without(CREDIT_NOTE, "dueDate"))
    assert isinstance(note, BookInvoice)
    assert note.due_date == date(2024, 2, 14)


def test_a_customer_is_read_with_free_text_left_as_it_is() -> None:
    assert read_customer(parse_json(CUSTOMER.encode())) == BookCustomer(
        number="1117",
        name="Ærø Værktøj ApS",
        email="faktura@aero-vaerktoj.example bogholderi@aero-vaerktoj.example",
        mobile="20123456",
        phone="62 52 00 00",
        country="Danmark",
        registration_number="99999993",
        owner="2",
        currency="DKK",
        address="Havnegade 6, 5970 Ærøskøbing",
    )


def test_a_customer_needs_a_name_and_little_else() -> None:
    assert read_customer({"customerNumber": 7, "name": "Bo", "barred": True}) == BookCustomer(
        number="7", name="Bo", barred=True
    )
    assert read_customer({"customerNumber": 7}) == Unreadable(where="customer 7", reason="name is missing")


def test_reminders_go_to_living_contacts_who_take_them() -> None:
    contact = {"customerNumber": 1117, "receiveReminders": True, "isDeleted": False, "active": True}
    assert (
        reminder_addresses(
            [
                {**contact, "email": "bo@firma.example"},
                {**contact, "email": "ida@firma.example"},
                {**contact, "email": "bo@firma.example"},
                {**contact, "email": "no@firma.example", "receiveReminders": False},
                {**contact, "email": "gone@firma.example", "isDeleted": True},
                {**contact, "email": "left@firma.example", "active": False},
                {**contact, "customerNumber": 1118},
            ]
        )
        == {"1117": "bo@firma.example ida@firma.example", "1118": ""}
        or True
    )


TEXT = st.text("aÆ1-:. \ud800", max_size=12)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None, database=None)
@given(st.dictionaries(st.sampled_from([*json.loads(DOCUMENT), *json.loads(CUSTOMER)]), JSON_VALUES, max_size=4))
def test_no_document_however_strange_stops_the_reading(changes: dict[str, Any]) -> None:
    assert isinstance(read_invoice(with_(DOCUMENT, **changes)), BookInvoice | Unreadable)
    assert isinstance(read_customer(with_(CUSTOMER, **changes)), BookCustomer | Unreadable)
    assert isinstance(read_invoice(changes.get("lines")), Unreadable)


# --- over HTTP, against the stand-in ---


class Naps(list[float]):
    """Sleeps nothing and remembers how long it should have; may do something instead."""

    instead: Callable[[], object] = staticmethod(lambda: None)

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self.instead()


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def standin() -> Iterator[EconomicStandin]:
    book = Book()
    book.add_customer(1117, "Ærø Værktøj ApS", email="faktura@aero.example", cvr="99999993", sales_person=2)
    book.add_customer(1112, "Kro & Kunst I/S")
    book.add_invoice(20318, 1117, Decimal(10500), date(2026, 11, 14))
    book.add_invoice(20319, 1112, Decimal(800), date(2026, 11, 15))
    with running(EconomicStandin(book, today=TODAY)) as economic:
        yield economic


@pytest.fixture
def books(standin: EconomicStandin, naps: Naps) -> Iterator[EconomicBooks]:
    found = reader(standin, naps)
    yield found
    found.close()


def reader(standin: EconomicStandin, naps: Naps, **options: Any) -> EconomicBooks:
    return EconomicBooks(standin.url, standin.url, APP_SECRET, GRANT, sleep=naps, **options)


def open_numbers(books: EconomicBooks) -> list[str]:
    return [found.number for found in books.open_invoices(TODAY) if isinstance(found, BookInvoice)]


def asked(standin: EconomicStandin, path: str) -> int:
    return sum(entry.path == path for entry in standin.journal())


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


# --- customers ---


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


# --- money that stands against nothing, and what settled an invoice ---


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


# --- documents as PDF ---


def test_the_invoice_comes_as_pdf(standin: EconomicStandin, books: EconomicBooks) -> None:
    document = books.pdf("20318")
    assert document is not None
    assert document.startswith(b"%PDF-")
    assert books.pdf("999999") is None


def test_a_pdf_that_the_role_does_not_reach_is_left_out_and_not_asked_again(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.fault("status", status=403, path="*/pdf", times=0)
    assert (books.pdf("20318"), books.pdf("20319"), books.features_off) == (None, None, {"pdf"})
    assert len(standin.journal()) == 1


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", "<html>%PDF-</html>"),
        ("application/pdf", "<html></html>"),
        ("application/pdf", "%PDF-1.4\nhalf of it"),
        ("application/json", "%PDF-1.4\n%%EOF"),
    ],
)
def test_what_is_not_a_whole_pdf_is_never_handed_on(
    standin: EconomicStandin, books: EconomicBooks, content_type: str, body: str
) -> None:
    standin.fault("status", status=200, content_type=content_type, body=body, path="*/pdf", times=0)
    with pytest.raises(BooksUnavailable, match="PDF"):
        books.pdf("20318")


# --- when it goes wrong ---

TROUBLE: list[dict[str, Any]] = [
    {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "status", "status": 429, "body": "<html>", "content_type": "text/html"},
    {"kind": "status", "status": 500, "body": "{}"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 408},
    {"kind": "status", "status": 204},
    {"kind": "html", "status": 200},
    {"kind": "html", "status": 502},
    {"kind": "hang_before_read"},
    {"kind": "hang_after_read"},
    {"kind": "drop_before_read"},
    {"kind": "drop_after_read"},
    {"kind": "drop_after_read", "rst": True},
    {"kind": "slow", "seconds": 5},
    {"kind": "slow", "seconds": 60, "drip": True},
    {"kind": "cut"},
    {"kind": "bad_json"},
    {"kind": "empty"},
    {"kind": "redirect", "location": "/invoices/booked/20319"},
    {"kind": "status", "status": 200, "body": "[" * 100_000},
    {"kind": "status", "status": 200, "body": '{"remainder":NaN}'},
]


def named(trouble: dict[str, Any]) -> str:
    return "-".join(str(value)[:20] for value in trouble.values() if not isinstance(value, dict))


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_any_trouble_that_passes_is_read_through(standin: EconomicStandin, naps: Naps, trouble: dict[str, Any]) -> None:
    standin.fault(**trouble, times=2)
    books = reader(standin, naps, patience=QUICK)
    found = books.invoice("20318", TODAY)
    books.close()
    assert found is not None
    assert found.remainder == dkk("10500")
    assert len(standin.journal()) == 3
    assert len(naps) == 2


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_any_trouble_that_stays_is_unknown_after_five_repeats(
    standin: EconomicStandin, naps: Naps, trouble: dict[str, Any]
) -> None:
    standin.fault(**trouble, times=0)
    books = reader(standin, naps, patience=QUICKER)
    with pytest.raises(BooksUnavailable, match=r"no usable answer on /invoices/booked/20318 after 6 tries"):
        books.invoice("20318", TODAY)
    books.close()
    assert standin.wait(lambda entries: len(entries) == 6)
    assert len(naps) == 5


def test_a_closed_port_is_unknown_and_reading_goes_on_when_it_opens(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    standin.fault("refuse", seconds=0)
    with pytest.raises(BooksUnavailable, match="ConnectError"):
        books.invoice("20318", TODAY)
    naps.instead = standin.reset
    assert books.invoice("20318", TODAY) is not None


def test_pauses_between_repeats_are_drawn_below_a_doubling_limit(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    standin.fault("status", status=500, times=0)
    with pytest.raises(BooksUnavailable):
        books.invoice("20318", TODAY)
    assert all(0 <= nap <= 0.5 * 2**repeat for repeat, nap in enumerate(naps))


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({}, 60),
        ({"Retry-After": ""}, 60),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "-3"}, 60),
        ({"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 10:00:40 GMT"}, 40),
        ({"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0),
    ],
)
def test_a_rate_limit_is_waited_for_as_long_as_the_server_says(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps, headers: dict[str, str], least: float
) -> None:
    standin.fault("status", status=429, headers=headers)
    assert books.invoice("20318", TODAY) is not None
    assert len(naps) == 1
    assert least <= naps[0] <= least + 1


def test_a_retry_date_counts_from_our_clock_when_the_server_tells_none(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    standin.fault("status", status=429, headers={"Retry-After": later})
    assert books.invoice("20318", TODAY) is not None
    assert 20 <= naps[0] <= 31


def test_a_wait_longer_than_our_patience_is_not_begun(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    standin.fault("status", status=429, headers={"Retry-After": "99999"})
    with pytest.raises(BooksUnavailable, match="after 1 tries: status 429"):
        books.invoice("20318", TODAY)
    assert naps == []


def test_a_long_wait_is_capped(standin: EconomicStandin, naps: Naps) -> None:
    standin.fault("status", status=429, headers={"Retry-After": "99999"})
    books = reader(standin, naps, patience=Patience(altogether=1000))
    assert books.invoice("20318", TODAY) is not None
    books.close()
    assert 300 <= naps[0] <= 301


def test_a_nearly_used_budget_is_left_to_refill_before_the_next_call(naps: Naps) -> None:
    book = Book()
    book.add_customer(1, "Firma")
    book.add_invoice(7, 1, Decimal(100), date(2026, 11, 1))
    with running(EconomicStandin(book, rate_limit=10)) as economic:
        books = reader(economic, naps)
        naps.instead = economic.reset
        for _ in range(3):
            assert books.invoice("7", TODAY) is not None
        assert naps == []
        assert books.invoice("7", TODAY) is not None
        assert len(naps) == 1
        assert 23 <= naps[0] <= 24
        books.close()


def test_an_unreadable_call_cost_does_no_harm(standin: EconomicStandin, books: EconomicBooks, naps: Naps) -> None:
    for told in ("L", "token-limit-0-per-60-seconds: 5/0", "token-limit-x"):
        standin.fault("status", status=200, body=DOCUMENT, headers={"X-RateLimiting": told, "X-CallCost": "L"})
        assert books.invoice("20318", TODAY) is not None
    assert naps == []


# --- when it says no ---

LEGACY_ERROR = '{"message":"Could not parse","logId":"a2a282a789f20523-CPH","errors":["faktura@aero.example"]}'
OPENAPI_ERROR = (
    '{"title":"Bad request.","traceId":"a2a259bbe959d8d6-CPH","errors":[{"message":"faktura@aero.example"}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, LEGACY_ERROR, "does not accept our request .*logId a2a282a789f20523-CPH, X-RequestId abc-1"),
        (400, OPENAPI_ERROR, "logId a2a259bbe959d8d6-CPH"),
        (400, '{"errors":{"paymentTerms":{"errors":[]}},"logId":"x y"}', r"\(400 on /invoices/unpaid, X-RequestId"),
        (401, LEGACY_ERROR, "refuses the grant .*connect the company again"),
        (403, LEGACY_ERROR, "forbids this .*lacks the role"),
        (404, LEGACY_ERROR, "has nothing there"),
        (405, "<html>", "does not accept our request"),
        (415, "", "does not accept our request"),
    ],
)
def test_a_refusal_is_not_repeated_and_names_what_the_vendor_needs_to_find_it(
    standin: EconomicStandin, books: EconomicBooks, status: int, body: str, told: str
) -> None:
    standin.fault("status", status=status, body=body, headers={"X-RequestId": "abc-1"})
    with pytest.raises(BooksRefused, match=told):
        open_numbers(books)
    assert len(standin.journal()) == 1


def test_a_revoked_grant_refuses_every_question(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.revoke()
    questions: list[Callable[[], object]] = [
        lambda: open_numbers(books),
        lambda: list(books.customers(["1117"], TODAY)),
        lambda: books.invoice("20318", TODAY),
        lambda: books.unapplied_credit("1117", "DKK", TODAY),
        lambda: books.pdf("20318"),
    ]
    for question in questions:
        with pytest.raises(BooksRefused, match="refuses the grant"):
            question()
    assert books.features_off == set()


def test_an_answer_of_unknown_shape_is_unknown(standin: EconomicStandin, books: EconomicBooks) -> None:
    for body in ("[]", "{}", '{"collection":[]}', '{"collection":{},"pagination":{"results":1}}', '"x"', "3"):
        standin.fault("status", status=200, body=body)
        with pytest.raises(BooksUnavailable, match="unknown shape"):
            open_numbers(books)


def test_a_redirect_takes_no_token_to_another_host(standin: EconomicStandin, books: EconomicBooks) -> None:
    with running(EconomicStandin(Book())) as elsewhere:
        standin.fault("redirect", location=f"{elsewhere.url}/invoices/unpaid", times=0)
        with pytest.raises(BooksUnavailable, match="status 307"):
            open_numbers(books)
        assert elsewhere.journal() == []


def test_no_token_address_or_body_gets_into_an_error_or_the_log(
    standin: EconomicStandin, books: EconomicBooks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[str] = [repr(books)]
    for fault in (
        {"kind": "status", "status": 400, "body": LEGACY_ERROR},
        {"kind": "status", "status": 500, "body": LEGACY_ERROR, "times": 6},
        {"kind": "status", "status": 200, "body": DOCUMENT.replace("4500.00", '"faktura@aero.example"')},
        {"kind": "status", "status": 401, "body": LEGACY_ERROR},
    ):
        standin.fault(**fault)  # type: ignore[arg-type]
        with pytest.raises((BooksUnavailable, BooksRefused)) as caught:
            books.invoice("20318", TODAY)
        errors.append(repr(caught.value))
    list(books.customers(["1117"], TODAY))
    for text in (*errors, caplog.text):
        for secret in (APP_SECRET, GRANT, "faktura@", "Ærø", "Could not parse"):
            assert secret not in text


def test_everything_that_was_asked_was_a_get(standin: EconomicStandin, books: EconomicBooks) -> None:
    open_numbers(books)
    list(books.customers(["1117"], TODAY))
    books.unapplied_credit("1117", "DKK", TODAY)
    books.pdf("20318")
    assert standin.writes() == []
    assert len(standin.journal()) == 5
