"""What the sweep is asked and what it answers. Ids and counts only."""

from __future__ import annotations

from datetime import timedelta

from models.news import Payload


class SweepInput(Payload):
    """One round of looking for what was forgotten at a creditor."""

    creditor: str
    time_shift: timedelta = timedelta()
    """Added to the engine's clock to get business time; zero in production."""


class SweepRound(Payload):
    """What one round came to."""

    found: int = 0
    repaired: int = 0
    not_repaired: int = 0
    """Repairs that failed; they are tried again at the next round."""
    raised: int = 0
    """Alarms that began."""
    over: int = 0
    """Alarms that ended."""
    told: int = 0
    """Alarms that the admins were mailed of."""
