"""Events per case for a full four-step ladder, and ladders per second with one worker on the development server."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
import time
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from temporalio.client import Client

from activities.books.economic import EconomicBooks
from activities.mirror import Mirror
from activities.open_cases import OpenCases
from activities.shelf import Shelf
from commands.dev_server import server_of_its_own, time_travel_flags
from commands.leaving import leaving
from commands.sample import NORDLYS, sample_settings
from commands.seed import NewPerson, add_creditor
from commands.time_travel import Traveller, shift_to
from models.cases import CaseRow
from models.creditor import EconomicSource
from models.database import migrate, open_database, transaction
from models.settings import Settings
from standins.economic.book import Book
from standins.economic.server import APP_SECRET, GRANT, EconomicStandin
from standins.sendgrid.server import KEY, SendGridStandin
from standins.server import running
from standins.twilio.server import SID, TOKEN, TwilioStandin
from worker import build_worker
from workflows.names import TASK_QUEUE

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
DUE = date(2026, 8, 3)
BEGINS = datetime(2026, 7, 29, 12, 0, tzinfo=COPENHAGEN)
ENDS = datetime(2026, 9, 9, 12, 0, tzinfo=COPENHAGEN)


def main(cases: int = typer.Option(40, help="How many cases climb at once.")) -> None:
    """Every case climbs nudge, two reminders and the formal notice: proposed, released, guarded, sent."""
    asyncio.run(bench(Console(), cases))


async def bench(console: Console, number: int) -> None:
    """Print the figures and the machine."""
    book = Book()
    for n in range(number):
        book.add_customer(2000 + n, f"Kunde {n}", email=f"kunde{n}@kunde.example", mobile=f"+45{20123456 + n}")
        book.add_invoice(5000 + n, 2000 + n, Decimal("1250.00"), DUE)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(EconomicStandin(book, rate_limit=10**9)) as economic,
        running(SendGridStandin()) as sendgrid,
        running(TwilioStandin()) as twilio,
    ):
        settings = Settings(
            rykker_data=Path(folder),
            heads_up_gather_seconds=0,
            sendgrid_api_key=KEY,
            sendgrid_host=sendgrid.url,
            twilio_account_sid=SID,
            twilio_auth_token=TOKEN,
            twilio_base_url=twilio.url,
            twilio_sender="Nordlys",
        )
        seconds, handles = await _climb(settings, economic.url, number)
        sent = len(sendgrid.mails()), len(twilio.texts())
    per_case = [len(events) for events in handles]
    kinds = Counter(kind for events in handles for kind in events)
    machine = platform.processor() or platform.machine()
    console.print(f"machine: {machine}, {os.cpu_count()} cores, Python {platform.python_version()}")
    console.print(f"cases: {number}, four steps each; {sent[0]} e-mails (heads-ups included), {sent[1]} texts")
    spread = f"min {min(per_case)}, max {max(per_case)}, mean {sum(per_case) / number:.1f}"
    console.print(f"events per case until the fourth send: {spread}")
    for kind, count in kinds.most_common():
        console.print(f"  {count / number:6.1f}  {kind}")
    console.print(
        f"{seconds:.1f} s: {number / seconds:.2f} ladders per second, {4 * number / seconds:.2f} steps per second"
    )


async def _climb(settings: Settings, books_url: str, number: int) -> tuple[float, list[list[str]]]:
    """Seconds of real time for all ladders, and the kinds of events of each case."""
    migrate(settings.database)
    database = open_database(settings.database)
    with transaction(database) as session:
        people = [NewPerson("anna", "Anna", "anna@nordlys.example", "admin")]
        add_creditor(session, NORDLYS, "Nordlys ApS", sample_settings(), EconomicSource(), people, quarantines=False)
    shelf = Shelf(database, books_url, books_url, APP_SECRET)
    shelf.put(NORDLYS, EconomicBooks(books_url, books_url, APP_SECRET, GRANT))
    async with await server_of_its_own(time_travel_flags()) as environment:
        client = environment.client
        async with build_worker(client, settings, database, shelf=shelf):
            began = time.perf_counter()
            shift = shift_to(BEGINS)
            Mirror(database, shelf).read_books(NORDLYS, BEGINS)
            cases = OpenCases(database, client, TASK_QUEUE)
            traveller = Traveller(client, database, NORDLYS, shift)
            opened = [await _open(cases, 2000 + n, shift) for n in range(number)]
            await asyncio.gather(*(_to_the_top(traveller, case) for case in opened))
            seconds = time.perf_counter() - began
            return seconds, [await _events(client, case) for case in opened]


async def _open(cases: OpenCases, customer: int, shift: timedelta) -> CaseRow:
    await cases.tell_one(NORDLYS, str(customer), BEGINS, shift)
    with transaction(cases.database) as session:
        return session.get_one(CaseRow, f"{NORDLYS}.{customer}.1")


async def _to_the_top(traveller: Traveller, case: CaseRow) -> None:
    async def admin(seen: CaseRow) -> None:
        await traveller.release(seen)

    await traveller.live(case, ENDS, admin)


async def _events(client: Client, case: CaseRow) -> list[str]:
    """Kinds of the events until the fourth send is done, without those that only moving time writes."""
    kinds: list[str] = []
    sends: set[int] = set()
    async for event in client.get_workflow_handle(case.workflow_id).fetch_history_events():
        kind = (event.WhichOneof("attributes") or "").removesuffix("_event_attributes")
        if kind in ("workflow_execution_options_updated", "workflow_execution_time_skipping_transitioned"):
            continue
        kinds.append(kind)
        if (
            kind == "activity_task_scheduled"
            and event.activity_task_scheduled_event_attributes.activity_type.name == "send"
        ):
            sends.add(event.event_id)
        if kind == "activity_task_completed" and len(sends) == 4:
            done = event.activity_task_completed_event_attributes.scheduled_event_id
            if done == max(sends):
                return kinds
    return kinds


if __name__ == "__main__":
    with leaving():
        typer.run(main)
