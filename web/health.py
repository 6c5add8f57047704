"""Whether the API can do its work, and whether anybody does the rest: the one answer that needs no token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, timedelta
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import col, func, select
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from commands.rounds import ROUNDS
from models.alarms import AlarmRow
from models.clock import real_now
from models.database import reading
from web.problems import Problem
from web.reach import Reached

router = APIRouter(tags=["health"])

PATIENCE = 3.0
"""Seconds that each of the two has to answer."""
ASKED_OF_LATE = timedelta(seconds=90)
"""A worker that has nothing to do asks Temporal for work once a minute."""
OF_LATE = timedelta(hours=1)
"""So long a failed round that comes every quarter of an hour is counted; there were others since."""
OF_A_DAY = timedelta(hours=25)
"""And one that comes daily: until the next has had its turn."""


class Health(BaseModel):
    """Both answer. Of what else is to run, numbers for whatever watches the installation."""

    status: Literal["ok"] = "ok"
    database: Literal["answers"] = "answers"
    temporal: Literal["answers"] = "answers"
    workers: int | None
    """So many workers have asked for work of late; with none nothing is read, proposed or sent. None: not known."""
    rounds_paused: int | None
    """So many schedules (mirror, watch, sweep, anchor) somebody has paused; the Temporal UI says which and why."""
    rounds_failed: int | None
    """So many gave up after several tries: in the last hour, and of the daily ones (watch, anchor) in the last 25."""
    alarms: int
    """So many alarms are open, of all creditors; GET /alarms says which."""


@router.get("/healthz", summary="Whether database and Temporal answer, workers ask for work, and alarms are open")
async def healthz(reach: Reached) -> Health:
    client = reach.client
    database, temporal = await asyncio.gather(_database(reach.database), _temporal(client))
    if database and temporal:
        asked = _workers(client, reach.task_queue), _paused(client), _failed(client)
        workers, paused, failed = await asyncio.gather(*(_counted(count) for count in asked))
        alarms = await asyncio.to_thread(_alarms, reach.database)
        return Health(workers=workers, rounds_paused=paused, rounds_failed=failed, alarms=alarms)
    words = {True: "answers", False: "does not answer"}
    raise Problem(
        503,
        f"The database {words[database]}, Temporal {words[temporal]}. Start what is missing and ask again.",
        database=words[database],
        temporal=words[temporal],
    )


async def _database(database: Engine) -> bool:
    def ask() -> None:
        # Below SQLAlchemy's transactions: a long write must not make us look ill.
        connection = database.raw_connection()
        try:
            connection.cursor().execute("SELECT 1")
        finally:
            connection.close()

    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(ask)
    except Exception:
        return False
    return True


def _alarms(database: Engine) -> int:
    with reading(database) as session:
        query = select(func.count()).where(col(AlarmRow.opened_at).is_not(None), col(AlarmRow.cleared_at).is_(None))
        return session.exec(query).one()


async def _temporal(client: Client) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await client.service_client.check_health(timeout=timedelta(seconds=PATIENCE))
    except Exception:
        return False


async def _counted(count: Awaitable[int]) -> int | None:
    """A number; None where it cannot be had, which makes nobody ill."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await count
    except Exception:
        return None


async def _workers(client: Client, task_queue: str) -> int:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(asked)
    since = real_now() - ASKED_OF_LATE
    return len({one.identity for one in answer.pollers if one.last_access_time.ToDatetime(UTC) > since})


async def _paused(client: Client) -> int:
    return len([one async for one in await client.list_schedules(query="TemporalSchedulePaused = true")])


async def _failed(client: Client) -> int:
    return (await client.count_workflows(" OR ".join(_failures(one.workflow, one.every) for one in ROUNDS))).count


def _failures(kind: str, every: timedelta) -> str:
    since = real_now() - (OF_LATE if every else OF_A_DAY)
    failed = "ExecutionStatus IN ('Failed', 'TimedOut')"
    return f"(WorkflowType = '{kind}' AND {failed} AND CloseTime > '{since.isoformat()}')"
