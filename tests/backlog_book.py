"""A book that is years old when it is connected, and the API on the clock of its story."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta

from api import create_app
from models.clock import real_now
from tests.api_fixtures import Api, speaking
from tests.story import Story

CONNECTED = date(2026, 8, 10)
"""A Monday."""
FIRST_CUSTOMER, CUSTOMERS, EACH = 2001, 40, 10


def old_book(story: Story) -> None:
    """400 invoices of 40 customers, ten each; four of the customers owe something that is less than 60 days late.

    The others begin at 65 days and go back to more than two years.
    """
    for n in range(CUSTOMERS):
        customer = FIRST_CUSTOMER + n
        story.book.add_customer(
            customer, f"Kunde {customer} A/S", email=f"k{customer}@{story.creditor}.example", sales_person=1 + n % 2
        )
        for turn in range(EACH):
            owed(story, 10_000 + n * EACH + turn, 65 + n + turn * 70, customer)
    for n, days in enumerate((8, 20, 40, 59)):
        story.book.remove_invoice(10_000 + n * EACH)
        owed(story, 10_000 + n * EACH, days, FIRST_CUSTOMER + n)


def owed(story: Story, number: int, days: int, customer: int, amount: str = "1000.00") -> None:
    """Book an invoice that is so many days late on the day of connection."""
    story.invoice(number, amount, str(CONNECTED - timedelta(days=days)), customer=customer)


@asynccontextmanager
async def api_in(story: Story) -> AsyncIterator[Api]:
    """The API whose clock is the story's."""
    engines = story.engines

    app = create_app(engines.settings, engines.database, engines.client, clock=lambda: real_now() + story.time_shift)
    async with speaking(app) as http:
        yield Api(http, story.creditor)
