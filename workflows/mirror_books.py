"""One round of the mirror: read the books, tell the cases, look up new ones. A schedule per creditor starts it."""

from __future__ import annotations

import contextlib
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from models.case import MirrorInput, MirrorRound
    from models.watch import WatchInput, WatchRound

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5), maximum_attempts=5)
"""A round that fails is over; the next one starts on schedule."""


@workflow.defn(name="MirrorBooks")
class MirrorBooks:
    """Reads a creditor's books and makes them known."""

    @workflow.run
    async def run(self, asked: MirrorInput) -> MirrorRound:
        as_of = workflow.now() + asked.time_shift
        read: MirrorRound = await workflow.execute_activity(
            "read_books",
            args=[asked.creditor, as_of],
            result_type=MirrorRound,
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(minutes=3),
            retry_policy=PATIENT,
            summary="read the books",
        )
        told: MirrorRound = await workflow.execute_activity(
            "tell_cases",
            args=[asked.creditor, as_of, asked.time_shift],
            result_type=MirrorRound,
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(minutes=3),
            retry_policy=PATIENT,
            summary="tell the cases",
        )
        if told.opened:
            await self._look_up(asked)
        return read.model_copy(update={"opened": told.opened, "signalled": told.signalled})

    async def _look_up(self, asked: MirrorInput) -> None:
        """Ask about the companies of new cases at once; what fails here the morning's watch makes good."""
        with contextlib.suppress(ActivityError):
            await workflow.execute_activity(
                "watch_companies",
                args=[
                    WatchInput(creditor=asked.creditor, time_shift=asked.time_shift, unasked=True),
                    workflow.now() + asked.time_shift,
                ],
                result_type=WatchRound,
                start_to_close_timeout=timedelta(minutes=10),
                heartbeat_timeout=timedelta(minutes=3),
                retry_policy=RetryPolicy(maximum_attempts=1),
                summary="ask about the companies of new cases",
            )
