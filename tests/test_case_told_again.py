"""A case that is told twice, late or from all sides at once."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from temporalio.client import RPCError
from temporalio.service import RPCStatusCode

from models.case import Ask, Kind
from models.database import transaction
from models.mirror import InvoiceRow
from models.news import Held, QuestionOpened, Resumed, Told
from tests import case_news
from tests.case_news import DAY, decider, payment, resume
from tests.story import Story, at

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


async def test_the_same_question_twice_stops_the_case_once(story: Story) -> None:
    await story.stands_released()
    question = QuestionOpened(id="q-1", topic="already_paid")
    await story.tell("question_opened", question)
    await story.tell("question_opened", question)
    assert story.freezes == ["question: the customer asks: already paid"]
    assert len(story.told("frozen")) == 1
    await resume(story)
    assert story.freezes == []
    await story.tell("question_opened", question)
    assert story.freezes == [], "answered is answered"


async def test_what_comes_after_the_close_is_refused_to_the_teller_and_the_books_only_confirm_it(story: Story) -> None:
    await story.stands_released()
    handle = story.traveller.handle(story.case)
    await story.tell("payment_registered", payment("12500.00"))
    assert await handle.result() == "paid"
    ledger, links = story.ledger, len(story.trail)
    with pytest.raises(RPCError) as refused:
        await handle.signal("payment_registered", payment("12500.00", name="p-2"))
    assert refused.value.status is RPCStatusCode.NOT_FOUND
    assert (story.ledger, len(story.trail)) == (ledger, links)
    story.book.register_payment(1001, on=DAY)
    await story.mirror(at("2026-08-10 13:00"))
    assert story.told("confirmed") == ["The books show 12500.00 DKK on invoice 1001 that was told before"]
    assert len(story.trail) == links + 1
    assert story.ledger == [*ledger, ("1001", "reversal", Decimal(12500)), ("1001", "payment", Decimal(-12500))]
    assert len(story.cases) == 1


async def test_a_storm_of_news_loses_nothing_and_closes_once(story: Story) -> None:
    await story.stands_released()
    handle = story.traveller.handle(story.case)
    told = [handle.signal("payment_registered", payment("250.00", name=f"p-{n}")) for n in range(50)]
    again = [handle.signal("payment_registered", payment("250.00", name=f"p-{n}")) for n in range(0, 50, 5)]
    held = [
        handle.execute_update("hold", Held(id=f"h-{n}", by=story.actor("anna"), reason=f"storm {n}"), id=f"h-{n}")
        for n in range(8)
    ]
    await asyncio.gather(*told, *again, *held, return_exceptions=True)
    assert await handle.result() == "paid"
    assert [amount for _, kind, amount in story.ledger if kind == "payment"] == [Decimal(-250)] * 50
    assert len(story.told("closed")) == 1
    assert story.sent == []


async def test_a_debt_that_comes_back_before_the_run_of_its_case_has_ended_keeps_the_case_open(story: Story) -> None:
    await story.stands_released()
    decide, noon = decider(story), at("2026-08-10 12:30")
    ask = Ask(case_id=story.case.id, as_of=noon, told=(Told(news=payment("12500.00"), at=noon),))
    assert decide(ask).outcome == "paid"
    assert story.case.closed_at is not None
    with transaction(story.engines.database) as session:
        row = session.get_one(InvoiceRow, (story.creditor, "1001"))
        row.gross_minor += 50_000
        row.remainder_minor += 50_000
    assert decide(ask.model_copy(update={"told": ()})).kind is Kind.frozen
    reopened = story.cases[-1]
    assert reopened.closed_at is None
    assert (reopened.state, reopened.outcome) == ("frozen", "")


async def test_an_answer_that_was_lost_after_it_was_written_is_given_again_without_doing_it_twice(
    story: Story,
) -> None:
    story.invoice(1002, "800.00", "2026-08-05")
    await story.stands_released()
    decide, noon = decider(story), at("2026-08-10 12:30")
    for name, left in (("p-1", [5500, 800]), ("p-2", [0, -700])):
        told = (Told(news=payment("7000.00", "", name), at=noon),)
        for _ in range(2):
            decide(Ask(case_id=story.case.id, as_of=noon, told=told))
            assert [story.balance(1001), story.balance(1002)] == left


async def test_a_question_that_comes_with_a_resume_stays_open_also_when_both_are_taken_in_twice(
    story: Story,
) -> None:
    await story.stands_released()
    decide, noon = decider(story), at("2026-08-10 12:30")
    hold = Held(id="h-1", by=story.actor("anna"), reason="wait")
    go_on = Resumed(id="e-1", by=story.actor("anna"), reason="go on")
    told = tuple(Told(news=one, at=noon) for one in (hold, go_on, QuestionOpened(id="q-1")))
    for _ in range(2):
        decide(Ask(case_id=story.case.id, as_of=noon, told=told))
        assert story.freezes == ["question: the customer asks: other"]
