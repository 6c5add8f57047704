"""The company watch: asks the registers about business customers with an open case, and tells the cases what is new."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio import activity

from activities.company_news import Before, Moment, News, news_for, told_before
from activities.company_standing import Company, company_of_customer
from activities.company_store import keep, rows_of
from activities.facts import settings_of
from activities.mirror import activity_heartbeat, pages
from activities.open_cases import AT_ONCE, OpenCases
from activities.registers.addresses import BRREG, CVRAPI, VIRK, RegisterAddresses
from activities.registers.registers import Registers
from models.cases import CaseRow
from models.clock import real_now
from models.company import CompanyState, CompanyStatus, Source
from models.creditor import CreditorSettings
from models.database import reading, transaction
from models.mirror import CustomerRow
from models.settings import Settings
from models.watch import WatchInput, WatchRound

T = TypeVar("T")
PAGE = 500
"""So many companies are asked about, kept and told of at once; Virk takes as many in one question."""
BEAT = 20.0
"""Seconds between two signs of life while the registers are slow."""
FRESH = timedelta(hours=2)
"""The morning's watch takes an answer of the same morning, which another creditor's watch may have got."""
A_DAY = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
SILENT_PAGES = 2
"""After so many pages without a single answer the registers are left alone until the next round."""
LEFT_ALONE = "the registers gave no answer about many companies in a row and were left alone"


@dataclass(frozen=True)
class Watched:
    """An open case and the company that it is about."""

    case: CaseRow
    customer: CustomerRow
    company: Company


@dataclass
class Tally:
    """What a round has come to so far."""

    asked: int = 0
    answered: int = 0
    told: int = 0
    silent: int = 0
    """Pages in a row without an answer."""
    failures: list[BaseException] = field(default_factory=list)


@dataclass(frozen=True)
class CompanyWatch:
    """Reads the registers and never writes to them."""

    database: Engine
    registers: Registers
    cases: OpenCases
    clock: Callable[[], datetime] = real_now

    @activity.defn(name="watch_companies")
    async def watch_companies(self, asked: WatchInput, as_of: datetime) -> WatchRound:
        """One round. What cannot be asked is on record with its reason; telling a case twice changes nothing."""
        watched = await asyncio.to_thread(self._watched, asked)
        by_company: dict[Company, list[Watched]] = {}
        for one in watched:
            by_company.setdefault(one.company, []).append(one)
        tally, before = Tally(), await asyncio.to_thread(self._before, asked.creditor)
        in_turn = await asyncio.to_thread(self._in_turn, list(by_company))
        for companies in pages(iter(in_turn), PAGE):
            wanted = await asyncio.to_thread(self._wanted, asked, companies)
            await self._ask(asked, wanted, tally)
            cases = [one for company in companies for one in by_company[company]]
            news = await asyncio.to_thread(self._news, asked.creditor, cases, before, as_of)
            await self._tell(news, asked.time_shift, tally)
        # One case that cannot be told keeps no other from being told; the round itself still fails and is repeated.
        for failure in tally.failures:
            raise failure
        return WatchRound(watched=len(watched), asked=tally.asked, answered=tally.answered, told=tally.told)

    def _watched(self, asked: WatchInput) -> list[Watched]:
        """The open cases of customers whose number in the books is a company's."""
        with transaction(self.database) as session:
            settings = settings_of(session, asked.creditor)
            if not settings.company_watch:
                return []
            return watched_cases(session, asked.creditor, settings, asked.customers)

    def _in_turn(self, companies: Sequence[Company]) -> list[Company]:
        """Those never answered about first, then those whose last answer is the oldest: a quota goes round to all."""
        with reading(self.database) as session:
            answered = {company: row.read_at for company, row in rows_of(session, companies).items() if row.read_at}
        return sorted(companies, key=lambda company: (answered.get(company, NEVER), company))

    def _wanted(self, asked: WatchInput, companies: Sequence[Company]) -> list[Company]:
        if not asked.unasked:
            return list(companies)
        with reading(self.database) as session:
            known = rows_of(session, companies)
        day_ago = self.clock() - A_DAY
        return [company for company in companies if company not in known or known[company].asked_at < day_ago]

    async def _ask(self, asked: WatchInput, companies: Sequence[Company], tally: Tally) -> None:
        """Ask about a page of companies and keep what came back."""
        if not companies:
            return
        # A person wants to know how it stands now; and where time is skipped, memory is of another day.
        age = timedelta() if asked.time_shift or asked.customers else FRESH
        if tally.silent < SILENT_PAGES:
            statuses = await beating(asyncio.to_thread(self.registers.statuses, companies, max_age=age))
        else:
            statuses = {company: self._left_alone(company) for company in companies}
        answered = sum(status.state is not CompanyState.unknown for status in statuses.values())
        tally.asked += len(companies)
        tally.answered += answered
        tally.silent = 0 if answered else tally.silent + 1
        await asyncio.to_thread(self._keep, statuses)

    def _keep(self, statuses: Mapping[Company, CompanyStatus]) -> None:
        for company, status in statuses.items():
            keep(self.database, company, status, self.clock())

    def _left_alone(self, company: Company) -> CompanyStatus:
        return CompanyStatus(
            country=company[0],
            number=company[1],
            state=CompanyState.unknown,
            source=Source.none,
            read_at=self.clock(),
            problem=LEFT_ALONE,
        )

    def _before(self, creditor: str) -> Before:
        with reading(self.database) as session:
            return told_before(session, creditor)

    def _news(
        self, creditor: str, cases: Sequence[Watched], before: Before, as_of: datetime
    ) -> list[tuple[CaseRow, News]]:
        """What each case has not heard yet."""
        with reading(self.database) as session:
            settings = settings_of(session, creditor)
            rows = rows_of(session, [one.company for one in cases])
            moment = Moment(as_of, self.clock())
            return [
                (one.case, news)
                for one in cases
                if (row := rows.get(one.company)) is not None
                for news in news_for(session, one.case, row, settings, before, moment)
            ]

    async def _tell(self, told: Sequence[tuple[CaseRow, News]], time_shift: timedelta, tally: Tally) -> None:
        limit = asyncio.Semaphore(AT_ONCE)

        async def tell(case: CaseRow, news: News) -> None:
            async with limit:
                activity_heartbeat(case.id)
                await self._signal(case, news, time_shift)

        answers = await asyncio.gather(*(tell(case, news) for case, news in told), return_exceptions=True)
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        tally.failures += failures
        tally.told += len(told) - len(failures)

    async def _signal(self, case: CaseRow, news: News, time_shift: timedelta) -> None:
        """Tell a case; one whose workflow is gone is started again and told then."""
        signal, runs = "noted" if news.kind == "note" else "insolvency_found", self.cases.runs
        if await runs.signal(case, signal, news) or await asyncio.to_thread(self._closed, case):
            return
        await runs.start(case, time_shift)
        await runs.handle(case).signal(signal, news)

    def _closed(self, case: CaseRow) -> bool:
        with reading(self.database) as session:
            return session.get_one(CaseRow, case.id).closed_at is not None


def watched_cases(
    session: Session, creditor: str, settings: CreditorSettings, customers: Sequence[str] = ()
) -> list[Watched]:
    """The open cases of business customers, of some customers or of all; persons stand in no register."""
    query = (
        select(CaseRow, CustomerRow)
        .join(
            CustomerRow,
            (col(CustomerRow.creditor_id) == CaseRow.creditor_id)
            & (col(CustomerRow.number) == CaseRow.customer_number),
        )
        .where(CaseRow.creditor_id == creditor, col(CaseRow.closed_at).is_(None))
        .order_by(CaseRow.id)
    )
    if customers:
        query = query.where(col(CaseRow.customer_number).in_(customers))
    return [
        Watched(case, customer, company)
        for case, customer in session.exec(query)
        if (company := company_of_customer(customer, settings.country)) is not None
    ]


async def beating(work: Awaitable[T]) -> T:
    """Wait for something slow, with signs of life."""
    task = asyncio.ensure_future(work)
    while not task.done():
        activity_heartbeat("asking the registers")
        await asyncio.wait({task}, timeout=BEAT)
    return task.result()


def registers_of(settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> Registers:
    """The registers as the environment configures them; raises ValueError for what cannot be right."""
    return Registers(
        RegisterAddresses(
            virk_url=settings.virk_url or VIRK,
            virk_user=settings.virk_user,
            virk_password=settings.virk_password.get_secret_value(),
            cvrapi_url=settings.cvrapi_url or CVRAPI,
            cvrapi_agent=settings.cvrapi_agent,
            brreg_url=settings.brreg_url or BRREG,
        ),
        sleep=sleep,
    )
