"""Story 8: the customer asks while a released reminder waits for its hour."""

from __future__ import annotations

import pytest

from models.case import QuestionOpened, Resumed
from tests.story import Story


@pytest.mark.anyio
async def test_a_question_freezes_the_released_reminder_and_after_the_answer_it_is_proposed_afresh(
    story: Story,
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 20:00", released=True)
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount"))
    assert story.case.state == "frozen"
    assert story.case.why == "question: the customer asks: wrong amount"
    await story.until("2026-08-20 10:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge"]
    await story.command("resume", Resumed(id="a-1", by=story.actor("anna"), reason="answered"))
    await story.until("2026-08-22 12:00", released=True)
    # To the hour: the case's clock goes on in real time while people act.
    assert story.proposed[-1].startswith("2026-08-20 10:")
    assert story.sent[-1].startswith("2026-08-21 10:")
