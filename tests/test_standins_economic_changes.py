"""Books that change under the reader: payments, credit notes, customers, from Python and from outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from standins.economic import Book, EconomicStandin
from standins.economic.server import APP_SECRET, GRANT
from standins.server import running

TODAY = date(2026, 11, 22)
TOKENS = {"X-AppSecretToken": APP_SECRET, "X-AgreementGrantToken": GRANT}
ENTRIES = "/bookedEntriesapi/v4.0.0/booked-entries"


@pytest.fixture
def server() -> Iterator[EconomicStandin]:
    book = Book()
    book.add_customer(1001, "Havn A/S", email="faktura@havn.example")
    book.add_invoice(1001, 1001, Decimal("12500.00"), date(2026, 11, 12))
    with running(EconomicStandin(book, today=TODAY)) as standin:
        yield standin


@pytest.fixture
def client(server: EconomicStandin) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=TOKENS, trust_env=False, verify=False) as one:
        yield one


def change(client: httpx.Client, **changes: Any) -> httpx.Response:
    return client.post("/__standin/state", json=changes)


def collected(client: httpx.Client, path: str) -> dict[int, float]:
    """Number and remainder of a list's documents."""
    return {one["bookedInvoiceNumber"]: one["remainder"] for one in client.get(path).json()["collection"]}


def entries(client: httpx.Client, kind: int) -> list[dict[str, Any]]:
    return list(client.get(ENTRIES, params={"filter": f"type$eq:{kind}"}).json()["items"])


def test_a_part_payment_lowers_the_remainder_and_is_paired(server: EconomicStandin, client: httpx.Client) -> None:
    payment = server.book.register_payment(1001, Decimal("5000"), on=date(2026, 11, 20))
    assert collected(client, "/invoices/unpaid") == {1001: 7500.0}
    assert client.get("/customers/1001").json()["balance"] == 7500.0
    assert client.get("/invoices/totals/booked/unpaid").json()["grossRemainderInBaseCurrency"] == 7500.0
    [entry] = entries(client, 2)
    assert (entry["amount"], entry["remainder"], entry["date"]) == (-5000.0, 0.0, "2026-11-20T00:00:00")
    [pair] = client.get(f"{ENTRIES}/matched-pairs").json()["items"]
    assert (pair["fromEntry"], pair["fromEntryAmount"], pair["toEntryAmount"]) == (payment.number, -5000.0, 12500.0)


def test_a_full_payment_moves_the_document_to_paid(client: httpx.Client) -> None:
    assert change(client, payment={"invoice": 1001}).status_code == 200
    assert collected(client, "/invoices/unpaid") == {}
    assert collected(client, "/invoices/paid") == {1001: 0.0}


def test_what_is_paid_too_much_stays_unapplied(server: EconomicStandin, client: httpx.Client) -> None:
    server.book.register_payment(1001, Decimal("13000"))
    [entry] = entries(client, 2)
    assert entry["remainder"] == -500.0
    assert client.get("/customers/1001").json()["balance"] == -500.0


def test_a_matched_credit_note_settles_both_sides(client: httpx.Client) -> None:
    change(client, credit_note={"number": 1002, "customer": 1001, "amount": "12500.00", "invoice": 1001})
    assert collected(client, "/invoices/booked") == {1001: 0.0, 1002: 0.0}
    note = client.get("/invoices/booked/1002").json()
    assert (note["grossAmount"], note["vatAmount"]) == (-12500.0, -2500.0)
    assert (note["lines"][0]["quantity"], note["lines"][0]["unitNetPrice"]) == (-1.0, 10000.0)


def test_an_unmatched_credit_note_stands_open_below_zero(client: httpx.Client) -> None:
    change(client, credit_note={"number": 1002, "customer": 1001, "amount": "800"})
    assert collected(client, "/invoices/unpaid") == {1001: 12500.0, 1002: -800.0}


def test_an_unapplied_payment_shows_only_in_the_ledger(client: httpx.Client) -> None:
    change(client, unapplied_payment={"customer": 1001, "amount": 4500.0, "on": "2026-11-21"})
    assert collected(client, "/invoices/unpaid") == {1001: 12500.0}
    assert [entry["remainder"] for entry in entries(client, 2)] == [-4500.0]


def test_a_reminder_of_the_vendor_itself_is_an_entry_of_type_6(client: httpx.Client) -> None:
    change(
        client, reminder_entry={"customer": 1001, "amount": "100"}, entry={"kind": 7, "customer": 1001, "amount": 50}
    )
    assert [entry["amount"] for entry in entries(client, 6)] == [100.0]
    assert [entry["amount"] for entry in entries(client, 7)] == [50.0]


def test_the_day_moves_invoices_into_overdue(client: httpx.Client) -> None:
    change(client, invoice={"number": 1003, "customer": 1001, "gross": "100", "due": "2026-11-22"})
    assert collected(client, "/invoices/overdue") == {1001: 12500.0}
    change(client, today="2026-11-23")
    assert collected(client, "/invoices/overdue") == {1001: 12500.0, 1003: 100.0}
    assert client.get("/self").json()["serverTime"].startswith("2026-11-2")


def test_invoices_of_every_kind_can_be_added(server: EconomicStandin, client: httpx.Client) -> None:
    book = server.book
    book.add_invoice(1, 1001, Decimal("100"), None)
    book.add_invoice(2, 1001, Decimal("100"), TODAY, terms=5)
    book.add_invoice(3, 1001, Decimal("100"), TODAY, currency="EUR", rate=Decimal("745.93"))
    assert "dueDate" not in client.get("/invoices/booked/1").json()
    assert client.get("/invoices/booked/2").json()["paymentTerms"]["paymentTermsType"] == "factoring"
    assert client.get("/invoices/booked/3").json()["grossAmountInBaseCurrency"] == 745.93


def test_a_removed_invoice_is_gone_everywhere(client: httpx.Client) -> None:
    change(client, remove_invoice=1001)
    assert client.get("/invoices/booked/1001").status_code == 404
    assert client.get(ENTRIES).json()["items"] == []
    assert client.get("/customers/1001").json()["balance"] == 0.0


def test_a_customer_changes_and_its_number_can_pass_to_another(client: httpx.Client) -> None:
    change(client, customer={"number": 1001, "email": "", "barred": True})
    customer = client.get("/customers/1001").json()
    assert (customer["barred"], "email" in customer) == (True, False)
    change(client, remove_customer=1001)
    assert client.get("/customers/1001").status_code == 404
    change(client, add_customer={"number": 1001, "name": "En Anden ApS", "cvr": "77777776"})
    assert client.get("/customers/1001").json()["name"] == "En Anden ApS"
    # The paper keeps the name that stood on it.
    assert client.get("/invoices/booked/1001").json()["recipient"]["name"] == "Havn A/S"


def test_several_changes_go_in_one_request(client: httpx.Client) -> None:
    payments = [{"invoice": 1001, "amount": 100}, {"invoice": 1001, "amount": 200}]
    assert change(client, payment=payments, today="2026-11-24").json() == {"done": ["payment", "today"]}
    assert collected(client, "/invoices/unpaid") == {1001: 12200.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"payment": {"invoice": 4711}},
        {"payment": {"invoice": 1001, "amount": "much"}},
        {"payment": {"invoice": 1001, "sum": 5}},
        {"customer": {"number": 1001, "colour": "red"}},
        {"gift": {}},
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(client: httpx.Client, changes: dict[str, Any]) -> None:
    assert change(client, **changes).status_code == 400
    assert collected(client, "/invoices/unpaid") == {1001: 12500.0}


def test_an_invoice_can_be_paid_between_the_list_and_the_single_read(
    server: EconomicStandin, client: httpx.Client
) -> None:
    server.fault("meanwhile", path="/invoices/booked/1001", action=lambda: server.book.register_payment(1001))
    assert collected(client, "/invoices/unpaid") == {1001: 12500.0}
    assert client.get("/invoices/booked/1001").json()["remainder"] == 0.0


def test_the_overview_shows_what_is_open(client: httpx.Client) -> None:
    state = client.get("/__standin/state").json()
    assert (state["today"], state["customers"]) == ("2026-11-22", 1)
    assert [one["remainder"] for one in state["open"]] == [12500.0]
