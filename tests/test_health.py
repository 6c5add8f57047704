"""Who watches the engine asks /healthz: whether anybody works, and whether a schedule was left paused."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from api import create_app
from commands.rounds import ANCHOR, SWEEP, run_now
from models.sweep import SweepInput, SweepRound
from tests.api_fixtures import speaking
from tests.story import Engines
from workflows.sweep_cases import SweepCases

pytestmark = pytest.mark.anyio


async def health(engines: Engines, task_queue: str, client: Client | None = None) -> dict[str, Any]:
    app = create_app(engines.settings, engines.database, client or engines.client, task_queue=task_queue)
    async with speaking(app) as http:
        response = await http.get("/healthz")
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer


async def test_a_queue_that_no_worker_asks_for_work_is_seen(engines: Engines) -> None:
    await until(engines, "workers", 1)
    assert (await health(engines, "a queue that nobody listens to"))["workers"] == 0


async def test_a_schedule_that_somebody_paused_is_counted_until_it_goes_on(engines: Engines, client: Client) -> None:
    before = (await health(engines, engines.task_queue))["rounds_paused"]
    assert before is not None
    schedule = await client.create_schedule(
        SWEEP.schedule_id("paused"), SWEEP.schedule("paused", "Europe/Copenhagen", "a queue that nobody listens to")
    )
    await schedule.pause(note="we move to another server")
    await until(engines, "rounds_paused", before + 1)
    await schedule.unpause()
    await until(engines, "rounds_paused", before)
    await schedule.delete()


async def test_a_round_that_failed_is_counted(engines: Engines, client: Client) -> None:
    before = (await health(engines, engines.task_queue))["rounds_failed"]
    assert before is not None
    for one in (SWEEP, ANCHOR):
        failing = await client.start_workflow(
            one.workflow,
            one.asked(creditor="failing"),
            id=f"{one.name}/failing",
            task_queue="a queue that nobody listens to",
            execution_timeout=timedelta(seconds=1),
        )
        with pytest.raises(WorkflowFailureError):
            await failing.result()
    await until(engines, "rounds_failed", before + 2)


async def test_a_sweep_that_could_not_follow_the_messages_sweeps_and_counts_as_failed(client: Client) -> None:
    swept: list[str] = []

    @activity.defn(name="follow_deliveries")
    async def fails(creditor: str, as_of: datetime) -> int:
        raise ApplicationError("no sense can be made of it", non_retryable=True)

    @activity.defn(name="sweep")
    async def sweeps(asked: SweepInput, as_of: datetime) -> SweepRound:
        swept.append(asked.creditor)
        return SweepRound()

    queue = "a queue on which messages cannot be followed"
    async with Worker(client, task_queue=queue, workflows=[SweepCases], activities=[fails, sweeps]):
        with pytest.raises(WorkflowFailureError):
            await run_now(client, SWEEP, "nordlys", task_queue=queue)
    assert swept == ["nordlys"]


async def test_what_temporal_does_not_tell_is_not_known_and_makes_nobody_ill(engines: Engines) -> None:
    elsewhere = Client(engines.client.service_client, namespace="a namespace that is not there")
    told = await health(engines, engines.task_queue, elsewhere)
    assert told["temporal"] == "answers"
    assert (told["workers"], told["rounds_paused"], told["rounds_failed"]) == (None, None, None)


async def until(engines: Engines, what: str, number: int) -> None:
    """What Temporal tells is a moment behind."""
    async with asyncio.timeout(30):
        while (await health(engines, engines.task_queue))[what] != number:
            pass
