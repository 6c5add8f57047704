"""What moving a case to another ladder changes: for a proposal that stands, for the steps, and for the climb so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from models.facts import CaseFacts, InvoiceFacts, Standing
from models.ladder import Ladder, Step
from rules.calendar import local_day
from rules.climbed import highest, last_climbed
from rules.due_steps import by_ladder

WORDS = {
    "gap_days": "gap",
    "deadline_days": "deadline",
    "hold_hours": "hold window in hours",
    "enabled": "switched on",
    "closed_days": "on a day without office hours",
    "sufficient": "channels of which one is enough",
}
"""Fields of a step whose name says too little; the others are called as they are."""


class StepDifference(BaseModel):
    """A step that is not the same on two ladders."""

    step: str
    differs: list[str]
    """`day: +21 before, +17 after`; or that one of the ladders does not have it."""


def out_of_turn(facts: CaseFacts, standing: Standing) -> str:
    """Why the ladder that the case climbs now does not mean a standing proposal, or not yet; empty when it does.

    Nothing but a move to another ladder brings this about: what is proposed was due when it was.
    """
    step = facts.ladder.step(standing.step)
    for invoice in facts.invoices:
        if invoice.number not in standing.invoices or invoice.due_date is None:
            continue
        if facts.ladder.steps.index(step) <= highest(facts.ladder, invoice):
            return f"invoice {invoice.number} stands above the {step.title} on the ladder {facts.ladder.name}"
        day, why = max(by_ladder(facts, invoice, step))
        if day > local_day(standing.proposed_at, facts.settings):
            return f"the ladder {facts.ladder.name} means it for {day} ({why})"
    return ""


def differences(before: Ladder, after: Ladder) -> list[StepDifference]:
    """Every step that is not the same on both ladders, in the order of the new one; steps it has not come last."""
    old = {step.name: step for step in before.steps}
    new = {step.name: step for step in after.steps}
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in new:
            told = [f"is not on {after.name} (day {before.planned[name]:+d})"] if name in before.planned else []
        elif name not in old:
            told = [f"is new: {_day(after, name)}"]
        else:
            told = list(_differing(before, after, old[name], new[name]))
        if told:
            found.append(StepDifference(step=name, differs=told))
    return found


def warnings(facts: CaseFacts, after: Ladder) -> Iterator[str]:
    """What a person should think of before the case goes on on another ladder."""
    changed = {difference.step for difference in differences(facts.ladder, after)}
    for invoice in facts.invoices:
        if invoice.balance.minor <= 0 or not invoice.sent:
            continue
        yield from _stays_climbed(facts, invoice, after, changed)
        yield from _counted(facts, invoice, after)
        yield from _same_words(facts, invoice, after)
        if not any(step.enabled for step in after.steps[highest(after, invoice) + 1 :]):
            yield f"Nothing is left to climb for invoice {invoice.number} on {after.name}; a person decides."


def _stays_climbed(facts: CaseFacts, invoice: InvoiceFacts, after: Ladder, changed: set[str]) -> Iterator[str]:
    names = {step.name for step in after.steps}
    for sent in invoice.sent:
        if sent.at is not None and sent.step in names & changed:
            day = local_day(sent.at, facts.settings)
            yield (
                f"{sent.step} went out for invoice {invoice.number} on {day} and stays climbed; "
                f"what {after.name} says of it changes nothing any more."
            )


def _counted(facts: CaseFacts, invoice: InvoiceFacts, after: Ladder) -> Iterator[str]:
    """The last step climbed is not on the new ladder, so that its day decides."""
    last = last_climbed(after, invoice)
    if last is None or any(step.name == last.step for step in after.steps):
        return
    done = {sent.step for sent in invoice.sent}
    counted = [step.name for step in after.steps[: highest(after, invoice) + 1] if step.name not in done]
    yield (
        f"{after.name} has no {last.step}, on which invoice {invoice.number} stands; "
        f"by its day ({last.planned_day:+d}) these count as climbed: {', '.join(counted) or 'none'}."
    )


def _same_words(facts: CaseFacts, invoice: InvoiceFacts, after: Ladder) -> Iterator[str]:
    """A step that lies ahead says what the customer has read already."""
    read = {s.wording: s.name for s in facts.ladder.steps if s.wording and s.name in _sent_names(invoice)}
    for step in after.steps[highest(after, invoice) + 1 :]:
        if step.enabled and step.wording in read:
            yield (
                f"{step.name} says the words {step.wording} to invoice {invoice.number}, "
                f"as {read[step.wording]} has done already."
            )


def _sent_names(invoice: InvoiceFacts) -> set[str]:
    return {sent.step for sent in invoice.sent if sent.at is not None}


def _differing(before: Ladder, after: Ladder, old: Step, new: Step) -> Iterator[str]:
    was, becomes = _day(before, old.name), _day(after, new.name)
    if was != becomes:
        yield f"{was} before, {becomes} after"
    for field in Step.model_fields:
        one, other = getattr(old, field), getattr(new, field)
        if field not in ("name", "offset_days") and one != other:
            yield f"{WORDS.get(field, field)}: {_said(one)} before, {_said(other)} after"


def _day(ladder: Ladder, name: str) -> str:
    return f"day {ladder.planned[name]:+d}" if name in ladder.planned else "switched off"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " and ".join(value) or "all of them"
    return "none" if value in (None, "") else str(value)
