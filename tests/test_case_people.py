"""People who stop a case: a snooze, a hold while the guards look, the module switched off."""

from __future__ import annotations

from datetime import date

import pytest

from models.news import BooksChanged, Snoozed
from tests import case_news
from tests.case_news import holding
from tests.story import Story

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


async def test_a_snooze_ends_by_itself_and_what_is_due_is_proposed_afresh(story: Story) -> None:
    await story.stands_released()
    first = story.proposal("rykker-1").id
    snooze = Snoozed(id="s-1", by=story.actor("rasmus"), until=date(2026, 8, 18), reason="on holiday")
    assert await story.command("snooze", snooze) == "snoozed until 2026-08-18"
    assert story.freezes == ["snooze: on holiday"]
    await story.until("2026-08-20 12:00", released=True)
    assert story.told("thawed") == ["The snooze is over: on holiday"]
    assert story.proposed[-1] == "2026-08-18 08:00 rykker-1"
    assert story.proposal("rykker-1").id != first
    assert story.sent == ["2026-08-19 09:00 rykker-1"]


@pytest.mark.parametrize(
    ("until", "refusal"),
    [(date(2026, 8, 10), "a snooze ends after today"), (date(9999, 12, 31), "a snooze ends within a year")],
)
async def test_a_snooze_into_the_past_or_for_ever_is_refused(story: Story, until: date, refusal: str) -> None:
    await story.stands_released()
    with pytest.raises(AssertionError, match=refusal):
        await story.command("snooze", Snoozed(id="s-1", by=story.actor("anna"), until=until, reason="never"))
    assert story.proposal("rykker-1").state == "proposed"


async def test_a_hold_that_arrives_while_the_guards_look_stops_the_send(story: Story) -> None:
    await story.stands_released()
    story.engines.economic.fault("meanwhile", path="/invoices/booked/1001", action=holding(story))
    await story.until("2026-08-11 12:00")
    assert {v.answer for v in story.verdicts("rykker-1", "unpaid")} == {"cleared"}, "the guards knew nothing of it"
    assert story.freezes == ["hold: they just called"]
    assert story.sent == []
    assert not story.mails
    assert not story.texts


async def test_switching_the_module_off_withdraws_what_stands_and_on_again_it_is_proposed_afresh(
    story: Story,
) -> None:
    await story.stands_released()
    story.switch(module_on=False)
    await story.tell("books_changed", BooksChanged(id="settings-1"))
    assert story.told("withdrawn") == ["rykker-1 withdrawn: the reminder module was switched off"]
    await story.until("2026-08-12 10:00", released=True)
    assert (story.case.state, story.case.why) == ("frozen", "the reminder module is switched off")
    story.switch(module_on=True)
    await story.tell("books_changed", BooksChanged(id="settings-2"))
    await story.until("2026-08-13 12:00", released=True)
    [sent] = story.sent
    assert sent.startswith("2026-08-13 10:0")


async def test_a_module_switched_off_without_a_word_to_the_case_is_found_by_the_guard(story: Story) -> None:
    await story.stands_released()
    story.switch(module_on=False)
    await story.until("2026-08-11 12:00")
    assert [(v.answer, v.why) for v in story.verdicts("rykker-1", "module_on")] == [
        ("held", "the reminder module is switched off")
    ]
    assert story.sent == []
