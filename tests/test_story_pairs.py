"""Everything that stops or ends a case, two at a time: a released reminder waits for its hour, and then both happen.

One creditor, one customer for each pair, each with 12,500.00 due on 3 August whose rykker 1 is released on 10 August.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import col, select
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from activities.freezes import open_freezes
from activities.plans import claim_total
from models.cases import CaseRow, MessageRow, ProposalRow
from models.database import transaction
from models.money import Money
from models.news import (
    CreditRegistered,
    Held,
    InsolvencyFound,
    Instalment,
    PaymentRegistered,
    PlanApproved,
    PlanAsked,
    PlanEnded,
    PromiseGiven,
    QuestionOpened,
    Resolved,
    Resumed,
    Snoozed,
)
from models.plans import PlanRow
from rules.plans import draw_up
from tests.story import Story, at
from tests.under_way import taken_in

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
TODAY = date(2026, 8, 10)
WHOLE, PART = Money.of("12500.00", "DKK"), Money.of("5000.00", "DKK")


@dataclass
class Life:
    """One customer's case and the two things that happen to it."""

    story: Story
    case: CaseRow

    async def signal(self, name: str, news: object) -> None:
        await self.story.traveller.handle(self.case).signal(name, news)

    async def update(self, name: str, news: object) -> None:
        await self.story.traveller.handle(self.case).execute_update(name, news)

    def instalments(self) -> tuple[Instalment, ...]:
        with transaction(self.story.engines.database) as session:
            total = claim_total(session, session.get_one(CaseRow, self.case.id), TODAY)
        return draw_up(total, 3, date(2026, 9, 1))

    async def paid(self) -> None:
        await self.signal("payment_registered", PaymentRegistered(id="paid", amount=WHOLE, value_date=TODAY))

    async def credited(self) -> None:
        await self.signal("credit_registered", CreditRegistered(id="credited", amount=WHOLE, value_date=TODAY))

    async def part_paid(self) -> None:
        await self.signal("payment_registered", PaymentRegistered(id="part", amount=PART, value_date=TODAY))

    async def part_credited(self) -> None:
        await self.signal("credit_registered", CreditRegistered(id="part credit", amount=PART, value_date=TODAY))

    async def question(self) -> None:
        await self.update("ask", QuestionOpened(id="question", topic="wrong_amount"))

    async def reply(self) -> None:
        await self.signal("question_opened", QuestionOpened(id="reply", topic="reply"))

    async def promise(self) -> None:
        await self.signal("promise_given", PromiseGiven(id="promise", day=date(2026, 8, 14)))

    async def plan_asked(self) -> None:
        await self.signal("plan_asked", PlanAsked(id=f"{self.case.id}.asked", instalments=self.instalments()))

    async def plan(self) -> None:
        news = PlanApproved(
            id="plan", by=self.story.actor("anna"), plan_id=f"{self.case.id}.plan", instalments=self.instalments()
        )
        await self.update("approve_plan", news)

    async def insolvency(self) -> None:
        await self.signal("insolvency_found", InsolvencyFound(id="find", status="UNDER KONKURS", source="virk"))

    async def hold(self) -> None:
        await self.update("hold", Held(id="hold", by=self.story.actor("anna"), reason="we look at it"))

    async def snooze(self) -> None:
        news = Snoozed(id="snooze", by=self.story.actor("anna"), until=date(2026, 8, 14), reason="they are away")
        await self.update("snooze", news)

    # --- and how each is over again ---

    async def let_go(self) -> None:
        """An admin deals with everything that stops the case."""
        by, why = self.story.actor("anna"), "it is settled"
        with transaction(self.story.engines.database) as session:
            stops = {row.kind for row in open_freezes(session, session.get_one(CaseRow, self.case.id))}
            plans = select(PlanRow).where(PlanRow.case_id == self.case.id, col(PlanRow.ended_at).is_(None))
            plan = next((row.id for row in session.exec(plans) if row.state in ("in_force", "missed")), "")
        if "question" in stops:
            await self.update("resolve", Resolved(id="resolved", by=by, outcome="answered", reason=why))
        if plan:
            await self.update("end_plan", PlanEnded(id="ended", by=by, plan_id=plan, reason=why))
        if stops - {"question", "plan"}:
            await self.update("resume", Resumed(id="resumed", by=by, reason=why))


ENDS: list[Callable[[Life], Awaitable[None]]] = [Life.paid, Life.credited]
STOPS: list[Callable[[Life], Awaitable[None]]] = [
    Life.part_paid,
    Life.part_credited,
    Life.question,
    Life.reply,
    Life.promise,
    Life.plan_asked,
    Life.plan,
    Life.insolvency,
    Life.hold,
    Life.snooze,
]
# Every pair once; which of the two comes first alternates.
PAIRS = [pair if n % 2 else pair[::-1] for n, pair in enumerate(itertools.combinations([*ENDS, *STOPS], 2))]


async def happens(life: Life, event: Callable[[Life], Awaitable[None]]) -> None:
    """Let it happen; a case that is over, or that says no, is not told. The next may come while people are told."""
    with contextlib.suppress(RPCError, WorkflowUpdateFailedError):
        await event(life)
    await taken_in(life.story.traveller, life.case)


def sent(story: Story, case: CaseRow) -> list[str]:
    """The steps of a case of which a message ever reached a provider."""
    with transaction(story.engines.database) as session:
        query = (
            select(ProposalRow.id)
            .join(MessageRow, col(MessageRow.proposal_id) == col(ProposalRow.id))
            .where(ProposalRow.case_id == case.id)
        )
        return sorted(set(session.exec(query)))


async def lived(story: Story, case: CaseRow, pair: Sequence[Callable[[Life], Awaitable[None]]]) -> str:
    """One customer's story from 10 to 20 August; what is wrong with it, or nothing."""
    traveller, life = story.traveller, Life(story, case)
    await traveller.live(case, at("2026-08-10 12:00"), story.releasing)
    for event in pair:
        await happens(life, event)
    names = " and ".join(event.__name__ for event in pair)
    over = any(event in ENDS for event in pair)
    now = traveller.read(case)
    if now.state != ("closed" if over else "frozen"):
        return f"{names}: it is {now.state} ({now.why})"
    await traveller.live(case, at("2026-08-12 12:00"))
    if found := sent(story, case):
        return f"{names}: {found} was sent"
    if over:
        return ""
    await life.let_go()
    await traveller.live(case, at("2026-08-20 12:00"), story.releasing)
    if (found := sent(story, case)) != [f"{case.id}.rykker-1.2"]:
        return f"{names}: after it was settled {found} was sent, {traveller.read(case).why}"
    return ""


async def test_nothing_is_sent_whatever_two_things_happen_and_the_ladder_goes_on_once_both_are_settled(
    story: Story,
) -> None:
    for number in range(2001, 2001 + len(PAIRS)):
        story.book.add_customer(
            number, f"Kunde {number}", email=f"{story.creditor}-{number}@kunde.example", mobile=f"+452012{number}"
        )
        story.invoice(number, "12500.00", "2026-08-03", customer=number)
    await story.begins("2026-08-09 12:00")
    limit = asyncio.Semaphore(12)

    async def one(case: CaseRow, pair: Sequence[Callable[[Life], Awaitable[None]]]) -> str:
        async with limit:
            return await lived(story, case, pair)

    wrong = await asyncio.gather(*(one(case, pair) for case, pair in zip(story.cases, PAIRS, strict=True)))
    assert [text for text in wrong if text] == []
