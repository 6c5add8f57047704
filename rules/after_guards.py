"""What follows from the verdicts of the guards when they did not all clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.creditor import CreditorSettings
from models.facts import Answer, Verdict
from rules.calendar import after, sending_time

UNREAD_BOOKS = (timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1))
"""How long to wait after each failed read of the books; the last one repeats. Our choice."""


@dataclass(frozen=True)
class Consequence:
    """What to do with a proposal that was not cleared."""

    void: bool
    """The proposal is withdrawn, and what is due is proposed afresh."""
    again_at: datetime | None
    """When the guards run again; None waits for a release."""
    why: str


def consequence(verdicts: Sequence[Verdict], rounds_held: int, as_of: datetime, s: CreditorSettings) -> Consequence:
    """Derive it from verdicts of which at least one is not cleared. `rounds_held` counts earlier fruitless rounds."""
    held = [v for v in verdicts if v.answer is Answer.held]
    why = "; ".join(f"{v.guard}: {v.why}" for v in held)
    names = {v.guard for v in held}
    if not held:
        waits = [v for v in verdicts if v.answer is Answer.wait]
        until = max(v.until for v in waits if v.until is not None)
        return Consequence(False, sending_time(until, s), "; ".join(v.why for v in waits))
    if "figures_unchanged" in names and not names & {"unpaid", "balance_positive", "fresh"}:
        return Consequence(True, None, why)
    if names == {"released"}:
        return Consequence(False, None, why)
    if names <= {"fresh", "released", "noticed"}:
        pause = UNREAD_BOOKS[min(rounds_held, len(UNREAD_BOOKS) - 1)]
        return Consequence(False, sending_time(after(as_of, pause), s), why)
    return Consequence(False, sending_time(after(as_of, timedelta(hours=12)), s), why)
