"""Tells a story to the running engine in few words: given a book, when days pass and things happen, then this."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import col, select
from stdnum.dk import cvr
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.books.economic import EconomicBooks
from activities.company_watch import CompanyWatch
from activities.ledger import SETTLING
from activities.mirror import Mirror
from activities.open_cases import OpenCases
from activities.registers.registers import Registers
from activities.shelf import Shelf
from commands.seed import NewPerson, add_creditor
from commands.time_travel import Traveller, shift_to
from models.cases import CaseRow, FreezeRow, MessageRow, ProposalRow, TaskRow, VerdictRow
from models.creditor import CreditorSettings, EconomicSource
from models.database import transaction
from models.letters import Language
from models.news import Actor, News, Release, Role
from models.parties import CreditorRow
from models.record import EntryRow, TrailRow
from models.settings import Settings
from models.watch import WatchInput, WatchRound
from standins.economic.book import Book
from standins.economic.server import EconomicStandin
from standins.registers import RegistersStandin
from standins.sendgrid.mails import Mail
from standins.sendgrid.server import SendGridStandin
from standins.twilio.server import TwilioStandin
from standins.twilio.texts import Text
from tests.under_way import at_rest

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HAVN = 1001
NORWEGIAN: dict[str, Any] = {
    "country": "NO",
    "currency": "NOK",
    "zone": "Europe/Oslo",
    "language": Language.nb,
    "ladder": "no-standard",
    "registration_number": "923609016",
}
"""What differs in the settings of a creditor in Oslo."""
_numbers = itertools.count(20_123_456)
_companies = (f"{n:08d}" for n in itertools.count(30_000_000) if cvr.is_valid(f"{n:08d}"))


@dataclass
class Engines:
    """What runs once per session."""

    client: Client
    database: Engine
    economic: EconomicStandin
    sendgrid: SendGridStandin
    twilio: TwilioStandin
    shelf: Shelf
    settings: Settings
    task_queue: str
    companies: RegistersStandin
    registers: Registers


def at(text: str) -> datetime:
    """`2026-08-10 14:00` in Copenhagen."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


@dataclass
class Story:
    """Nordlys ApS and its customer Havn A/S, as in the setting of the stories."""

    engines: Engines
    creditor: str
    book: Book = field(default_factory=Book)
    settings: CreditorSettings = field(default_factory=CreditorSettings)
    time_shift: timedelta = timedelta()

    def __post_init__(self) -> None:
        number = next(_numbers)
        self.email = f"bogholderi@havn-{number}.example"
        self.mobile = f"+45{number}"
        self.admin_email = f"admin@{self.creditor}.example"
        self.rep_email = f"rep@{self.creditor}.example"
        self.company = "99999993"
        self.settings = CreditorSettings(
            company_watch=False,
            address="Nordre Kaj 1, 1000 København K",
            registration_number="12345674",
            phone="+45 70 10 20 30",
            sender_name="Nordlys ApS",
            sender_email="bogholderi@nordlys.example",
            payment_lines=("Reg. 1234 konto 0012345678",),
        )
        self.book.add_customer(HAVN, "Havn A/S", email=self.email, mobile=self.mobile, cvr=self.company, sales_person=1)

    @property
    def people(self) -> list[NewPerson]:
        return [
            NewPerson(f"{self.creditor}-anna", "Anna", self.admin_email, "admin", token=f"{self.creditor}-anna"),
            NewPerson(f"{self.creditor}-rasmus", "Rasmus", self.rep_email, "rep", "1", f"{self.creditor}-rasmus"),
            NewPerson(
                f"{self.creditor}-ida", "Ida", f"ida@{self.creditor}.example", "rep", "2", f"{self.creditor}-ida"
            ),
        ]

    # --- given ---

    def invoice(self, number: int, amount: str, due: str, **more: Any) -> None:
        """Book an invoice of Havn A/S."""
        self.book.add_invoice(number, more.pop("customer", HAVN), Decimal(amount), date.fromisoformat(due), **more)

    def in_norway(self) -> None:
        """Nordlys AS in Oslo, and in Havn's place a consumer who owes NOK 4,000.00 since 3 August."""
        self.settings = self.settings.model_copy(update=NORWEGIAN)
        self.book.add_customer(HAVN, "Kari Nordmann", email=self.email, mobile=self.mobile, sales_person=1)
        self.invoice(1001, "4000.00", "2026-08-03", currency="NOK")

    def in_the_register(self) -> None:
        """Havn A/S has a number of its own, stands in the register as active, and is watched."""
        self.company = next(_companies)
        self.settings = self.settings.model_copy(update={"company_watch": True})
        self.engines.companies.companies.add(self.company, "Havn A/S")
        self.book.add_customer(HAVN, "Havn A/S", email=self.email, mobile=self.mobile, cvr=self.company, sales_person=1)

    def connect(self, *, quarantines: bool = False) -> None:
        """Connect the creditor to its books; what is overdue waits in quarantine only where a story is about that."""
        grant = f"grant-{self.creditor}"
        self.engines.economic.add_agreement(self.book, grant=grant)
        books = EconomicBooks(
            self.engines.economic.url, self.engines.economic.url, "standin-app-secret", grant, sleep=lambda _: None
        )
        self.engines.shelf.put(self.creditor, books)
        with transaction(self.engines.database) as session:
            people, name = self.people, "Nordlys ApS"
            add_creditor(session, self.creditor, name, self.settings, EconomicSource(), people, quarantines=quarantines)

    async def begins(self, moment: str, *, quarantines: bool = False) -> None:
        """Connect the books and let business time begin at a moment."""
        self.connect(quarantines=quarantines)
        self.time_shift = shift_to(at(moment))
        await self.mirror(at(moment))

    async def stands_released(self) -> None:
        """Invoice 1001 is overdue; rykker 1 was proposed on 10 August, is released and waits for 9 o'clock."""
        self.invoice(1001, "12500.00", "2026-08-03")
        await self.begins("2026-08-09 12:00")
        await self.until("2026-08-10 12:00", released=True)
        assert self.proposal("rykker-1").released_at is not None

    # --- when ---

    async def mirror(self, as_of: datetime) -> None:
        """One round of the mirror, as its schedule would run it."""
        engines = self.engines
        found = Mirror(engines.database, engines.shelf).read_books(self.creditor, as_of)
        assert found.complete, found.problem
        cases = OpenCases(engines.database, engines.client, engines.task_queue)
        for customer in cases._customers(self.creditor, as_of):
            await cases.tell_one(self.creditor, customer, as_of, self.time_shift)

    async def watch(self, moment: str, **asked: Any) -> WatchRound:
        """One round of the company watch at a moment, as its schedule would run it; the cases have taken it in."""
        found = await self.watching().watch_companies(
            WatchInput(creditor=self.creditor, time_shift=self.time_shift or timedelta(seconds=1), **asked), at(moment)
        )
        await self.all_quiet()
        return found

    def watching(self, **more: Any) -> CompanyWatch:
        """The company watch by itself; `clock` moves the age of answers."""
        engines = self.engines
        cases = OpenCases(engines.database, engines.client, engines.task_queue)
        return CompanyWatch(engines.database, engines.registers, cases, **more)

    def becomes(self, status: str, on: str, company: str = "") -> None:
        """The register has the company in another state from a day."""
        self.engines.companies.companies.set_status(company or self.company, status, date.fromisoformat(on))

    async def until(self, moment: str, *, released: bool = False) -> None:
        """Let days pass; with `released` an admin releases every proposal as it comes."""
        for case in self.cases:
            await self.traveller.live(case, at(moment), self.releasing if released else None)

    async def releasing(self, case: CaseRow) -> None:
        """An admin who lets go whatever stands."""
        await self.traveller.release(case)

    async def release(self) -> None:
        """The admin releases what stands."""
        assert await self.traveller.release(self.case), "nothing stands unreleased"

    def switch(self, **changes: Any) -> None:
        """Change the creditor's settings, without a word to its cases."""
        with transaction(self.engines.database) as session:
            row = session.get_one(CreditorRow, self.creditor)
            settings = CreditorSettings.model_validate(row.settings)
            row.settings = settings.model_copy(update=changes).model_dump(mode="json")

    async def tell(self, signal: str, news: News) -> None:
        await self.traveller.handle(self.case).signal(signal, news)
        await self.quiet()

    async def command(self, update: str, news: News | Release) -> str:
        """Send a person's command; the engine's refusal becomes the text of the AssertionError."""
        try:
            return str(await self.traveller.handle(self.case).execute_update(update, news, id=news.id))
        except WorkflowUpdateFailedError as error:
            raise AssertionError(str(error.cause)) from error

    async def told_by_the_books(self, moment: str) -> None:
        """One round of the mirror, and the case has taken in what it was told."""
        await self.mirror(at(moment))
        await self.quiet()

    async def quiet(self) -> None:
        """Return once the case has taken in everything it was told, and done what came of it."""
        await at_rest(self.traveller, self.case)

    async def all_quiet(self) -> None:
        """Return once every case knows what comes next and has taken in everything it was told."""
        for case in self.cases:
            await at_rest(self.traveller, case, decided=True)

    def actor(self, name: str) -> Actor:
        role = Role.admin if name == "anna" else Role.rep
        return Actor(id=f"{self.creditor}-{name}", role=role)

    # --- then ---

    @property
    def traveller(self) -> Traveller:
        return Traveller(self.engines.client, self.engines.database, self.creditor, self.time_shift)

    @property
    def cases(self) -> list[CaseRow]:
        with transaction(self.engines.database) as session:
            query = select(CaseRow).where(CaseRow.creditor_id == self.creditor)
            return list(session.exec(query.order_by(col(CaseRow.case_number), col(CaseRow.id))))

    @property
    def case(self) -> CaseRow:
        """The newest case."""
        return self.cases[-1]

    @property
    def proposals(self) -> list[ProposalRow]:
        with transaction(self.engines.database) as session:
            query = select(ProposalRow).where(ProposalRow.creditor_id == self.creditor)
            return list(session.exec(query.order_by(col(ProposalRow.proposed_at), col(ProposalRow.id))))

    def proposal(self, step: str) -> ProposalRow:
        """The newest proposal of a step."""
        return [p for p in self.proposals if p.step == step][-1]

    @property
    def sent(self) -> list[str]:
        """`2026-08-11 09:00 rykker-1` for everything that was sent, in Copenhagen time."""
        return [f"{clock(p.ended_at)} {p.step}" for p in self.proposals if p.state == "sent" and p.ended_at]

    @property
    def proposed(self) -> list[str]:
        return [f"{clock(p.proposed_at)} {p.step}" for p in self.proposals]

    @property
    def trail(self) -> list[TrailRow]:
        with transaction(self.engines.database) as session:
            query = select(TrailRow).where(TrailRow.creditor_id == self.creditor).order_by(col(TrailRow.seq))
            return list(session.exec(query))

    def told(self, kind: str) -> list[str]:
        """What the trail says of one kind."""
        return [row.text for row in self.trail if row.kind == kind]

    def verdicts(self, step: str, guard: str) -> list[VerdictRow]:
        with transaction(self.engines.database) as session:
            query = select(VerdictRow).where(
                VerdictRow.proposal_id == self.proposal(step).id, VerdictRow.guard == guard
            )
            return list(session.exec(query.order_by(col(VerdictRow.round))))

    @property
    def ledger(self) -> list[tuple[str, str, Decimal]]:
        """Invoice, kind, amount of every entry of the newest case."""
        with transaction(self.engines.database) as session:
            query = select(EntryRow).where(EntryRow.case_id == self.case.id).order_by(col(EntryRow.id))
            return [(e.invoice_number, e.kind, Decimal(e.amount_minor) / 100) for e in session.exec(query)]

    @property
    def messages(self) -> list[MessageRow]:
        with transaction(self.engines.database) as session:
            query = (
                select(MessageRow)
                .join(ProposalRow, col(ProposalRow.id) == col(MessageRow.proposal_id))
                .where(ProposalRow.creditor_id == self.creditor)
                .order_by(col(MessageRow.at), col(MessageRow.channel))
            )
            return list(session.exec(query))

    @property
    def tasks(self) -> list[TaskRow]:
        with transaction(self.engines.database) as session:
            return list(session.exec(select(TaskRow).where(TaskRow.case_id == self.case.id)))

    @property
    def mails(self) -> list[Mail]:
        """What SendGrid took for the customer."""
        return [m for m in self.engines.sendgrid.mails() if any(self.email in to for to in m.to)]

    @property
    def heads_ups(self) -> list[Mail]:
        """What SendGrid took for the admin."""
        return [m for m in self.engines.sendgrid.mails() if any(self.admin_email in to for to in m.to)]

    @property
    def texts(self) -> list[Text]:
        return [t for t in self.engines.twilio.texts() if t.to == self.mobile]

    @property
    def freezes(self) -> list[str]:
        """What stops the newest case now: `kind: reason`."""
        with transaction(self.engines.database) as session:
            query = select(FreezeRow).where(FreezeRow.case_id == self.case.id, col(FreezeRow.ended_at).is_(None))
            return [f"{f.kind}: {f.reason}" for f in session.exec(query.order_by(col(FreezeRow.since)))]

    def balance(self, invoice: int) -> Decimal:
        """What the ledger of the newest case says is left of the principal."""
        about = [(kind, amount) for number, kind, amount in self.ledger if number == str(invoice)]
        return sum((amount for kind, amount in about if kind in ("principal", *SETTLING)), Decimal(0))

    @property
    def own_wording(self) -> Path:
        return self.engines.settings.own_wording / self.creditor


def clock(instant: datetime) -> str:
    return f"{instant.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"
