"""What can come of a task, and who may say so: sentences for the person who reports. Empty means that it may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from models.news import Role

RESULTS: Mapping[str, tuple[str, ...]] = {
    "call": ("reached", "promise", "question", "no_answer"),
    "decision": ("continue", "call", "stop", "hand_over"),
    "charges": ("waive", "keep"),
    "overpaid": ("settled",),
    "apology": ("sent", "not_sent"),
    "question": ("answered", "not_needed"),
}
"""Per kind of task, how it can end."""
LEFT_BEHIND = ("charges", "overpaid", "apology", "question")
"""Kinds that still matter when their case is closed."""
ADMINS = {
    "stop": "gives a claim up",
    "hand_over": "hands a claim over",
    "waive": "waives what is still open",
    "keep": "decides on what is still open",
}
"""Results that decide over money or over the end of a case."""
LONGEST_PROMISE = timedelta(days=60)
"""What takes longer is a payment plan."""


def unknown_result(kind: str, result: str) -> str:
    """A task ends only in one of the ways that its kind knows."""
    if result in RESULTS.get(kind, ()):
        return ""
    return f"a task of kind {kind} ends with {' or '.join(RESULTS.get(kind, ('nothing',)))}, not with {result}"


def unfitting_day(result: str, day: date | None) -> str:
    """A promise names its day, and nothing else has one."""
    if result == "promise" and day is None:
        return "a promise needs the day by which the customer will pay"
    if result != "promise" and day is not None:
        return f"only a promise has a day; leave it out with {result}"
    return ""


def not_theirs(result: str, role: Role) -> str:
    """What decides over money or over the end of a case is an admin's to say."""
    if role is Role.admin or result not in ADMINS:
        return ""
    return f"only an admin {ADMINS[result]}; reps report on calls and put decisions off"


def promise_out_of_bounds(day: date, today: date) -> str:
    """A promise is a day that is still to come and not too far off."""
    if day < today:
        return f"a promise is for today or later; {day} is over"
    if day > today + LONGEST_PROMISE:
        return f"a promise is for the next {LONGEST_PROMISE.days} days; for {day} agree on a payment plan"
    return ""
