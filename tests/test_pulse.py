"""A worker that lives gives a sign of life while it is busy, so that one that was killed can be told from it."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import TimeoutError as TooLate
from temporalio.exceptions import TimeoutType
from temporalio.worker import Worker

from activities.pulse import Pulse

OFTEN = timedelta(seconds=0.2)
"""The SDK passes no sign of life on for most of the silence that is allowed, which here would leave too little."""
LOST = 2.0
"""Seconds without a sign of life after which the worker of this test counts as dead."""


@activity.defn(name="busy")
async def busy() -> None:
    await asyncio.sleep(2.5 * LOST)


@workflow.defn(name="ReminderCase", sandboxed=False)
class BusyCase:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            busy,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=timedelta(seconds=LOST),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


async def lives(client: Client, worker: Worker) -> None:
    async with worker:
        await client.execute_workflow(BusyCase.run, id=f"busy-{uuid.uuid4().hex}", task_queue=worker.task_queue)


@pytest.mark.anyio
async def test_an_activity_that_takes_longer_than_the_silence_allowed_is_not_taken_for_dead(client: Client) -> None:
    queue = f"pulse-{uuid.uuid4().hex}"
    one = Worker(
        client,
        task_queue=queue,
        workflows=[BusyCase],
        activities=[busy],
        interceptors=[Pulse()],
        max_heartbeat_throttle_interval=OFTEN,
    )
    await lives(client, one)


@pytest.mark.anyio
async def test_one_that_shows_no_sign_of_life_is(client: Client) -> None:
    queue = f"pulse-{uuid.uuid4().hex}"
    with pytest.raises(WorkflowFailureError) as failed:
        await lives(client, Worker(client, task_queue=queue, workflows=[BusyCase], activities=[busy]))
    late = failed.value.cause.__cause__
    assert isinstance(late, TooLate)
    assert late.type is TimeoutType.HEARTBEAT
