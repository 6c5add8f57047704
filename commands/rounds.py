"""What is done for every creditor on a schedule: books are read, customers watched, cases swept, trails anchored."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from models.anchor import AnchorInput, AnchorMailed
from models.case import MirrorInput, MirrorRound
from models.creditor import CreditorSettings
from models.database import transaction
from models.news import Payload
from models.parties import CreditorRow
from models.sweep import SweepInput, SweepRound
from models.watch import WatchInput, WatchRound
from workflows.names import TASK_QUEUE

QUARTER = timedelta(minutes=15)
BESIDE = timedelta(minutes=8)
"""The sweep comes between two rounds of the mirror: what that just found has been told by then."""
JITTER = timedelta(minutes=10)
"""Creditors do not all ask at the same moment."""


@dataclass(frozen=True)
class Round:
    """One kind of scheduled work; every creditor has a schedule of its own for it, `<name>/<creditor>`."""

    name: str
    workflow: str
    asked: Callable[..., Payload]
    answer: type[Payload]
    summary: str
    """With the creditor's id in it."""
    every: timedelta = timedelta()
    offset: timedelta = timedelta()
    hour: int | None = None
    """On the creditor's own clock, every day; None where it runs at an interval."""

    def schedule_id(self, creditor: str) -> str:
        return f"{self.name}/{creditor}"

    def schedule(self, creditor: str, zone: str, task_queue: str) -> Schedule:
        action = ScheduleActionStartWorkflow(
            self.workflow,
            self.asked(creditor=creditor),
            id=self.schedule_id(creditor),
            task_queue=task_queue,
            static_summary=self.summary.format(creditor),
        )
        policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=self.every or timedelta(days=1))
        return Schedule(action=action, spec=self._times(zone), policy=policy)

    def _times(self, zone: str) -> ScheduleSpec:
        if self.hour is None:
            return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=self.every, offset=self.offset)])
        daily = ScheduleCalendarSpec(hour=[ScheduleRange(self.hour)])
        return ScheduleSpec(calendars=[daily], jitter=JITTER, time_zone_name=zone)


MIRROR = Round("mirror", "MirrorBooks", MirrorInput, MirrorRound, "reads the books of {}", every=QUARTER)
SWEEP = Round(
    "sweep", "SweepCases", SweepInput, SweepRound, "looks for what was forgotten at {}", every=QUARTER, offset=BESIDE
)
# Before steps are proposed, and long before anything is sent; on Sundays too, for a time limit may run.
WATCH = Round(
    "watch", "WatchCompanies", WatchInput, WatchRound, "asks the company registers about customers of {}", hour=6
)
# After the day's last step, so that the anchor covers the day.
ANCHOR = Round(
    "anchor", "MailAnchor", AnchorInput, AnchorMailed, "mails the head of the trail of {} to its admins", hour=20
)
ROUNDS = (MIRROR, WATCH, SWEEP, ANCHOR)


async def keep_rounds(
    client: Client, database: Engine, rounds: Sequence[Round] = ROUNDS, task_queue: str = TASK_QUEUE
) -> list[str]:
    """A schedule for every creditor and round that has none, moved along where a zone changed; all creditors' ids."""
    with transaction(database) as session:
        rows = session.exec(select(CreditorRow).order_by(CreditorRow.id))
        zones = {row.id: CreditorSettings.model_validate(row.settings).zone for row in rows}
    for creditor, zone in zones.items():
        for one in rounds:
            schedule = one.schedule(creditor, zone, task_queue)
            try:
                await client.create_schedule(one.schedule_id(creditor), schedule)
            except ScheduleAlreadyRunningError:
                await _in_zone(client, one.schedule_id(creditor), schedule.spec)
    return list(zones)


async def run_now(
    client: Client, one: Round, creditor: str, time_shift: timedelta = timedelta(), task_queue: str = TASK_QUEUE
) -> Any:
    """One round at once; returns its answer."""
    return await client.execute_workflow(
        one.workflow,
        one.asked(creditor=creditor, time_shift=time_shift),
        id=f"{one.schedule_id(creditor)}/by-hand/{uuid.uuid4().hex[:8]}",
        task_queue=task_queue,
        result_type=one.answer,
        static_summary=one.summary.format(creditor),
    )


async def _in_zone(client: Client, schedule_id: str, spec: ScheduleSpec) -> None:
    """Put the times of a schedule right and leave everything else, such as a pause, as people left it."""

    def moved(known: ScheduleUpdateInput) -> ScheduleUpdate | None:
        schedule = known.description.schedule
        if schedule.spec.time_zone_name == spec.time_zone_name:
            return None
        schedule.spec = spec
        return ScheduleUpdate(schedule=schedule)

    if spec.time_zone_name:
        await client.get_schedule_handle(schedule_id).update(moved)
