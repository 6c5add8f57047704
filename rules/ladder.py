"""Which ladders can be climbed at all; a ladder that fails here is never saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.ladder import Ladder, Step

LONGEST_GAP = 365
"""Days; beyond it a ladder waits longer than any claim, and at some number no calendar can count it."""


def problems(ladder: Ladder, wordings: Sequence[str]) -> list[str]:
    """Everything that is wrong with a ladder, a sentence each; empty when it is sound.

    `wordings` are the names of the wordings that exist.
    """
    return [*_names(ladder), *_order(ladder), *(p for step in ladder.steps for p in _step(step, wordings))]


def _names(ladder: Ladder) -> Iterator[str]:
    names = [step.name for step in ladder.steps]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"Step {name} stands {names.count(name)} times in the ladder; give every step a name of its own."
    if not ladder.climbed:
        yield "Every step is switched off; switch on at least one, or switch the module off."


def _order(ladder: Ladder) -> Iterator[str]:
    for before, after in zip(ladder.climbed, ladder.climbed[1:], strict=False):
        if after.offset_days <= before.offset_days:
            yield (
                f"Step {after.name} (day {after.offset_days:+d}) stands behind {before.name} "
                f"(day {before.offset_days:+d}) but comes due no later; the steps must be in order of their days."
            )
        if before.is_task:
            yield f"Step {before.name} is a telephone call; it can only stand last, {after.name} stands behind it."


def _step(step: Step, wordings: Sequence[str]) -> Iterator[str]:
    if step.gap_days < 0:
        yield f"Step {step.name} has a gap of {step.gap_days} days; a gap is 0 or more."
    if step.gap_days > LONGEST_GAP:
        yield f"Step {step.name} has a gap of {step.gap_days} days; a gap is at most {LONGEST_GAP}."
    if not step.channels:
        yield f"Step {step.name} has no channel; choose email, sms or phone."
    if step.is_task and len(step.channels) > 1:
        yield f"Step {step.name} mixes phone with another channel; a call is a step of its own."
    if not step.is_task and step.wording not in wordings:
        known = ", ".join(sorted(wordings))
        yield f"Step {step.name} names the wording {step.wording!r}, which does not exist; there are: {known}."
    if step.before_due and step.deadline_days is not None:
        yield f"Step {step.name} lies before the due date and cannot set a later deadline; remove deadline_days."
