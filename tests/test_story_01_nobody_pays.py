"""Story 1: nobody pays."""

from __future__ import annotations

import pytest

from tests.story import Story, clock


@pytest.mark.anyio
async def test_the_whole_ladder_goes_out_on_its_days_and_ends_with_a_task_for_a_person(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-11-01 12:00", released=True)
    assert story.proposed == [
        "2026-07-30 08:00 nudge",
        "2026-08-10 08:00 rykker-1",
        "2026-08-24 08:00 rykker-2",
        "2026-09-07 08:00 inkassovarsel",
    ]
    assert story.sent == [
        "2026-07-31 09:00 nudge",
        "2026-08-11 09:00 rykker-1",
        "2026-08-25 09:00 rykker-2",
        "2026-09-08 09:00 inkassovarsel",
    ]
    assert len(story.mails) == len(story.texts) == 4
    assert [a.name for a in story.mails[0].attachments] == ["1001.pdf"]
    [task] = story.tasks
    assert (task.step, clock(task.at)[:10]) == ("phone-call", "2026-09-19")
    assert "a person decides" in story.case.why
