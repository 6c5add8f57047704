"""The next case of a customer while the run of the case before has not ended: they share one workflow id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import RPCError
from temporalio.service import RPCStatusCode

from activities.case_runs import CASE, MEMO, CaseRuns, StillEnding
from activities.mirror import Mirror
from activities.open_cases import OpenCases
from commands.time_travel import shift_to
from models.case import CaseInput
from models.database import transaction
from models.mirror import CustomerRow
from models.news import BooksChanged
from tests.story import HAVN, Story, at
from workflows.names import case_workflow_id

pytestmark = pytest.mark.anyio
NOBODYS = "a queue that nobody listens to"
A_MOMENT = timedelta(milliseconds=200)
NOON = "2026-08-09 12:00"


@pytest.fixture
async def before(story: Story) -> AsyncIterator[str]:
    """Invoice 1001 is near; the run of the customer's case before stands still, because no worker takes it up."""
    story.invoice(1001, "12500.00", "2026-08-03")
    story.connect()
    story.time_shift = shift_to(at(NOON))
    assert Mirror(story.engines.database, story.engines.shelf).read_books(story.creditor, at(NOON)).complete
    case = CaseInput(case_id=f"{story.creditor}.{HAVN}.0", creditor=story.creditor, customer_number=str(HAVN))
    workflow_id = case_workflow_id(story.creditor, str(HAVN))
    await story.engines.client.start_workflow(CASE, case, id=workflow_id, task_queue=NOBODYS, memo={MEMO: case.case_id})
    yield workflow_id
    await story.engines.client.get_workflow_handle(workflow_id).terminate("the test is over")


async def tell(story: Story, ending: timedelta) -> str:
    engines = story.engines
    cases = OpenCases(engines.database, engines.client, engines.task_queue, ending)
    return await cases.tell_one(story.creditor, str(HAVN), at(NOON), story.time_shift)


def marked(story: Story) -> bool:
    with transaction(story.engines.database) as session:
        return session.get_one(CustomerRow, (story.creditor, str(HAVN))).changed


async def whose(story: Story, workflow_id: str) -> str:
    found = await story.engines.client.get_workflow_handle(workflow_id).describe()
    return str(await found.memo_value(MEMO))


async def test_a_new_case_waits_for_the_run_of_the_one_before_and_then_starts(story: Story, before: str) -> None:
    opening = asyncio.create_task(tell(story, timedelta(seconds=30)))
    while not story.cases:
        await asyncio.sleep(0)
    await story.engines.client.get_workflow_handle(before).terminate("its last word is said")
    assert await opening == "opened"
    assert await whose(story, before) == story.case.id
    assert not marked(story)


async def test_a_run_that_does_not_end_leaves_the_customer_marked_and_the_next_round_starts_the_case(
    story: Story, before: str
) -> None:
    assert await tell(story, A_MOMENT) == ""
    assert marked(story), "nobody knows of the new case yet"
    assert await tell(story, A_MOMENT) == "", "a round that finds the case open signals no run of another case"
    assert marked(story)
    with pytest.raises(StillEnding, match="has not ended"):
        await CaseRuns(story.engines.client, story.engines.task_queue, A_MOMENT).start(story.case)
    await story.engines.client.get_workflow_handle(before).terminate("its last word is said")
    assert await tell(story, A_MOMENT) == "opened"
    assert await whose(story, before) == story.case.id
    assert not marked(story)
    await story.until("2026-08-10 12:00")
    assert story.proposed == ["2026-08-10 08:00 rykker-1"]


async def test_what_is_meant_for_a_case_is_not_told_to_the_run_of_another(story: Story, before: str) -> None:
    await tell(story, A_MOMENT)
    runs = CaseRuns(story.engines.client, story.engines.task_queue)
    assert not await runs.signal(story.case, "books_changed", BooksChanged(id="b-1"))
    signals = [
        event
        async for event in story.engines.client.get_workflow_handle(before).fetch_history_events()
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert signals == []


async def test_a_run_of_before_runs_said_whose_they_are_counts_as_the_case(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins(NOON)
    runs, handle = CaseRuns(story.engines.client, story.engines.task_queue), story.traveller.handle(story.case)
    assert await runs.running(story.case)
    await handle.terminate("started again without a word whose it is")
    assert not await runs.running(story.case)
    case = CaseInput(case_id=story.case.id, creditor=story.creditor, customer_number=str(HAVN))
    older = await story.engines.client.start_workflow(CASE, case, id=handle.id, task_queue=NOBODYS)
    assert await runs.running(story.case)
    await runs.start(story.case)
    assert (await handle.describe()).run_id == older.result_run_id
    await handle.terminate("the test is over")
    with pytest.raises(RPCError) as gone:
        await handle.signal("books_changed", BooksChanged(id="b-2"))
    assert gone.value.status is RPCStatusCode.NOT_FOUND
