"""Business time inside an activity: as handed in, plus what passed before this attempt."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity


def moved_on(as_of: datetime) -> datetime:
    """`as_of` moved by the time, on the engine's own clock, between the asking and this attempt.

    A first attempt gets `as_of` itself. A retry after an outage must not believe that it is still the hour at which it
    was asked: hold windows would be too short.
    """
    if not activity.in_activity():
        return as_of
    info = activity.info()
    return as_of + (info.current_attempt_scheduled_time - info.scheduled_time)
