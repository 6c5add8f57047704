"""The life of one case: four steps to the customer, a call by a person, the payment, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from activities.books.economic import EconomicBooks
from activities.mirror import Mirror
from activities.open_cases import OpenCases
from activities.shelf import Shelf
from commands.sample import sample_settings
from commands.seed import NewPerson, add_creditor
from commands.time_travel import Traveller, shift_to
from faults.boundaries import Blow
from faults.ground import Ground
from faults.outcomes import ANNA, settle_unknown
from faults.process import Orders, Supervisor
from models.cases import CaseRow, TaskRow
from models.creditor import EconomicSource
from models.database import open_database, reading, transaction
from standins.economic.book import Book
from standins.economic.server import APP_SECRET

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CUSTOMER, INVOICE, AMOUNT, DUE = 1001, 1001, Decimal("12500.00"), date(2026, 8, 3)
BEGINS = datetime(2026, 7, 29, 12, 0, tzinfo=COPENHAGEN)
PAYS = datetime(2026, 11, 20, 12, 0, tzinfo=COPENHAGEN)
"""Late enough for every step to be late, and before a broken case could look finished."""
TOO_LONG = 600
"""Seconds of real time after which a life that has not ended counts as hanging."""
AWAY = (RPCError, RuntimeError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, DBAPIError)
"""What people and time meet while the engine is away; they try again, as people do."""
AtEachStop = Callable[["Life", CaseRow], Awaitable[None]]


async def nothing_else(_life: Life, _case: CaseRow) -> None:
    """Nothing happens beside the admin's releases."""


@dataclass
class Life:
    """One creditor with one customer and one overdue invoice, in a database of its own."""

    ground: Ground
    name: str
    blows: tuple[tuple[Blow, ...], ...] = ((),)
    """For each worker that works at once: what hits it, and what hits those that take its place."""
    halted: Callable[[Life], None] = lambda _: None
    """What happens while a worker stands still at its boundary."""
    meanwhile: AtEachStop = nothing_else
    """What happens beside the admin's releases, each time the case has done something."""
    database_url: str = ""
    """Empty: an SQLite file of its own."""
    workers: list[Supervisor] = field(default_factory=list)
    by_person: set[str] = field(default_factory=set)
    """What a person had to find out because neither the engine nor a provider knew."""
    by_provider: set[str] = field(default_factory=set)
    """The messages of which the engine did not know whether they went, until their provider reported it."""
    hung: str = ""

    def __post_init__(self) -> None:
        folder = self.ground.folder / self.name
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = self.ground.providers.settings(folder, self.database_url or self.ground.new_database(folder))
        number = self.ground.next_number()
        self.email, self.mobile = f"bogholderi@havn-{number}.example", f"+45{number}"
        self.book = Book()
        self.shift = shift_to(BEGINS)
        self.database = open_database(self.settings.database)

    async def live(self) -> None:
        """From the first reading of the books to the payment; what hangs is given up and says so."""
        self._connect()
        server = self.ground.client.service_client.config.target_host
        orders = Orders(server, self.settings, task_queue=self.name, grant=self.name, blow=Blow())
        self.workers = [Supervisor(orders, blows, lambda: self.halted(self)) for blows in self.blows]
        for worker in self.workers:
            worker.start()
        try:
            async with asyncio.timeout(TOO_LONG):
                await self._climb()
        except TimeoutError:
            self.hung = f"not at its end after {TOO_LONG} s: {self.case.state}, {self.case.why}"
        finally:
            for worker in self.workers:
                await asyncio.to_thread(worker.stop)

    def close(self) -> None:
        self._shelf.close()
        self.database.dispose()

    # --- the story ---

    def _connect(self) -> None:
        self.book.add_customer(
            CUSTOMER, "Havn A/S", email=self.email, mobile=self.mobile, cvr="99999993", sales_person=1
        )
        self.book.add_invoice(INVOICE, CUSTOMER, AMOUNT, DUE)
        self.ground.providers.economic.add_agreement(self.book, grant=self.name)
        settings = sample_settings().model_copy(update={"company_watch": False, "charges_after_payment": "waive"})
        people = [NewPerson(ANNA.id, "Anna", f"anna@{self.name}.example", "admin")]
        with transaction(self.database) as session:
            add_creditor(session, self.name, "Nordlys ApS", settings, EconomicSource(), people, quarantines=False)

    async def _climb(self) -> None:
        await self._mirror(BEGINS)
        await self._until(PAYS, self.called)
        self.book.register_payment(INVOICE, on=PAYS.date())
        await self._mirror(PAYS)
        while self.case.closed_at is None:
            await asyncio.sleep(0.1)  # the case takes the payment in; only the database tells when it has
        await self._workflow_ended()

    async def _mirror(self, as_of: datetime) -> None:
        """One round of the mirror, as its schedule would run it, again and again until it is through."""
        while not Mirror(self.database, self._shelf).read_books(self.name, as_of).complete:
            await asyncio.sleep(1)
        cases = OpenCases(self.database, self.ground.client, self.name)
        await self._insist(lambda: cases.tell_one(self.name, str(CUSTOMER), as_of, self.shift))

    async def _until(self, moment: datetime, done: Callable[[], bool]) -> None:
        """Let business time pass and the admin release what stands, until something is done or a moment reached."""

        async def stop(case: CaseRow) -> None:
            await self.meanwhile(self, case)
            await self._play_the_admin(case)
            if done():
                raise _Done

        async def on() -> None:
            await self.traveller.live(self.case, moment, stop)

        try:
            await self._insist(on)
        except _Done:
            return

    async def _insist(self, act: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await act()
            except AWAY:
                await asyncio.sleep(0.3)  # the engine is away; people press again
            else:
                return

    async def _workflow_ended(self) -> None:
        await self._insist(lambda: self.traveller.handle(self.case).result())

    def called(self) -> bool:
        """Whether a person was asked to call, which comes after the four steps."""
        with reading(self.database) as session:
            return session.exec(select(TaskRow).where(TaskRow.step == "phone-call")).first() is not None

    # --- the admin ---

    async def _play_the_admin(self, case: CaseRow) -> None:
        await settle_unknown(self, case)
        await self.traveller.release(case)

    # --- what it uses ---

    @cached_property
    def _shelf(self) -> Shelf:
        url = self.ground.providers.economic.url
        shelf = Shelf(self.database, url, url, APP_SECRET)
        shelf.put(self.name, EconomicBooks(url, url, APP_SECRET, self.name))
        return shelf

    @cached_property
    def traveller(self) -> Traveller:
        return Traveller(self.ground.client, self.database, self.name, self.shift)

    @property
    def case(self) -> CaseRow:
        with reading(self.database) as session:
            return session.get_one(CaseRow, f"{self.name}.{CUSTOMER}.1")


class _Done(Exception):
    """There is nothing more to wait for."""
