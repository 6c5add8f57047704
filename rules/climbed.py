"""How high an invoice stands on a ladder, also when it began its climb on another one."""

from __future__ import annotations

from models.facts import InvoiceFacts, SentStep
from models.ladder import Ladder

FAR_OFF = 10_000
"""Days; a step that is switched off is meant for no day at all."""


def highest(ladder: Ladder, invoice: InvoiceFacts) -> int:
    """The place of the highest step that counts as climbed; -1 where none does.

    Steps are known by name. Where the last one climbed has no namesake here, because it was climbed on another ladder,
    everything that this ladder means for no later a day counts as climbed: nobody is reminded of the same twice.
    """
    done = {sent.step for sent in invoice.sent}
    reached = _elsewhere(ladder, invoice)
    days = ladder.planned
    return max(
        (
            n
            for n, step in enumerate(ladder.steps)
            if step.name in done or (reached is not None and days.get(step.name, FAR_OFF) <= reached)
        ),
        default=-1,
    )


def last_climbed(ladder: Ladder, invoice: InvoiceFacts) -> SentStep | None:
    """The step that was meant for the latest day, on whichever ladder it was climbed; None where no day is known."""
    names = {step.name for step in ladder.steps}
    known = [sent for sent in invoice.sent if sent.planned_day is not None]
    return max(known, key=lambda sent: (sent.planned_day or 0, sent.step in names), default=None)


def _elsewhere(ladder: Ladder, invoice: InvoiceFacts) -> int | None:
    """The day for which the last step climbed was meant, where this ladder has no step of that name."""
    last = last_climbed(ladder, invoice)
    if last is None or any(step.name == last.step for step in ladder.steps):
        return None
    return last.planned_day
