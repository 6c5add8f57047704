"""The runs of cases: a customer has one workflow id and one case after the other, so a run is asked whose it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.case import CaseInput
from models.cases import CaseRow
from models.news import News

CASE = "ReminderCase"
MEMO = "case"
"""Where a run says which case it is."""
ENDING = timedelta(seconds=20)
"""So long, in real time, the run of a case that was just closed is waited for; it only has its last word to say."""


class StillEnding(Exception):
    """The run of the customer's case before this one has not ended; this one is started once it has."""


@dataclass(frozen=True)
class CaseRuns:
    """Starts and signals the run of a case, and never takes that of another case for it."""

    client: Client
    task_queue: str
    ending: timedelta = ENDING

    async def start(self, case: CaseRow, time_shift: timedelta = timedelta()) -> None:
        """Start the workflow of a case; one that runs already is left alone.

        The run of the customer's case before, which is about to end, is waited for: StillEnding when it does not.
        """
        try:
            await self._start(case, time_shift)
        except WorkflowAlreadyStartedError:
            if await self.running(case):
                return
            await self._ended(case)
            try:
                await self._start(case, time_shift)
            except WorkflowAlreadyStartedError as error:
                if not await self.running(case):
                    raise StillEnding(f"case {case.id} cannot start beside a run of another case") from error

    async def running(self, case: CaseRow) -> bool:
        """Whether the workflow of a case runs. A run that does not say whose it is counts: older ones do not."""
        return await self.whose(case.workflow_id) in ("", case.id)

    async def whose(self, workflow_id: str) -> str | None:
        """The case that the run under an id says it is; empty where it does not say, None where none runs."""
        try:
            found = await self.client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return None
        return str(await found.memo_value(MEMO, default=""))

    async def signal(self, case: CaseRow, signal: str, news: News) -> bool:
        """Tell a case something; False when its workflow does not run and nobody was told."""
        if not await self.running(case):
            return False
        try:
            await self.handle(case).signal(signal, news)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def tell(self, case: CaseRow, signal: str, news: News, time_shift: timedelta) -> None:
        """Tell a case something; one whose workflow is gone is started again and told then."""
        if not await self.signal(case, signal, news):
            await self.start(case, time_shift)
            await self.handle(case).signal(signal, news)

    def handle(self, case: CaseRow) -> WorkflowHandle[object, object]:
        return self.client.get_workflow_handle(case.workflow_id)

    async def _start(self, case: CaseRow, time_shift: timedelta) -> None:
        await self.client.start_workflow(
            CASE,
            CaseInput(
                case_id=case.id,
                creditor=case.creditor_id,
                customer_number=case.customer_number,
                time_shift=time_shift,
            ),
            id=case.workflow_id,
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            memo={MEMO: case.id},
            static_summary=f"case {case.case_number} of customer {case.customer_number} with {case.creditor_id}",
        )

    async def _ended(self, case: CaseRow) -> None:
        """Return once the run under the id of a case has ended, however it did."""
        try:
            async with asyncio.timeout(self.ending.total_seconds()):
                await self.handle(case).result()
        except WorkflowFailureError:
            return
        except TimeoutError as error:
            raise StillEnding(f"case {case.id} cannot start: the run of the case before has not ended") from error
