"""Moving to another ladder, by the rules alone: what counts as climbed, what no longer stands, what differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facts import CaseFacts, InvoiceFacts, SentStep
from models.ladder import Ladder
from rules.climbed import highest
from rules.due_steps import due_steps, next_step
from rules.moved_ladder import differences, out_of_turn, warnings
from rules.next_move import next_move
from tests.given import LADDER, STEPS, at, case, invoice, ladder, rung, some_ladder, standing

OLD = ladder(rung("word", -4, wording="nudge"), rung("first", 7), rung("second", 21, 10))
"""A ladder with names of its own."""


def climbed(*steps: str, on: Ladder = OLD) -> InvoiceFacts:
    """Invoice 1001 after some steps of a ladder, each sent on the day after the one it was meant for."""
    days = {"word": "2026-07-31", "first": "2026-08-11", "second": "2026-08-25"}
    sent = tuple(SentStep(step=step, at=at(f"{days[step]} 09:00"), planned_day=on.planned.get(step)) for step in steps)
    return invoice().model_copy(update={"sent": sent})


def facts(which: InvoiceFacts, on: Ladder = LADDER) -> CaseFacts:
    return case(which, ladder=on)


# --- what counts as climbed ---


@pytest.mark.parametrize(
    ("sent", "then"),
    [
        ([], "nudge"),
        (["word"], "rykker-1"),
        (["word", "first"], "rykker-2"),
        (["word", "first", "second"], "notice"),
        (["second"], "notice"),
    ],
)
def test_where_names_are_strange_the_planned_day_of_the_last_step_decides(sent: list[str], then: str) -> None:
    which = climbed(*sent)
    step = next_step(facts(which), which, at("2026-07-29 12:00"))
    assert step is not None
    assert step.name == then


def test_a_name_that_both_ladders_know_decides_before_any_day() -> None:
    later = ladder(rung("word", -4), rung("first", 30), rung("second", 44, 10))
    which = climbed("word", "first")
    assert later.steps[highest(later, which)].name == "first"
    # Only the last step that was climbed is asked: an older one with a strange name skips nothing.
    earlier = ladder(rung("second", 3), rung("other", 6), rung("third", 40))
    assert earlier.steps[highest(earlier, climbed("first", "second"))].name == "second"


def test_a_step_that_is_switched_off_counts_for_no_day_and_one_without_an_offset_for_that_it_comes_to() -> None:
    new = ladder(rung("a", 3), rung("b", 5, enabled=False), rung("c", None, 4), rung("d", None, 20))
    assert new.planned == {"a": 3, "c": 7, "d": 27}
    assert new.steps[highest(new, climbed("first"))].name == "c"


def test_nothing_that_is_strange_and_has_no_day_moves_anything() -> None:
    apology = invoice().model_copy(update={"sent": (SentStep(step="apology", at=None),)})
    assert highest(LADDER, apology) == -1


def test_the_gap_holds_across_ladders() -> None:
    which = climbed("word", "first")
    quick = ladder(rung("a", 6), rung("b", 8, 10))
    move = next_move(facts(which, quick), at("2026-08-12 12:00"))
    assert (move.step, move.at) == ("b", at("2026-08-21 08:00"))
    assert move.why == "gap: first of invoice 1001 was sent 2026-08-11, 10 days must pass before the the b"


@given(before=some_ladder(), after=some_ladder(), data=st.data())
def test_whatever_the_two_ladders_nothing_that_was_climbed_comes_again(
    before: Ladder, after: Ladder, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(before.climbed)))
    sent = tuple(
        SentStep(step=step.name, at=at("2026-08-11 09:00"), planned_day=before.planned[step.name])
        for step in before.climbed[:count]
    )
    which = invoice().model_copy(update={"sent": sent})
    step = next_step(facts(which, after), which, at("2026-08-12 12:00"))
    last = before.climbed[count - 1]
    if step is None:
        return
    assert step.name not in {one.step for one in sent}
    if last.name not in {one.name for one in after.steps}:
        assert after.planned[step.name] > before.planned[last.name]
    for due in due_steps(facts(which, after), at("2026-08-12 12:00")):
        assert due.at.date() >= at("2026-08-11 09:00").date()


# --- what no longer stands ---


def test_a_proposal_stands_as_long_as_its_step_is_the_next_one_and_is_due() -> None:
    nudged = invoice("1001", "2026-08-03", "nudge 2026-07-31 09:00")
    assert out_of_turn(case(nudged), standing()) == ""
    later = ladder(STEPS[0], rung("rykker-1", 14))
    assert "means it for 2026-08-17" in out_of_turn(facts(nudged, later), standing())
    patient = ladder(STEPS[0], rung("rykker-1", 7, 20))
    assert "20 days must pass" in out_of_turn(facts(nudged, patient), standing())
    turned = ladder(rung("rykker-1", -7), STEPS[0])
    assert out_of_turn(facts(nudged, turned), standing()) == (
        "invoice 1001 stands above the the rykker-1 on the ladder test"
    )


# --- in words ---


def test_what_differs_is_said_step_by_step() -> None:
    new = ladder(
        STEPS[0],
        rung("word", 3),
        rung("rykker-1", 9, fee=True, deadline_days=10),
        rung("rykker-2", 21, 12, wording="reminder-2", channels=("email",), enabled=False),
        STEPS[4],
    )
    said = {difference.step: difference.differs for difference in differences(LADDER, new)}
    assert said == {
        "word": ["is new: day +3"],
        "rykker-1": [
            "day +7 before, day +9 after",
            "fee: no before, yes after",
            "deadline: none before, 10 after",
        ],
        "rykker-2": [
            "day +21 before, switched off after",
            "gap: 10 before, 12 after",
            "channels: email and sms before, email after",
            "switched on: yes before, no after",
        ],
        "notice": ["is not on test (day +35)"],
    }
    assert differences(LADDER, LADDER) == []


def test_a_person_is_warned_of_what_stays_climbed_what_counts_and_what_will_be_read_twice() -> None:
    which = climbed("word", "first")
    told = list(warnings(facts(which, OLD), LADDER))
    assert told == [
        "dk-standard has no first, on which invoice 1001 stands; "
        "by its day (+7) these count as climbed: nudge, rykker-1.",
    ]
    same = ladder(rung("word", -4, wording="nudge"), rung("first", 7, fee=True), rung("again", 30))
    assert list(warnings(facts(which, OLD), same)) == [
        "first went out for invoice 1001 on 2026-08-11 and stays climbed; "
        "what test says of it changes nothing any more.",
        "again says the words reminder-1 to invoice 1001, as first has done already.",
    ]
    short = ladder(rung("word", -4, wording="nudge"), rung("first", 7))
    assert list(warnings(facts(which, OLD), short)) == [
        "Nothing is left to climb for invoice 1001 on test; a person decides.",
    ]
    assert list(warnings(facts(invoice(), OLD), LADDER)) == []
