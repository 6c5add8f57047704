"""Whatever a story did, a case that is rebuilt from its history goes the same way again: its code is deterministic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from activities.case_runs import CASE
from models.cases import CaseRow
from worker import WORKFLOWS


async def replay(client: Client, case: CaseRow) -> None:
    """Rebuild every run of a case from its history; raises NondeterminismError where the code goes another way.

    `debug_mode` only takes away the limit of two seconds for a step, which a busy machine can pass.
    """
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter, debug_mode=True)
    async for history in runs_of(client, case.workflow_id):
        await replayer.replay_workflow(history)


async def end_cases(client: Client, workflow_ids: Iterable[str] = ()) -> None:
    """End the cases named, and whatever other case is known to run."""
    listed = client.list_workflows(f"WorkflowType = '{CASE}' AND ExecutionStatus = 'Running'")
    for name in dict.fromkeys([*workflow_ids, *[running.id async for running in listed]]):
        try:
            await client.get_workflow_handle(name).terminate()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


async def runs_of(client: Client, workflow_id: str) -> AsyncIterator[WorkflowHistory]:
    """The newest run and those that went on in it, back to the first; none where nothing ran."""
    run_id: str | None = None
    while run_id != "":
        try:
            history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return
            raise
        started = history.events[0].workflow_execution_started_event_attributes
        if started.workflow_type.name == CASE:
            yield history
        run_id = started.continued_execution_run_id
