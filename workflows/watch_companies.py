"""One round of the company watch: ask the registers, then tell the cases. A schedule per creditor starts it daily."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.watch import WatchInput, WatchRound

PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=30), maximum_interval=timedelta(minutes=15), maximum_attempts=8
)
"""Over about an hour and a half; a register that is down is no failure, so this is about our own parts."""


@workflow.defn(name="WatchCompanies")
class WatchCompanies:
    """Asks how a creditor's business customers stand and makes it known."""

    @workflow.run
    async def run(self, asked: WatchInput) -> WatchRound:
        found: WatchRound = await workflow.execute_activity(
            "watch_companies",
            args=[asked, workflow.now() + asked.time_shift],
            result_type=WatchRound,
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(minutes=3),
            retry_policy=PATIENT,
            summary="ask the company registers",
        )
        return found
