"""One round of the sweep: look for what was forgotten. A schedule per creditor starts it, between two mirrors."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from models.sweep import SweepInput, SweepRound

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=10), maximum_interval=timedelta(minutes=2), maximum_attempts=5)
"""A round that fails is over; the next one starts on schedule."""


@workflow.defn(name="SweepCases")
class SweepCases:
    """Sees to it that nothing of a creditor is forgotten."""

    @workflow.run
    async def run(self, asked: SweepInput) -> SweepRound:
        as_of = workflow.now() + asked.time_shift
        not_followed: ActivityError | None = None
        try:
            await workflow.execute_activity(
                "follow_deliveries",
                args=[asked.creditor, as_of],
                start_to_close_timeout=timedelta(minutes=10),
                retry_policy=PATIENT,
                summary="ask what became of messages",
            )
        except ActivityError as error:
            not_followed = error
        found: SweepRound = await workflow.execute_activity(
            "sweep",
            args=[asked, as_of],
            result_type=SweepRound,
            start_to_close_timeout=timedelta(minutes=30),
            heartbeat_timeout=timedelta(minutes=5),
            retry_policy=PATIENT,
            summary="look for what was forgotten",
        )
        if not_followed is not None:
            # The cases were swept all the same; but the round failed, and /healthz counts those.
            raise not_followed
        return found
