"""A client of the e-conomic stand-in for tests, and the small book that it asks about."""

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


def book() -> Book:
    """Three customers; 20318 late, 20319 due today, 20320 due tomorrow, 20321 paid."""
    books = Book()
    books.day = lambda: TODAY
    books.add_customer(1117, "Ærø Værktøj ApS", email="a@aero.example b@aero.example", cvr="99999993", sales_person=2)
    books.add_customer(1112, "Kro & Kunst I/S")
    books.add_customer(1113, "Nordsee GmbH", currency="EUR", country="")
    books.add_contact(12, 1117, "Bo Æbelø", email="bo@aero.example", receive_reminders=True)
    books.add_invoice(20318, 1117, Decimal("10500.00"), date(2026, 11, 14))
    books.add_invoice(20319, 1117, Decimal("866.00"), TODAY)
    books.add_invoice(20320, 1112, Decimal("99.95"), date(2026, 11, 23))
    books.add_invoice(20321, 1112, Decimal("500.00"), date(2026, 11, 1), paid=True)
    books.add_invoice(20322, 1113, Decimal("100.00"), date(2026, 11, 2), rate=Decimal("745.93"))
    return books


@pytest.fixture
def server() -> Iterator[EconomicStandin]:
    with running(EconomicStandin(book(), today=TODAY)) as standin:
        yield standin


@pytest.fixture
def client(server: EconomicStandin) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=TOKENS, trust_env=False, verify=False) as one:
        yield one


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [one["bookedInvoiceNumber"] for one in answer.json()["collection"]]


def listed(client: httpx.Client, path: str, **query: Any) -> list[int]:
    return numbers(client.get(path, params={"sort": "bookedInvoiceNumber", **query}))
