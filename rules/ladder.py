"""Which ladders can be climbed at all; a ladder that fails here is never saved, whatever the law says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from models.ladder import Ladder, Step
from models.letters import Channel
from rules.instalment_reminder import WORDING, is_reminder

LONGEST_GAP = 365
"""Days; beyond it a ladder waits longer than any claim, and at some number no calendar can count it."""


def problems(ladder: Ladder, wordings: Sequence[str]) -> list[str]:
    """Everything that is wrong with a ladder, a sentence each; empty when it is sound.

    `wordings` are the names of the wordings that exist. What the law says of it is asked in rules/lawful_ladder.py.
    """
    steps = (problem for step in ladder.steps for problem in (*_when(step), *_how(step), *_words(step, wordings)))
    return [*_names(ladder), *_order(ladder), *_without_offset(ladder), *steps]


def _names(ladder: Ladder) -> Iterator[str]:
    names = [step.name for step in ladder.steps]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"Step {name} stands {names.count(name)} times in the ladder; give every step a name of its own."
    for name in filter(is_reminder, names):
        yield f"Step {name} bears a name that is kept for reminders of instalments; give it another."
    if not ladder.climbed:
        yield "Every step is switched off; switch on at least one, or switch the module off."


def _order(ladder: Ladder) -> Iterator[str]:
    for (before, early), (after, late) in pairwise(zip(ladder.climbed, ladder.days, strict=True)):
        if late <= early:
            yield (
                f"Step {after.name} (day {late:+d}) stands behind {before.name} "
                f"(day {early:+d}) but comes due no later; the steps must be in order of their days."
            )
        if before.is_task and not after.is_task:
            yield f"Step {before.name} is a task for a person; tasks stand last, {after.name} stands behind it."


def _without_offset(ladder: Ladder) -> Iterator[str]:
    """A step may count from the one before it alone, where there is one and nothing hangs on the due date."""
    for n, (step, day) in enumerate(zip(ladder.climbed, ladder.days, strict=True)):
        if step.offset_days is not None:
            continue
        if n == 0:
            yield f"Step {step.name} is the first and has none before it to count from; give it offset_days."
        elif step.gap_days == 0:
            yield f"Step {step.name} has neither offset_days nor gap_days; give it one, so that it comes due."
        elif step.gap_days > 0 and day < 0:
            yield f"Step {step.name} is meant for day {day:+d}, before the due date; give it offset_days."


def _when(step: Step) -> Iterator[str]:
    if step.gap_days < 0:
        yield f"Step {step.name} has a gap of {step.gap_days} days; a gap is 0 or more."
    if step.gap_days > LONGEST_GAP:
        yield f"Step {step.name} has a gap of {step.gap_days} days; a gap is at most {LONGEST_GAP}."
    if step.closed_days == "previous" and not step.before_due:
        yield f"Step {step.name} does not lie before the due date and cannot be moved ahead; set closed_days to next."
    if not step.before_due or step.offset_days is None:
        return
    if step.deadline_days is not None:
        yield f"Step {step.name} lies before the due date and cannot set a later deadline; remove deadline_days."
    if step.hold_hours is not None and step.hold_hours > -step.offset_days * 24:
        yield (
            f"Step {step.name} is held for {step.hold_hours} hours and would always leave after the due date; "
            f"at most {-step.offset_days * 24} hours fit."
        )


def _how(step: Step) -> Iterator[str]:
    if not step.channels:
        yield f"Step {step.name} has no channel; choose email, sms or phone."
    if len(set(step.channels)) < len(step.channels):
        yield f"Step {step.name} names a channel twice; name each once."
    if Channel.phone in step.channels and len(set(step.channels)) > 1:
        yield f"Step {step.name} mixes phone with another channel; a call is a step of its own."
    elif Channel.phone in step.channels and not step.is_task:
        yield f"Step {step.name} is a {step.kind} by phone; a call is a task, so set its kind to task."
    elif step.channels and step.is_task and Channel.phone not in step.channels:
        yield f"Step {step.name} is a task, of which nothing is sent; its only channel is phone."
    if strangers := sorted(set(step.sufficient) - set(step.channels)):
        yield f"Step {step.name} counts as sent by {' or '.join(strangers)} but does not go out there; add the channel."


def _words(step: Step, wordings: Sequence[str]) -> Iterator[str]:
    if not step.is_task:
        if step.wording not in wordings:
            known = ", ".join(sorted(set(wordings) - {WORDING}))
            yield f"Step {step.name} names the wording {step.wording!r}, which does not exist; there are: {known}."
        if step.wording == WORDING:
            yield f"Step {step.name} names the wording {WORDING!r}, which is kept for payment plans; choose another."
        if step.script:
            yield f"Step {step.name} has a script, but only a task is spoken; remove script or make it a task."
        return
    for field in ("deadline_days", "hold_hours"):
        if getattr(step, field) is not None:
            yield f"Step {step.name} is a task, of which nothing is sent; remove {field}."
