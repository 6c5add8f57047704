"""One case after the other, and one case that goes on in run after run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from temporalio.client import RPCError

from commands.time_travel import shift_to
from models.news import Held, QuestionOpened
from tests import case_news
from tests.case_news import holding, payment, resume
from tests.replayed import runs_of
from tests.short_runs import short_runs
from tests.story import Story, at

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


async def test_the_next_case_of_a_customer_is_a_new_run_with_its_own_number_and_remembers_the_rungs(
    story: Story,
) -> None:
    await story.stands_released()
    await story.until("2026-08-11 12:00")
    first_run = (await story.traveller.handle(story.case).describe()).run_id
    story.book.register_payment(1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 09:00")
    assert await story.traveller.handle(story.case).result() == "paid"
    story.book.invoices[1001].remainder = Decimal(12500)
    story.invoice(1002, "800.00", "2026-08-20")
    story.time_shift = shift_to(at("2026-08-24 07:00"))
    await story.mirror(at("2026-08-24 07:00"))
    assert [case.case_number for case in story.cases] == [1, 2]
    assert (await story.traveller.handle(story.case).describe()).run_id != first_run
    await story.traveller.live(story.case, at("2026-08-29 12:00"), story.releasing)
    # 1001 goes on where it stood; 1002 begins at the bottom, after the message gap.
    assert story.sent == [
        "2026-08-11 09:00 rykker-1",
        "2026-08-25 09:00 rykker-2",
        "2026-08-28 09:00 rykker-1",
    ]
    assert story.proposed[-1] == "2026-08-27 08:00 rykker-1", "proposed so that it leaves when the gap is over"
    assert story.proposals[-1].invoices == ["1002"]


async def runs(story: Story) -> int:
    return len([run async for run in runs_of(story.engines.client, story.case.workflow_id)])


@pytest.fixture
async def short_histories(story: Story) -> AsyncIterator[None]:
    async with short_runs(story):
        yield


@pytest.mark.usefixtures("short_histories")
async def test_going_on_in_new_runs_carries_release_rungs_and_memory_along(story: Story) -> None:
    await story.stands_released()
    question = QuestionOpened(id="q-1")
    await story.tell("question_opened", question)
    await resume(story, "a-1")
    await story.until("2026-08-13 12:00", released=True)
    [sent] = story.sent
    assert sent.startswith("2026-08-11 12:0")
    await story.tell("question_opened", question)
    assert story.freezes == [], "the new run knows that it has heard this"
    await story.until("2026-08-26 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1", "rykker-2"]
    assert len(story.mails) == len(story.texts) == 2
    assert await runs(story) > 3
    await story.tell("payment_registered", payment("12500.00"))
    assert await story.traveller.handle(story.case).result() == "paid"


@pytest.mark.usefixtures("short_histories")
async def test_a_hold_at_the_very_end_of_a_run_is_answered_and_carried_along(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-10 07:00")
    story.engines.sendgrid.fault("meanwhile", action=holding(story))
    await story.until("2026-08-10 09:00")
    assert story.freezes == ["hold: they just called"]
    assert story.proposal("rykker-1").state == "withdrawn"
    assert await runs(story) > 1


@pytest.mark.usefixtures("short_histories")
async def test_a_storm_over_the_seam_of_two_runs_loses_nothing_and_leaves_nobody_waiting(story: Story) -> None:
    await story.stands_released()
    handle = story.traveller.handle(story.case)

    async def hold(n: int) -> str:
        news = Held(id=f"h-{n}", by=story.actor("anna"), reason=f"storm {n}")
        try:
            return str(await handle.execute_update("hold", news, id=news.id, rpc_timeout=timedelta(seconds=60)))
        except RPCError as error:
            return str(error.status)

    async def pay(n: int) -> None:
        await handle.signal("payment_registered", payment("200.00", name=f"p-{n}"))

    for wave in range(5):
        await asyncio.gather(*(pay(n) for n in range(wave * 10, wave * 10 + 10)), hold(wave))
    await story.quiet()
    assert len(story.told("payment")) == 50
    assert story.balance(1001) == 2500
    assert sorted(f for f in story.freezes if f.startswith("hold")) == [f"hold: storm {n}" for n in range(5)]
    await handle.signal("payment_registered", payment("2500.00", name="last"))
    assert await handle.result() == "paid"
    assert len(story.told("closed")) == 1
    assert await runs(story) > 1
