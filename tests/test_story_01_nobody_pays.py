"""Story 1: nobody pays."""

from __future__ import annotations

from decimal import Decimal

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
    [task, decision] = sorted(story.tasks, key=lambda task: task.at)
    assert (task.step, clock(task.at)[:10]) == ("phone-call", "2026-09-19")
    assert (decision.step, clock(decision.at)) == ("decision-60", "2026-10-02 08:00")
    assert "a person decides" in story.case.why


@pytest.mark.anyio
async def test_fees_and_interest_stand_in_the_letters_and_on_the_ledger_to_the_oere(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-10 12:00", released=True)
    nudge, rykker_1, rykker_2, notice = (mail.text.replace("\N{NO-BREAK SPACE}", " ") for mail in story.mails)
    assert "100,00 kr." in nudge, "the fee is announced before it is charged"
    assert "27,40 kr." in rykker_1
    assert "12.627,40 kr." in rykker_1, "12,500.00 + a fee of 100.00 + interest of 27.40"
    assert "75,34 kr." in rykker_2
    assert "12.775,34 kr." in rykker_2
    assert "123,29 kr." in notice
    assert "12.923,29 kr." in notice
    assert "18. september 2026" in notice, "ten days from the day it left"
    assert [(kind, amount) for _, kind, amount in story.ledger] == [
        ("principal", Decimal("12500.00")),
        ("fee", Decimal("100.00")),
        ("interest", Decimal("27.40")),
        ("fee", Decimal("100.00")),
        ("interest", Decimal("47.94")),
        ("fee", Decimal("100.00")),
        ("interest", Decimal("47.95")),
    ]
    assert not any("100,00" in text.body for text in story.texts), "a text carries no fee"
