"""Story 4: the admin is away, and the ladder shifts behind the late step."""

from __future__ import annotations

import pytest

from tests.story import Story


@pytest.mark.anyio
async def test_a_late_release_sends_that_day_and_the_next_step_keeps_its_gap(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-05 12:00", released=True)
    await story.until("2026-08-21 10:00")
    assert story.sent == ["2026-07-31 09:00 nudge"]
    assert "rykker-1 held: released: no admin has released this proposal" in story.told("held")
    assert str(story.proposal("rykker-1").letter_date) == "2026-08-21"
    await story.release()
    await story.until("2026-08-21 10:30")
    assert story.sent[-1].startswith("2026-08-21 10:")
    await story.until("2026-09-05 12:00", released=True)
    assert story.proposed[-1] == "2026-08-31 08:00 rykker-2"
    planned = story.told("planned")[-2]
    assert planned == (
        "Next is the second reminder on 2026-08-31: gap: first reminder of invoice 1001 was sent 2026-08-21, "
        "10 days must pass before the second reminder"
    )
    assert "31. august 2026" in story.mails[-2].text, "the deadline counts from the day it left"
