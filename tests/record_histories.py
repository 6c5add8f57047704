"""Records the histories that the replay tests play: `pytest tests/record_histories.py` tells new paths to the engine.

Not part of the suite. Once cases of customers run, a history is only ever added, never recorded again: a path that has
one is not told.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory, WorkflowUpdateStage
from temporalio.worker import Worker

from models.database import open_database
from models.money import Money
from models.news import Held, LadderMoved, PaymentRegistered, QuestionOpened, Release, Resumed, Snoozed
from tests.recorded_deliveries import reported
from tests.recorded_runs import anchored, carried_on, carried_over, mirrored, mirrored_again, swept, watched
from tests.recorded_stops import (
    handed_over,
    insolvent,
    noted_and_credited,
    part_paid,
    plan_ended,
    plan_kept,
    promised,
    resolved,
    stopped_at_the_guard,
)
from tests.story import Engines, Story, at
from worker import build_worker

pytestmark = pytest.mark.anyio
FOLDER = Path(__file__).parent / "histories"
Tale = Callable[[Story], Awaitable[WorkflowHistory | None]]
"""A path, told; it may say which history is to be recorded, else it is that of the case."""


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """Whatever a path breaks is whole again after it."""
    yield
    for standin in (story.engines.economic, story.engines.sendgrid, story.engines.twilio):
        standin.reset()


# --- the paths ---


async def climbed(story: Story) -> None:
    """Nobody pays; the whole ladder goes out, a person is asked to call, and in the end the money comes."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-25 12:00", released=True)
    assert len(story.sent) == 4
    await paid_in_full(story)


async def paid(story: Story) -> None:
    await story.stands_released()
    await paid_in_full(story)


async def credited(story: Story) -> None:
    await story.stands_released()
    story.book.book_credit_note(2001, 1001, story.book.invoices[1001].gross, invoice=1001, on=date(2026, 8, 10))
    await story.told_by_the_books("2026-08-10 13:00")


async def held_and_resumed(story: Story) -> None:
    await story.stands_released()
    await story.command("hold", Held(id="h-1", by=story.actor("rasmus"), reason="h-1"))
    await story.until("2026-08-13 12:00")
    await story.command("resume", Resumed(id="e-1", by=story.actor("anna"), reason="e-1"))
    await story.command("snooze", Snoozed(id="s-1", by=story.actor("anna"), until=date(2026, 8, 17), reason="s-1"))
    await story.until("2026-08-19 12:00", released=True)
    assert len(story.sent) == 1


async def ladder_moved(story: Story) -> None:
    """Rykker 1 has gone when an admin moves the case to the gentle ladder, whose rykker 2 comes later."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    move = LadderMoved(id="m-1", by=story.actor("anna"), ladder="dk-gentle", version=1, reason="m-1")
    await story.command("move_ladder", move)
    await story.until("2026-09-09 12:00", released=True)
    assert story.sent[-1] == "2026-09-08 09:00 rykker-2"


async def question(story: Story) -> None:
    await story.stands_released()
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount"))
    await story.until("2026-08-13 12:00")
    await story.command("resume", Resumed(id="a-1", by=story.actor("anna"), reason="a-1"))
    await story.until("2026-08-15 12:00", released=True)
    assert len(story.sent) == 1


async def released_late(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-14 10:00")
    await story.release()
    await story.until("2026-08-14 10:30")
    assert len(story.sent) == 1


async def unknown_outcome(story: Story) -> None:
    await story.stands_released()
    story.engines.sendgrid.fault("drop_after_effect", method="POST", path="/v3/mail/send")
    await story.until("2026-08-11 12:00")
    assert story.proposal("rykker-1").state == "unknown"


async def unreachable(story: Story) -> None:
    """No address of the customer works: what is wrong with each is told without quoting it."""
    story.book.change_customer(1001, email="Bo Havn <bo@havn>", mobile="+45 1", phone="")
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-11 12:00", released=True)
    assert story.proposals == []


async def outage(story: Story) -> None:
    """The database is away when the step comes due, then mail and SMS are when it should leave."""
    engines = story.engines = replace(story.engines, task_queue=f"outage-{story.creditor}")
    story.invoice(1001, "12500.00", "2026-08-03")
    async with build(engines):
        await story.begins("2026-08-09 12:00")
    with broken(engines) as worker:
        async with worker:
            await story.traveller.move(story.case, at("2026-08-10 08:30"))
    async with build(engines):
        await story.until("2026-08-11 08:40", released=True)
        engines.sendgrid.fault("refuse", seconds=0)
        engines.twilio.fault("refuse", seconds=0)
        await story.until("2026-08-11 10:10")
        engines.sendgrid.reset()
        engines.twilio.reset()
        await story.until("2026-08-11 15:00")
        assert len(story.sent) == 1


async def released_later(story: Story) -> None:
    """The database is away when an admin releases; the release is put on record once it is back."""
    engines = story.engines = replace(story.engines, task_queue=f"outage-{story.creditor}")
    story.invoice(1001, "12500.00", "2026-08-03")
    async with build(engines):
        await story.begins("2026-08-09 12:00")
        await story.until("2026-08-10 12:00")
    row, handle = story.proposal("rykker-1"), story.traveller.handle(story.case)
    release = Release(id="r-1", by=story.actor("anna"), proposal_id=row.id, digest=row.digest)
    with broken(engines) as worker:
        async with worker:
            await handle.start_update("release", release, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
            await story.traveller.move(story.case, at("2026-08-10 12:03"))
    async with build(engines):
        await story.until("2026-08-11 12:00")
        assert len(story.sent) == 1


PATHS: tuple[Tale, ...] = (
    climbed,
    paid,
    credited,
    held_and_resumed,
    ladder_moved,
    question,
    released_late,
    unknown_outcome,
    unreachable,
    outage,
    resolved,
    promised,
    plan_ended,
    insolvent,
    handed_over,
    part_paid,
    noted_and_credited,
    plan_kept,
    stopped_at_the_guard,
    carried_over,
    carried_on,
    mirrored,
    mirrored_again,
    watched,
    reported,
    swept,
    anchored,
    released_later,
)


async def paid_in_full(story: Story) -> None:
    payment = PaymentRegistered(id="p-1", amount=Money.of("12500.00", "DKK"), value_date=date(2026, 8, 10))
    await story.tell("payment_registered", payment)
    assert await story.traveller.handle(story.case).result() == "paid"


def build(engines: Engines) -> Worker:
    return build_worker(
        engines.client, engines.settings, engines.database, shelf=engines.shelf, task_queue=engines.task_queue
    )


@contextmanager
def broken(engines: Engines) -> Iterator[Worker]:
    """A worker whose database cannot be reached."""
    nowhere = open_database(f"sqlite:///{engines.settings.rykker_data / 'gone' / 'rykker.db'}")
    yield build(replace(engines, database=nowhere))
    nowhere.dispose()


# --- recording ---


def file_of(path: Tale) -> Path:
    return FOLDER / f"{path.__name__}.json"


@pytest.mark.parametrize("path", [path for path in PATHS if not file_of(path).exists()], ids=lambda path: path.__name__)
async def test_record(path: Tale, story: Story) -> None:
    history = await path(story) or await story.traveller.handle(story.case).fetch_history()
    FOLDER.mkdir(exist_ok=True)
    recorded = without_this_machine(json.loads(history.to_json()), story.creditor)
    text = json.dumps(recorded, indent=1, ensure_ascii=False) + "\n"
    file_of(path).write_text(text, encoding="utf-8")


def without_this_machine(value: Any, creditor: str, key: str = "") -> Any:
    """The history without the names and paths of worker processes, and with a creditor's id that does not change."""
    match value:
        case dict():
            return {name: without_this_machine(inner, creditor, name) for name, inner in value.items()}
        case list():
            return [without_this_machine(inner, creditor, key) for inner in value]
        case str() if key == "data":
            text = base64.b64decode(value).decode().replace(creditor, "nordlys")
            return base64.b64encode(text.encode()).decode()
        case str() if key == "identity":
            return "worker"
        case str() if key == "stackTrace":
            return ""
        case str():
            return re.sub(r"^\d+@.*-[0-9a-f]{32}$", "sticky", value).replace(creditor, "nordlys")
    return value
