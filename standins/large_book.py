"""A generated book of any size, the same each time, for pages, paging and speed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from standins.economic.book import Book


def large_book(today: date, invoices: int = 10_000, customers: int = 1_000) -> Book:
    """Due dates from 60 days ago to 29 days ahead; every fifth invoice is paid."""
    book = Book()
    book.day = lambda: today
    for number in range(1, customers + 1):
        book.add_customer(
            number, f"Kunde {number} ApS", email=f"faktura@kunde{number}.example", sales_person=number % 5 + 1
        )
    for place in range(invoices):
        due = today + timedelta(days=place % 90 - 60)
        gross = Decimal(10_000 + place * 37 % 500_000) / 100
        book.add_invoice(20_001 + place, place % customers + 1, gross, due, paid=place % 5 == 4)
    return book
