"""A workflow whose code fails at every try stands still without a sound; the sweep finds it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.case_runs import CASE
from activities.sweep_runs import belongs, running
from commands.dev_server import server_of_its_own

pytestmark = pytest.mark.anyio
AT_THE_FIRST_FAILURE = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=1"


@workflow.defn(name=CASE)
class BrokenCase:
    """A case of a deploy that went wrong."""

    @workflow.run
    async def run(self) -> None:
        raise KeyError("a field that is no longer there")


@workflow.defn(name=CASE)
class SoundCase:
    """The same case after the next deploy."""

    @workflow.run
    async def run(self) -> str:
        return "paid"


def worker(client: Client, queue: str, deployed: type) -> Worker:
    return Worker(client, task_queue=queue, workflows=[deployed], workflow_runner=UnsandboxedWorkflowRunner())


@pytest.fixture
async def quick_to_tell() -> AsyncIterator[Client]:
    """A server that does not wait for the fifth failure before it reports a workflow."""
    async with await server_of_its_own(["--dynamic-config-value", AT_THE_FIRST_FAILURE]) as environment:
        yield environment.client


async def test_a_wedged_case_is_found_with_its_workflow_id_and_is_well_again_with_sound_code(
    quick_to_tell: Client,
) -> None:
    client, queue = quick_to_tell, f"wedged-{uuid.uuid4().hex[:8]}"
    for creditor in ("nordlys", "nordlys-2"):
        await client.start_workflow(CASE, id=f"case/{creditor}/1001", task_queue=queue)
    async with worker(client, queue, BrokenCase), asyncio.timeout(60):
        while not (found := await running(client, "nordlys")).wedged:
            pass
    assert found.wedged == ("case/nordlys/1001",)
    assert found.cases == {"case/nordlys/1001": ""}, "it runs, and says nothing of whose it is"
    async with worker(client, queue, SoundCase), asyncio.timeout(60):
        assert await client.get_workflow_handle("case/nordlys/1001").result() == "paid"
        while (await running(client, "nordlys")).wedged:
            pass


@pytest.mark.parametrize(
    ("workflow_id", "belongs_so"),
    [
        ("case/nordlys/1001", True),
        ("case/nordlys/a customer/with a slash", True),
        ("case/nordlys-2/1001", False),
        ("mirror/nordlys", True),
        ("mirror/nordlys-2026-08-11T12:00:00Z", True),
        ("mirror/nordlys-2-2026-08-11T12:00:00Z", False),
        ("mirror/nordlys/by-hand/12345678", True),
        ("watch/nordlys/asked/1001", True),
        ("sweep/nordlys-2026-08-11T12:08:00Z", True),
        ("anchor/nordlys-2026-08-11T20:00:00Z", True),
        ("temporal-sys-scheduler:sweep/nordlys", False),
    ],
)
def test_a_workflow_belongs_to_the_creditor_that_its_id_names(workflow_id: str, belongs_so: bool) -> None:
    assert belongs(workflow_id, "nordlys") is belongs_so
