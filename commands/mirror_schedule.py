"""Sees to it that every creditor's books are read on a schedule, and can be read at once."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import select
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from models.case import MirrorInput, MirrorRound
from models.database import transaction
from models.parties import CreditorRow
from workflows.names import TASK_QUEUE

EVERY = timedelta(minutes=15)


async def keep_mirrored(client: Client, database: Engine) -> list[str]:
    """A schedule for every creditor that has none; the ids of all creditors."""
    with transaction(database) as session:
        creditors = sorted(session.exec(select(CreditorRow.id)))
    for creditor in creditors:
        schedule = Schedule(
            action=ScheduleActionStartWorkflow(
                "MirrorBooks",
                MirrorInput(creditor=creditor),
                id=f"mirror/{creditor}",
                task_queue=TASK_QUEUE,
                static_summary=f"reads the books of {creditor}",
            ),
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
            policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
        )
        try:
            await client.create_schedule(f"mirror/{creditor}", schedule)
        except ScheduleAlreadyRunningError:
            continue
    return creditors


async def mirror_now(client: Client, creditor: str, time_shift: timedelta = timedelta()) -> MirrorRound:
    """One round at once; returns what it found."""
    found: MirrorRound = await client.execute_workflow(
        "MirrorBooks",
        MirrorInput(creditor=creditor, time_shift=time_shift),
        id=f"mirror/{creditor}/by-hand/{uuid.uuid4().hex[:8]}",
        task_queue=TASK_QUEUE,
        result_type=MirrorRound,
        static_summary=f"reads the books of {creditor}",
    )
    return found
