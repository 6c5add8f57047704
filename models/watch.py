"""What the company watch is asked and what it answers. Ids, numbers and counts only."""

from __future__ import annotations

from datetime import timedelta

from models.news import Payload


class WatchInput(Payload):
    """One round of asking the registers about a creditor's business customers with an open case."""

    creditor: str
    time_shift: timedelta = timedelta()
    """Added to the engine's clock to get business time; where it is set, answers are never taken from memory."""
    customers: tuple[str, ...] = ()
    """Only these, asked at a person's wish; empty: all of them."""
    unasked: bool = False
    """Ask only about companies that nobody has asked about for a day: those of cases that are new."""


class WatchRound(Payload):
    """What one round of the watch came to."""

    watched: int = 0
    """Open cases of business customers."""
    asked: int = 0
    """Companies that the registers were asked about."""
    answered: int = 0
    told: int = 0
    """Cases that heard something new."""
