"""Reading e-conomic in tests: documents as the vendor writes them, a small book to read, and a reader of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from activities.books.economic import EconomicBooks
from activities.books.economic_fields import parse_json
from models.books import BookInvoice
from models.money import Money
from standins.economic import Book, EconomicStandin
from standins.economic.server import APP_SECRET, GRANT
from standins.server import running

TODAY = date(2026, 11, 22)
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
