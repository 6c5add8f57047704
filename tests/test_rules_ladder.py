"""Which ladders can be climbed; every fault of one has its sentence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from pydantic import ValidationError

from activities.wording import BUILT_IN
from commands.seed import preset_ladders
from models.ladder import Ladder, Step
from models.letters import Channel
from rules.ladder import problems
from tests.given import LADDER, ladder, rung, some_ladder

WORDINGS = sorted({path.name.split(".")[0] for path in BUILT_IN.glob("??/[a-z]*.subject.txt.j2")})
CALL = rung("call", 46, 11, channels=(Channel.phone,), wording="")


@pytest.mark.parametrize("preset", preset_ladders(), ids=lambda preset: preset.name)
def test_every_ladder_that_comes_with_rykker_is_sound(preset: Ladder) -> None:
    assert problems(preset, WORDINGS) == []


def test_the_ladder_of_the_stories_is_sound() -> None:
    assert problems(LADDER, WORDINGS) == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        (
            [rung("a", 7), rung("b", 14), rung("a", 21)],
            "Step a stands 2 times in the ladder; give every step a name of its own.",
        ),
        (
            [rung("a", 7, enabled=False), rung("b", 14, enabled=False)],
            "Every step is switched off; switch on at least one, or switch the module off.",
        ),
        (
            [rung("a", 7), rung("b", 7)],
            "Step b (day +7) stands behind a (day +7) but comes due no later; "
            "the steps must be in order of their days.",
        ),
        (
            [rung("late", 7), rung("nudge", -4)],
            "Step nudge (day -4) stands behind late (day +7) but comes due no later; "
            "the steps must be in order of their days.",
        ),
        (
            [rung("a", 7), CALL, rung("b", 60)],
            "Step call is a task for a person; tasks stand last, b stands behind it.",
        ),
        ([rung("a", 7, -1)], "Step a has a gap of -1 days; a gap is 0 or more."),
        ([rung("a", 7, channels=())], "Step a has no channel; choose email, sms or phone."),
        (
            [rung("a", 7, channels=(Channel.email, Channel.phone))],
            "Step a mixes phone with another channel; a call is a step of its own.",
        ),
        (
            [rung("a", 7, wording="angry")],
            "Step a names the wording 'angry', which does not exist; "
            "there are: collection-notice, due-date, nudge, overdue, reminder-1, reminder-2.",
        ),
        (
            [rung("nudge", -4, deadline_days=10)],
            "Step nudge lies before the due date and cannot set a later deadline; remove deadline_days.",
        ),
        (
            [rung("a", 7, channels=(Channel.email, Channel.email))],
            "Step a names a channel twice; name each once.",
        ),
        (
            [rung("a", 7, kind="reminder", channels=(Channel.phone,))],
            "Step a is a reminder by phone; a call is a task, so set its kind to task.",
        ),
        (
            [rung("a", 7, kind="task")],
            "Step a is a task, of which nothing is sent; its only channel is phone.",
        ),
        (
            [rung("a", 7, channels=(Channel.email,), sufficient=(Channel.sms,))],
            "Step a counts as sent by sms but does not go out there; add the channel.",
        ),
        (
            [rung("a", None, 10)],
            "Step a is the first and has none before it to count from; give it offset_days.",
        ),
        (
            [rung("off", 7, enabled=False), rung("a", None, 10)],
            "Step a is the first and has none before it to count from; give it offset_days.",
        ),
        (
            [rung("nudge", -9), rung("a", None, 5)],
            "Step a is meant for day -4, before the due date; give it offset_days.",
        ),
        (
            [rung("a", 0, closed_days="previous")],
            "Step a does not lie before the due date and cannot be moved ahead; set closed_days to next.",
        ),
        (
            [rung("nudge", -4, hold_hours=97)],
            "Step nudge is held for 97 hours and would always leave after the due date; at most 96 hours fit.",
        ),
        (
            [rung("a", 7, script="Ring at noon.")],
            "Step a has a script, but only a task is spoken; remove script or make it a task.",
        ),
        (
            [rung("call", 46, kind="task", channels=(Channel.phone,), deadline_days=10)],
            "Step call is a task, of which nothing is sent; remove deadline_days.",
        ),
        (
            [rung("call", 46, kind="task", channels=(Channel.phone,), hold_hours=24)],
            "Step call is a task, of which nothing is sent; remove hold_hours.",
        ),
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused_with_a_sentence(steps: list[Step], sentence: str) -> None:
    assert problems(ladder(*steps), WORDINGS) == [sentence]


def test_a_step_without_a_day_and_without_a_gap_would_never_come_due() -> None:
    assert problems(ladder(rung("a", 7), rung("b", None)), WORDINGS) == [
        "Step b (day +7) stands behind a (day +7) but comes due no later; the steps must be in order of their days.",
        "Step b has neither offset_days nor gap_days; give it one, so that it comes due.",
    ]


def test_a_step_may_count_from_the_one_before_it_alone() -> None:
    climbed = ladder(rung("nudge", -4), rung("a", 7), rung("b", None, 14), rung("c", None, 14))
    assert problems(climbed, WORDINGS) == []
    assert climbed.planned == {"nudge": -4, "a": 7, "b": 21, "c": 35}


def test_a_word_on_the_due_date_is_proposed_the_day_before_and_moves_ahead_of_a_weekend() -> None:
    step = rung("due-date", -1, kind="nudge", wording="due-date", closed_days="previous", hold_hours=24)
    assert problems(ladder(step), WORDINGS) == []


def test_several_tasks_may_stand_at_the_end() -> None:
    assert problems(ladder(rung("a", 7), CALL, rung("again", 60, channels=(Channel.phone,))), WORDINGS) == []


def test_a_step_that_is_switched_off_does_not_stand_in_the_way_of_the_order() -> None:
    assert problems(ladder(rung("a", 7), rung("off", 3, enabled=False), CALL), WORDINGS) == []


def test_all_faults_of_a_ladder_are_told_at_once() -> None:
    bad = ladder(rung("a", 7, -1, wording="angry"), rung("a", 3, channels=()))
    assert len(problems(bad, WORDINGS)) == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Rykker 1"},
        {"name": ""},
        {"title": ""},
        {"offset_days": 731},
        {"offset_days": -366},
        {"deadline_days": 0},
        {"colour": "red"},
    ],
)
def test_a_step_that_is_malformed_is_not_even_a_step(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Step.model_validate({**rung("a", 7).model_dump(), **fields})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"offset_days": -4}, "nudge"),
        ({"offset_days": 7}, "reminder"),
        ({"offset_days": 35, "wording": "collection-notice"}, "formal_notice"),
        ({"offset_days": 46, "channels": ["phone"]}, "task"),
    ],
)
def test_a_step_that_was_saved_before_steps_had_a_kind_is_known_by_its_other_words(
    fields: dict[str, object], kind: str
) -> None:
    old = {"name": "a", "title": "a", "channels": ["email"], "wording": "nudge", **fields}
    assert Step.model_validate(old).kind == kind


@pytest.mark.parametrize("fields", [{"offset_days": "soon"}, {"channels": 5}, {"channels": None}])
def test_a_step_without_a_kind_that_is_malformed_is_refused_like_any_other(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Step.model_validate({"name": "a", "title": "a", "channels": ["email"], **fields})


def test_a_ladder_has_at_least_one_step() -> None:
    with pytest.raises(ValidationError):
        ladder()


def test_a_step_that_the_ladder_does_not_have_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match=re.escape("ladder dk-standard has no step rykker-9")):
        LADDER.step("rykker-9")


@given(climbed=some_ladder())
def test_whatever_is_sound_is_in_order_and_ends_with_the_call(climbed: Ladder) -> None:
    assert problems(climbed, WORDINGS) == []
    assert list(climbed.days) == sorted(set(climbed.days))
    assert not any(step.is_task for step in climbed.climbed[:-1])
