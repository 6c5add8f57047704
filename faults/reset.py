"""An operator sends a running case back to an earlier point: `temporal workflow reset`."""

from __future__ import annotations

import uuid

from sqlmodel import select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from faults.ground import Ground, ground
from faults.life import Life
from faults.tries import Row, Stage, lived
from models.cases import CaseRow, ProposalRow
from models.database import reading

PARTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""How far into its history a case is sent back to."""


async def reset(stage: Stage) -> Row:
    """Back to several points, after rykker 1 and after rykker 2 have gone out."""
    async with ground(stage.folder / "reset") as here:
        row = Row("workflow reset")
        return await stage.all(
            row,
            (
                lived(row, sent_back(here, step, part))
                for step in ("rykker-1", "rykker-2")
                for part in PARTS[:: stage.every]
            ),
        )


def sent_back(here: Ground, step: str, part: float) -> Life:
    """A life that is sent back once, when a step has gone out, to the first workflow task (0) or the last (1)."""
    done: list[str] = []

    async def once(life: Life, case: CaseRow) -> None:
        if not done and _is_out(life, step):
            await _send_back(life, case, part)
            done.append(step)

    return Life(here, f"reset-{step}-{part * 100:.0f}", meanwhile=once)


def _is_out(life: Life, step: str) -> bool:
    with reading(life.database) as session:
        query = select(ProposalRow).where(ProposalRow.step == step, ProposalRow.state == "sent")
        return session.exec(query).first() is not None


async def _send_back(life: Life, case: CaseRow, part: float) -> None:
    client, handle = life.ground.client, life.traveller.handle(case)
    tasks = [
        event.event_id
        async for event in handle.fetch_history_events()
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=handle.id),
            reason="an operator sends the case back",
            workflow_task_finish_event_id=tasks[round(part * (len(tasks) - 1))],
            request_id=uuid.uuid4().hex,
        )
    )
