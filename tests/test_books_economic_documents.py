"""What the documents of e-conomic mean, and that none of them makes us guess."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.books.economic_documents import read_customer, read_invoice, reminder_addresses
from activities.books.economic_fields import parse_json
from models.books import BookCustomer, BookInvoice, Unreadable
from tests.economic_reading import CREDIT_NOTE, CUSTOMER, DOCUMENT, dkk, with_, without


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
    found = reminder_addresses(
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
    assert found == {"1117": "bo@firma.example ida@firma.example"}, "one without an address adds nothing"


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
