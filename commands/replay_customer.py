"""One customer's past, morning by morning: the books say what they said then, and a real case lives through it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from activities.books.csv_book import Row
from activities.facts import prospect_facts
from activities.mirror import put_customer, put_invoice
from activities.open_cases import OpenCases
from commands.past_books import disputed_on, reachable
from commands.replay_tale import Tale, Tally, days_of_news, settled_by
from commands.stack import StackError
from commands.time_travel import Traveller, shift_to
from models.books import BookCustomer
from models.case import Kind
from models.cases import CaseRow, FreezeRow
from models.database import reading, transaction
from models.mirror import CustomerRow
from models.news import Actor, QuestionOpened, Resumed, Role
from rules.after_ladder import DECISION
from rules.calendar import at_local, local_day
from rules.next_move import OPENS_BEFORE, next_move

BOOKS_READ = time(7, 0)
"""The mirror reads the books in the morning, before anything is put before people."""
STUCK = 300
"""Seconds of real time after which a case that does not get through one morning is given up."""
LONGEST_WAIT = 24
"""After its last news a case is followed for so many months; a ladder is shorter than that."""


@dataclass
class CustomerPast:
    """Lives through one customer's days; within it nothing runs at the same time."""

    tale: Tale
    customer: BookCustomer
    rows: Sequence[Row]
    tally: Tally
    case: CaseRow | None = None
    opening: date | None = None
    """The morning on which the next case will be opened, unless something becomes known before."""
    open_questions: dict[str, date] = field(default_factory=dict)
    """The invoices in question, and the day on which each is answered."""
    unasked: dict[str, date] = field(default_factory=dict)
    """Disputed invoices and the day of the dispute, until a case can be asked."""
    traveller: Traveller = field(init=False)

    def __post_init__(self) -> None:
        stage = self.tale.stage
        self.traveller = Traveller(stage.client, stage.database, self.tale.creditor)
        self.cases = OpenCases(stage.database, stage.client, stage.task_queue)

    async def relive(self) -> None:
        """Every day on which something becomes known or comes due, then on until nothing moves by itself."""
        news = days_of_news(self.rows)
        while day := min(
            (*news, *self.open_questions.values(), *([self.opening] if self.opening else [])), default=None
        ):
            await self.within_reason(self.morning(day, news.pop(day, ())))
        await self.within_reason(self.live_out())
        self.tally.customers += 1

    async def within_reason(self, living: Coroutine[None, None, None]) -> None:
        """Give up a case that does not move, instead of waiting for it for ever."""
        try:
            async with asyncio.timeout(STUCK):
                await living
        except TimeoutError:
            number, day = self.customer.number, self.tally.today[self.customer.number]
            raise StackError(f"the case of customer {number} has not moved on from {day} for {STUCK} s") from None

    async def morning(self, day: date, changed: Sequence[Row]) -> None:
        """Bring the case to this morning, let the mirror read the books, and play the people."""
        self.tally.today[self.customer.number] = day
        as_of = at_local(day, BOOKS_READ, self.tale.settings)
        await self.live_until(as_of)
        self.tally.invoices += sum(row.invoice_date == day for row in changed)
        if changed:
            await asyncio.to_thread(self.mirror, day, changed)
        if changed and self.case is not None:
            await self.cases.tell_one(self.tale.creditor, self.customer.number, as_of, self.traveller.time_shift)
            await self.heard()
        if self.case is None:
            self.opening = None
            if any(row.invoice_date <= day and not settled_by(row, day) for row in self.rows):
                await self.open_when_near(as_of)
        self.unasked |= {row.number: day for row in changed if disputed_on(row) == day}
        await self.ask(day)
        await self.answer(day)

    async def live_until(self, as_of: datetime) -> None:
        if self.case is not None:
            self.case = await self.traveller.live(self.case, as_of, self.play_admin)
            await self.closed()

    async def live_out(self) -> None:
        """After the last news: on until the case closes or only a person could move it."""
        for _ in range(LONGEST_WAIT):
            if self.case is None or await self.waits_for_a_person(self.case):
                return
            await self.live_until(await self.traveller.now(self.case) + timedelta(days=30))

    # --- the books ---

    def mirror(self, day: date, changed: Sequence[Row]) -> None:
        """Write what the books say today about the invoices with news."""
        creditor, books = self.tale.creditor, self.tale.books
        with transaction(self.tale.stage.database) as session:
            if session.get(CustomerRow, (creditor, self.customer.number)) is None:
                put_customer(session, creditor, reachable(self.customer))
                session.flush()
            for row in changed:
                if (invoice := books.invoice(row.number, day)) is not None:
                    # A dispute is told as a question of its day, which is answered some days later.
                    put_invoice(session, creditor, invoice.model_copy(update={"disputed": False}))

    async def open_when_near(self, as_of: datetime) -> None:
        """Open a case when its first step is near, and otherwise note the morning on which it will be."""
        self.opening = await asyncio.to_thread(self.next_opening, as_of)
        if self.opening is None or self.opening > local_day(as_of, self.tale.settings):
            return
        self.opening = None
        self.traveller.time_shift = shift_to(as_of)
        creditor, number = self.tale.creditor, self.customer.number
        if await self.cases.tell_one(creditor, number, as_of, self.traveller.time_shift) == "opened":
            self.case = await asyncio.to_thread(self.open_case)
            await self.heard()

    def next_opening(self, as_of: datetime) -> date | None:
        """The morning on which the rules would open a case; None when nothing is owed that may be reminded."""
        with reading(self.tale.stage.database) as session:
            move = next_move(prospect_facts(session, self.tale.creditor, self.customer.number), as_of)
        if move.kind not in (Kind.propose, Kind.task) or move.at is None:
            return None
        opens = max(move.at - OPENS_BEFORE, as_of)
        day = local_day(opens, self.tale.settings)
        return day if at_local(day, BOOKS_READ, self.tale.settings) >= opens else day + timedelta(days=1)

    def open_case(self) -> CaseRow:
        with reading(self.tale.stage.database) as session:
            query = select(CaseRow).where(
                CaseRow.creditor_id == self.tale.creditor,
                CaseRow.customer_number == self.customer.number,
                col(CaseRow.closed_at).is_(None),
            )
            return session.exec(query).one()

    # --- the people ---

    async def play_admin(self, case: CaseRow) -> bool:
        """Release whatever stands; a review is over as soon as it is seen. False when there is nothing to do."""
        if case.state in ("proposed", "held"):
            return await self.traveller.release(case, self.tale.admin)
        if case.state != "frozen":
            return False
        if {freeze.kind for freeze in await asyncio.to_thread(self.freezes, case)} != {"review"}:
            return False
        await self.resume(case, f"review:{await self.traveller.now(case)}", "figures reviewed")
        return True

    async def ask(self, day: date) -> None:
        """The customer questions each disputed invoice once its case can hear it; a settled one no longer."""
        for number in list(self.unasked):
            invoice = self.tale.books.invoice(number, day)
            if invoice is None or invoice.remainder.minor <= 0:
                del self.unasked[number]
            elif self.case is not None:
                del self.unasked[number]
                news = QuestionOpened(id=f"question:{number}")
                await self.traveller.handle(self.case).signal("question_opened", news)
                await self.heard()
                self.open_questions[number] = day + self.tale.answer_after
                self.tally.asked += 1

    async def answer(self, day: date) -> None:
        """The admin answers what has been open long enough; the case goes on when no question is left."""
        answered = [number for number, until in self.open_questions.items() if until <= day]
        for number in answered:
            del self.open_questions[number]
        self.tally.answered += len(answered)
        if answered and not self.open_questions and self.case is not None:
            await self.resume(self.case, f"answer:{','.join(answered)}:{day}", "answered")
            await self.heard()

    async def resume(self, case: CaseRow, news_id: str, reason: str) -> None:
        news = Resumed(id=news_id, by=Actor(id=self.tale.admin, role=Role.admin), reason=reason)
        await self.traveller.handle(case).execute_update("resume", news, id=news.id)

    # --- the case ---

    async def heard(self) -> None:
        """Return once the case has taken in what it was told, and knows what comes next."""
        while self.case is not None and (standing := await self.traveller.standing(self.case)) is not None:
            if standing.move is not None and not standing.unheard:
                break
            await asyncio.sleep(0.005)
        await self.closed()

    async def closed(self) -> None:
        """Let go of a case that has ended, once its workflow is through: the next one has the same workflow id."""
        if self.case is None:
            return
        self.case = await asyncio.to_thread(self.traveller.read, self.case)
        if self.case.closed_at is not None:
            handle = self.traveller.handle(self.case)
            await handle.result()
            self.tally.events[self.case.id] = (await handle.describe()).history_length
            self.case = None
            self.open_questions.clear()

    async def waits_for_a_person(self, case: CaseRow) -> bool:
        """The ladder has been climbed, or somebody has to act whom nobody plays here."""
        standing = await self.traveller.standing(case)
        move = None if standing is None else standing.move
        if move is None:
            return False
        return (move.kind is Kind.frozen and move.at is None) or move.step.startswith(DECISION)

    def freezes(self, case: CaseRow) -> list[FreezeRow]:
        with reading(self.tale.stage.database) as session:
            return open_freezes(session, case)


def open_freezes(session: Session, case: CaseRow) -> list[FreezeRow]:
    """What stops a case now."""
    query = select(FreezeRow).where(FreezeRow.case_id == case.id, col(FreezeRow.ended_at).is_(None))
    return list(session.exec(query))
