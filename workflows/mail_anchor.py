"""One day's anchor: the head of a creditor's trail is mailed to its admins. A schedule per creditor starts it daily."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from models.anchor import AnchorInput, AnchorMailed

PATIENT = RetryPolicy(
    initial_interval=timedelta(minutes=1), maximum_interval=timedelta(minutes=30), maximum_attempts=24
)
"""Over about ten hours: the mail may be down for an evening, and the next day brings the next anchor."""


@workflow.defn(name="MailAnchor")
class MailAnchor:
    """Mails the head of a trail to those who keep it."""

    @workflow.run
    async def run(self, asked: AnchorInput) -> AnchorMailed:
        found: AnchorMailed = await workflow.execute_activity(
            "mail_anchor",
            args=[asked, workflow.now() + asked.time_shift],
            result_type=AnchorMailed,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=PATIENT,
            summary="mail the head of the trail",
        )
        return found
