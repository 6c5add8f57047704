"""Who watches the engine asks /healthz: whether anybody works, and whether a schedule was left paused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import Client

from api import create_app
from commands.rounds import SWEEP
from tests.api_fixtures import speaking
from tests.story import Engines

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


async def test_what_temporal_does_not_tell_is_not_known_and_makes_nobody_ill(engines: Engines) -> None:
    elsewhere = Client(engines.client.service_client, namespace="a namespace that is not there")
    told = await health(engines, engines.task_queue, elsewhere)
    assert (told["temporal"], told["workers"], told["rounds_paused"]) == ("answers", None, None)


async def until(engines: Engines, what: str, number: int) -> None:
    """What Temporal tells is a moment behind."""
    async with asyncio.timeout(30):
        while (await health(engines, engines.task_queue))[what] != number:
            pass
