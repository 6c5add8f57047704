"""News for a case in tests: payments, credits, a person's word, and something that happens in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from temporalio.client import WorkflowUpdateStage

from activities.composing import WordingFolders
from activities.decide import Decide
from models.case import Ask, Move
from models.money import Money
from models.news import CreditRegistered, Held, PaymentRegistered, Resumed
from tests.story import Story

DAY = date(2026, 8, 10)


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """Whatever a test breaks is whole again after it."""
    yield
    for standin in (story.engines.economic, story.engines.sendgrid, story.engines.twilio):
        standin.reset()


def payment(amount: str, invoice: str = "1001", name: str = "p-1") -> PaymentRegistered:
    return PaymentRegistered(id=name, amount=Money.of(amount, "DKK"), value_date=DAY, invoice_number=invoice)


def credit(amount: str, invoice: str = "1001", name: str = "c-1") -> CreditRegistered:
    return CreditRegistered(id=name, amount=Money.of(amount, "DKK"), value_date=DAY, invoice_number=invoice)


async def resume(story: Story, name: str = "go-on") -> None:
    await story.command("resume", Resumed(id=name, by=story.actor("anna"), reason="looked at"))


def decider(story: Story) -> Callable[[Ask], Move]:
    """What the case asks, asked by hand."""
    engines = story.engines
    return Decide(engines.database, WordingFolders.of_installation(engines.settings)).decide


def holding(story: Story) -> Callable[[], None]:
    """What a stand-in may do in the middle of an answer: let the rep hold the case, and go on once it is accepted."""
    loop = asyncio.get_running_loop()
    hold = Held(id="h-1", by=story.actor("rasmus"), reason="they just called")

    def hold_now() -> None:
        handle = story.traveller.handle(story.case)
        started = handle.start_update("hold", hold, id=hold.id, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        asyncio.run_coroutine_threadsafe(started, loop).result(20)

    return hold_now
