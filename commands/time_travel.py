"""Moves cases ahead on the real engine: timers fire at their virtual time, activities run for real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from models.case import Kind, Standing
from models.cases import CaseRow, ProposalRow
from models.clock import real_now
from models.database import reading
from models.news import Actor, Release, Role
from workflows.names import case_workflow_id

Handle = WorkflowHandle[object, object]
AtEachStop = Callable[[CaseRow], Awaitable[bool | None]]
"""What people do when a case has just done something; False says that they did nothing."""
SKIPS = 100_000
"""Upper bound of skips per case; the server's own is 200."""


@dataclass
class Traveller:
    """Moves one creditor's cases through business time, each on its own clock."""

    client: Client
    database: Engine
    creditor: str
    time_shift: timedelta = timedelta()

    def __post_init__(self) -> None:
        self._skipper = TimeSkipper(self.client, config=TimeSkippingConfig(max_session_skip_count=SKIPS))

    async def now(self, case: CaseRow) -> datetime:
        """Business time of a case."""
        return await self._skipper.get_current_time(self.handle(case)) + self.time_shift

    async def move(self, case: CaseRow, until: datetime) -> bool:
        """Move a case to a business instant; False when it ended on the way."""
        return await self._ahead(case, until - await self.now(case))

    async def _ahead(self, case: CaseRow, time: timedelta) -> bool:
        return time <= timedelta() or await self._skipper.fast_forward(self.handle(case), time)

    async def live(self, case: CaseRow, until: datetime, at_each_stop: AtEachStop | None = None) -> CaseRow:
        """Move a case to an instant, stopping just behind everything it does, so that people can act on it."""
        before, pace = None, timedelta(minutes=1)
        while (standing := await self.standing(case)) is not None:
            if at_each_stop is not None and await at_each_stop(self.read(case)) is not False:
                standing = await self.standing(case)
            now = await self.now(case)
            if standing is None or now >= until:
                break
            # A case that rests because something is down does not move; then the steps grow.
            pace = min(pace * 2, timedelta(minutes=30)) if standing.move == before else timedelta(minutes=1)
            before = standing.move
            due = standing.move.at if standing.move else now
            stop = until if due is None else max(due, now) + pace
            if not await self._ahead(case, min(stop, until) - now):
                break
        return self.read(case)

    async def standing(self, case: CaseRow) -> Standing | None:
        """What the case itself says comes next; None when it is closed."""
        if self.read(case).closed_at is not None:
            return None
        while True:
            try:
                standing: Standing = await self.handle(case).query("standing", result_type=Standing)
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
                await asyncio.sleep(0.05)  # a run that has only just begun answers nothing before its first task
            else:
                return standing

    def read(self, case: CaseRow) -> CaseRow:
        """The case as the database has it now."""
        with reading(self.database) as session:
            return session.get_one(CaseRow, case.id)

    def handle(self, case: CaseRow) -> Handle:
        return self.client.get_workflow_handle(case_workflow_id(case.creditor_id, case.customer_number))

    async def release(self, case: CaseRow, by: str = "admin") -> bool:
        """Play the admin: release what stands unreleased for a case; False when nothing does."""
        standing = await self.standing(case)
        if standing is None or standing.move is None or standing.move.kind is not Kind.stand:
            return False
        with reading(self.database) as session:
            proposal = session.get_one(ProposalRow, standing.move.proposal_id)
        if proposal.state != "proposed" or proposal.released_at is not None:
            return False
        release = Release(
            id=f"release:{proposal.id}:{proposal.digest[:12]}",
            by=Actor(id=by, role=Role.admin),
            proposal_id=proposal.id,
            digest=proposal.digest,
        )
        await self.handle(case).execute_update("release", release, id=release.id)
        return True


def shift_to(business: datetime) -> timedelta:
    """The time shift that makes business time begin at an instant now."""
    return business - real_now()
