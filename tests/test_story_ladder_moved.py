"""A case is moved to another ladder, or to a new version of its own: it goes on from where it stood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from commands.time_travel import shift_to
from models.database import transaction
from models.ladder import Ladder
from models.news import Held, LadderMoved, Resumed
from models.parties import LadderRow
from tests.story import Story, at

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """Whatever a test breaks is whole again after it."""
    yield
    for standin in (story.engines.economic, story.engines.sendgrid, story.engines.twilio):
        standin.reset()


def ladder(story: Story, name: str = "dk-standard") -> Ladder:
    with transaction(story.engines.database) as session:
        return Ladder.model_validate(session.get_one(LadderRow, (story.creditor, name, 1)).document)


def save(story: Story, document: Ladder, version: int = 1) -> None:
    """Save a version of a ladder, as PUT /ladders does."""
    with transaction(story.engines.database) as session:
        saved = document.model_dump(mode="json")
        session.add(LadderRow(creditor_id=story.creditor, name=document.name, version=version, document=saved))


def changed(document: Ladder, name: str = "", **steps: dict[str, Any]) -> Ladder:
    """The ladder with some steps told otherwise: `rykker_2={"offset_days": 17}`."""
    told = [step.model_copy(update=steps.get(step.name.replace("-", "_"), {})) for step in document.steps]
    return document.model_copy(update={"name": name or document.name, "steps": tuple(told)})


async def move(story: Story, name: str, version: int = 1, by: str = "anna", news: str = "") -> str:
    moved = LadderMoved(
        id=news or f"m-{name}-{version}-{len(story.trail)}",
        by=story.actor(by),
        ladder=name,
        version=version,
        reason="a good customer",
    )
    return await story.command("move_ladder", moved)


async def first_reminder_sent(story: Story) -> None:
    """Due on 3 August; nudged on 31 July, rykker 1 went on Tuesday 11 August; it is now the 12th."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge", "2026-08-11 09:00 rykker-1"]


async def test_on_the_gentle_ladder_the_case_goes_on_behind_the_first_reminder(story: Story) -> None:
    await first_reminder_sent(story)
    assert await move(story, "dk-gentle") == "moved to dk-gentle v1"
    assert (story.case.ladder_name, story.case.ladder_version) == ("dk-gentle", 1)
    assert story.told("ladder moved") == ["Moved from ladder dk-standard v1 to dk-gentle v1: a good customer"]
    [entry] = [row for row in story.trail if row.kind == "ladder moved"]
    assert entry.actor == f"admin {story.creditor}-anna"
    assert (entry.data["moved_from"], entry.data["moved_to"]) == (["dk-standard", 1], ["dk-gentle", 1])
    assert entry.data["reason"] == "a good customer"
    await story.until("2026-09-30 12:00", released=True)
    # Neither the gentle word of day +3 nor another first reminder: day +35, day +53.
    assert story.sent[2:] == ["2026-09-08 09:00 rykker-2", "2026-09-28 09:00 inkassovarsel"]
    assert story.proposed[2:] == ["2026-09-07 08:00 rykker-2", "2026-09-25 08:00 inkassovarsel"]


@pytest.mark.parametrize(
    ("told", "because"),
    [
        ({"offset_days": 17}, "10 days must pass before the second reminder"),
        ({"offset_days": 8, "fee": False}, "10 days must pass before the second reminder"),
        ({"offset_days": 17, "gap_days": 0}, "10 days"),
    ],
    ids=["the gap of the ladder", "far too short without a fee", "the gap of the law alone"],
)
async def test_shortening_a_timing_never_beats_a_gap(story: Story, told: dict[str, Any], because: str) -> None:
    await first_reminder_sent(story)
    save(story, changed(ladder(story), rykker_2=told), 2)
    await move(story, "dk-standard", 2)
    assert because in story.case.why
    await story.until("2026-08-26 12:00", released=True)
    # Day +17 is the 20th, but ten days after the 11th is Friday the 21st; the hold window ends after the weekend.
    assert story.proposed[2:] == ["2026-08-21 08:00 rykker-2"]
    assert story.sent[2:] == ["2026-08-24 09:00 rykker-2"]


async def test_the_gap_counts_from_the_send_that_really_happened(story: Story) -> None:
    """Nobody releases rykker 1 until Friday 14 August, after dinner; it leaves on Monday the 17th."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-14 20:00")
    await story.release()
    await story.until("2026-08-17 12:00")
    assert story.sent == ["2026-08-17 09:00 rykker-1"]
    save(story, changed(ladder(story), rykker_2={"offset_days": 17}), 2)
    await move(story, "dk-standard", 2)
    await story.until("2026-08-31 12:00", released=True)
    assert story.proposed[1:] == ["2026-08-27 08:00 rykker-2"]
    assert story.sent[1:] == ["2026-08-28 09:00 rykker-2"]


async def test_a_released_proposal_whose_words_change_is_withdrawn_and_the_case_goes_on_below_it(story: Story) -> None:
    await story.stands_released()
    await move(story, "dk-gentle")
    # Fourteen days to pay instead of ten.
    assert story.told("withdrawn") == ["rykker-1 withdrawn: the wording has changed"]
    await story.until("2026-08-12 12:00", released=True)
    [sent] = story.sent
    # To the hour: the case's clock goes on in real time while people act.
    assert sent.startswith("2026-08-11 12:")
    assert sent.endswith(" overdue"), "the gentle word of day +3, which nobody has had"


async def test_a_standing_step_that_the_new_ladder_does_not_have_is_withdrawn_and_nothing_breaks(story: Story) -> None:
    await story.stands_released()
    standard = ladder(story)
    save(story, standard.model_copy(update={"name": "short", "steps": (standard.steps[0], standard.steps[2])}))
    await move(story, "short")
    assert story.told("withdrawn") == [
        "rykker-1 withdrawn: the case climbs the ladder short now, which has no rykker-1"
    ]
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent == ["2026-08-25 09:00 rykker-2"]


async def test_a_standing_step_that_is_switched_off_on_the_new_ladder_is_withdrawn(story: Story) -> None:
    await story.stands_released()
    save(story, changed(ladder(story), rykker_1={"enabled": False}), 2)
    await move(story, "dk-standard", 2)
    assert len(story.told("withdrawn")) == 1
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent == ["2026-08-25 09:00 rykker-2"]


async def test_what_the_new_version_means_for_later_waits_for_its_day_though_its_words_are_the_same(
    story: Story,
) -> None:
    await story.stands_released()
    save(story, changed(ladder(story), rykker_1={"offset_days": 10}), 2)
    await move(story, "dk-standard", 2)
    [withdrawn] = story.told("withdrawn")
    assert "the ladder dk-standard means it for 2026-08-13" in withdrawn
    await story.until("2026-08-17 12:00", released=True)
    assert story.sent == ["2026-08-14 09:00 rykker-1"]


async def test_what_stands_and_does_not_change_goes_on_standing_with_its_release(story: Story) -> None:
    await story.stands_released()
    save(story, changed(ladder(story), phone_call={"offset_days": 60}), 2)
    await move(story, "dk-standard", 2)
    await story.until("2026-08-11 12:00")
    assert story.sent == ["2026-08-11 09:00 rykker-1"]
    assert story.told("withdrawn") == []


async def test_where_the_last_step_has_no_namesake_its_day_decides_and_moving_back_undoes_it(story: Story) -> None:
    await first_reminder_sent(story)
    standard = ladder(story)
    own = [
        standard.steps[1].model_copy(update={"name": name, "offset_days": day, "fee": False, "gap_days": 5})
        for name, day in (("word", 3), ("letter", 7), ("letter-2", 20), ("letter-3", 30))
    ]
    save(story, standard.model_copy(update={"name": "own", "steps": tuple(own)}))
    await move(story, "own")
    assert story.case.next_step == "letter-2", "rykker 1 was meant for day +7, so the letter of day +7 has gone"
    await move(story, "dk-standard")
    assert story.case.next_step == "rykker-2"
    await move(story, "own")
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[2:] == ["2026-08-25 09:00 letter-2"]
    await move(story, "dk-standard")
    # The letter of day +20 stands between rykker 1 and rykker 2 of day +21; ten days after the 25th is 4 September.
    assert story.case.next_step == "rykker-2"
    await story.until("2026-09-08 12:00", released=True)
    assert story.sent[3:] == ["2026-09-07 09:00 rykker-2"]


async def test_the_next_case_of_a_customer_goes_on_by_the_day_too_when_new_cases_climb_another_ladder(
    story: Story,
) -> None:
    await story.stands_released()
    await story.until("2026-08-11 12:00")
    story.book.register_payment(1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 09:00")
    assert await story.traveller.handle(story.case).result() == "paid"
    standard = ladder(story)
    own = [standard.steps[2].model_copy(update={"name": f"letter{day}", "offset_days": day}) for day in (5, 25)]
    save(story, standard.model_copy(update={"name": "own", "steps": tuple(own)}))
    story.switch(ladder="own")
    story.book.invoices[1001].remainder = story.book.invoices[1001].gross
    story.time_shift = shift_to(at("2026-08-27 12:00"))
    await story.mirror(at("2026-08-27 12:00"))
    assert [case.ladder_name for case in story.cases] == ["dk-standard", "own"]
    await story.traveller.live(story.case, at("2026-08-29 12:00"))
    assert story.proposed[-1] == "2026-08-28 08:00 letter25", "day +25; the letter of day +5 is no higher than rykker 1"


async def test_a_case_that_is_held_is_moved_and_goes_on_being_held(story: Story) -> None:
    await first_reminder_sent(story)
    await story.command("hold", Held(id="h-1", by=story.actor("rasmus"), reason="they promised to call"))
    await move(story, "dk-gentle")
    assert (story.case.state, story.case.ladder_name) == ("frozen", "dk-gentle")
    assert story.freezes == ["hold: they promised to call"]
    await story.command("resume", Resumed(id="e-1", by=story.actor("anna"), reason="they did not"))
    assert story.case.next_step == "rykker-2"


async def test_only_an_admin_moves_a_case_and_only_to_another_version(story: Story) -> None:
    await first_reminder_sent(story)
    with pytest.raises(AssertionError, match="only an admin moves a case to another ladder"):
        await move(story, "dk-gentle", by="rasmus")
    with pytest.raises(AssertionError, match="the case climbs dk-standard v1 already"):
        await move(story, "dk-standard")
    assert await move(story, "dk-gentle", news="m-1") == "moved to dk-gentle v1"
    with pytest.raises(AssertionError, match="the case climbs dk-gentle v1 already"):
        await move(story, "dk-gentle", news="m-2")
    assert len(story.told("ladder moved")) == 1


@pytest.mark.parametrize("kind", ["no such version", "of another country", "illegal"])
async def test_what_cannot_be_climbed_moves_nothing_though_nobody_asked_before(story: Story, kind: str) -> None:
    """The API refuses these first; a case that hears of them all the same keeps its ladder and goes on."""
    await first_reminder_sent(story)
    standard = ladder(story)
    if kind == "of another country":
        save(story, standard.model_copy(update={"name": "other", "country": "NO"}))
    if kind == "illegal":
        save(story, changed(standard, "other", inkassovarsel={"deadline_days": 3}))
    with pytest.raises(AssertionError, match="the case climbs dk-standard v1, not other v1; its trail says why"):
        await move(story, "other")
    [told] = story.told("ladder not moved")
    assert told.startswith("Not moved to ladder other v1: ")
    assert story.case.ladder_name == "dk-standard"
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[2:] == ["2026-08-25 09:00 rykker-2"]
