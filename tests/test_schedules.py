"""A creditor's books are read, its customers watched and its cases swept without anybody having to think of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from temporalio.client import Client

from activities.debtors import debtor_of
from commands.rounds import ROUNDS
from commands.schedules import keep_schedules
from commands.seed import NewPerson, add_creditor
from models.books import BookCustomer
from models.claim import Debtor
from models.creditor import CreditorSettings, CsvSource
from models.database import migrate, open_database, transaction


@pytest.mark.anyio
async def test_a_creditor_that_is_added_while_the_worker_runs_gets_its_schedules(
    client: Client, new_database: Callable[[], str]
) -> None:
    url = new_database()
    migrate(url)
    database = open_database(url)
    keeping = asyncio.create_task(keep_schedules(client, database, every=timedelta(milliseconds=50)))
    people = [NewPerson("kept-anna", "Anna", "anna@kept.example", "admin")]
    with transaction(database) as session:
        add_creditor(session, "kept", "Kept ApS", CreditorSettings(), CsvSource(path="unused.csv"), people)
    wanted = {one.schedule_id("kept") for one in ROUNDS}
    async with asyncio.timeout(30):
        while wanted - {schedule.id async for schedule in await client.list_schedules()}:
            assert not keeping.done()
    keeping.cancel()
    for name in wanted:
        await client.get_schedule_handle(name).delete()
    database.dispose()


@pytest.mark.parametrize(
    ("number", "country"),
    [("DK 99 99 99 93", "DK"), ("888 888 888 MVA", "NO"), ("888888888", "DK"), ("99999993", "NO")],
)
def test_a_business_is_known_however_its_number_is_written(number: str, country: str) -> None:
    customer = BookCustomer(number="1", name="Havn A/S", registration_number=number)
    assert debtor_of(customer, country) is Debtor.business
