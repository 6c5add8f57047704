"""Paths that end in a new run or begin in one, and rounds of mirror and company watch, for the replay tests."""

from __future__ import annotations

from temporalio.client import WorkflowHistory

from commands.time_travel import shift_to
from models.anchor import AnchorInput
from models.case import MirrorInput
from models.news import QuestionOpened
from models.sweep import SweepInput
from models.watch import WatchInput
from tests.case_news import resume
from tests.short_runs import short_runs
from tests.story import Story, at

NOON = "2026-08-09 12:00"


async def carried_over(story: Story) -> WorkflowHistory:
    """Rykker 1 stands when the history has become long; the case goes on in a new run."""
    return (await in_short_runs(story))[0]


async def carried_on(story: Story) -> WorkflowHistory:
    """The run after the next: it is handed a stop, a release and what was heard, and hears that it may go on."""
    return (await in_short_runs(story))[2]


async def in_short_runs(story: Story) -> list[WorkflowHistory]:
    """The histories of a case, run by run."""
    async with short_runs(story):
        await story.stands_released()
        await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount"))
        await resume(story, "a-1")
        await story.until("2026-08-13 12:00", released=True)
        assert len(story.sent) == 1
        description = await story.traveller.handle(story.case).describe()
        run = description.raw_description.workflow_execution_info.first_run_id
        histories: list[WorkflowHistory] = []
        while run:
            handle = story.engines.client.get_workflow_handle(story.case.workflow_id, run_id=run)
            histories.append(await handle.fetch_history())
            run = histories[-1].events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
        return histories


async def mirrored(story: Story) -> WorkflowHistory:
    """A round of the mirror that opens a case and asks about its company."""
    story.in_the_register()
    story.invoice(1001, "12500.00", "2026-08-03")
    story.connect()
    return await one_round(story, "MirrorBooks", MirrorInput(creditor=story.creditor, time_shift=shift_to(at(NOON))))


async def mirrored_again(story: Story) -> WorkflowHistory:
    """A round of the mirror that finds nothing new."""
    await mirrored(story)
    return await one_round(story, "MirrorBooks", MirrorInput(creditor=story.creditor, time_shift=shift_to(at(NOON))))


async def swept(story: Story) -> WorkflowHistory:
    """A round of the sweep."""
    await mirrored(story)
    return await one_round(story, "SweepCases", SweepInput(creditor=story.creditor, time_shift=shift_to(at(NOON))))


async def anchored(story: Story) -> WorkflowHistory:
    """An evening's anchor."""
    await mirrored(story)
    return await one_round(story, "MailAnchor", AnchorInput(creditor=story.creditor, time_shift=shift_to(at(NOON))))


async def watched(story: Story) -> WorkflowHistory:
    """A round of the company watch."""
    await mirrored(story)
    return await one_round(story, "WatchCompanies", WatchInput(creditor=story.creditor, time_shift=shift_to(at(NOON))))


async def one_round(
    story: Story, workflow: str, asked: AnchorInput | MirrorInput | SweepInput | WatchInput
) -> WorkflowHistory:
    engines = story.engines
    handle = await engines.client.start_workflow(
        workflow, asked, id=f"{workflow}/{story.creditor}", task_queue=engines.task_queue
    )
    await handle.result()
    return await handle.fetch_history()
