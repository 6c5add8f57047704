"""When a step comes due for an invoice: the ladder's own day, the law's gaps, and the rest between messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Step
from rules.calendar import (
    after,
    at_local,
    business_day_from,
    business_day_until,
    local_day,
    proposing_time,
    sending_time,
)
from rules.climbed import highest
from rules.lawful import earliest


@dataclass(frozen=True)
class Due:
    """When a step of one invoice comes due, and what decides that."""

    invoice: InvoiceFacts
    step: Step
    at: datetime
    why: str


def due_steps(facts: CaseFacts, as_of: datetime) -> list[Due]:
    """For every invoice that may be reminded, its next step and when that comes due."""
    dues = []
    for invoice in facts.invoices:
        if invoice.balance.minor <= 0 or invoice.not_reminded or invoice.due_date is None:
            continue
        step = next_step(facts, invoice, as_of)
        if step is not None:
            dues.append(_due(facts, invoice, step, as_of))
    return dues


def invoices_due(facts: CaseFacts, step: str, as_of: datetime) -> list[InvoiceFacts]:
    """The invoices that stand at a step and for which it is due now."""
    return [due.invoice for due in due_steps(facts, as_of) if due.step.name == step and due.at <= as_of]


def next_step(facts: CaseFacts, invoice: InvoiceFacts, as_of: datetime) -> Step | None:
    """The rung above the last one this invoice stood on; None at the end of the ladder."""
    for step in facts.ladder.steps[highest(facts.ladder, invoice) + 1 :]:
        if step.enabled and not too_late(facts, invoice, step, as_of):
            return step
    return None


def too_late(facts: CaseFacts, invoice: InvoiceFacts, step: Step, as_of: datetime) -> str:
    """Why a step is left out because it could not leave in time; empty when it can."""
    if not step.before_due or invoice.due_date is None:
        return ""
    hold = timedelta(hours=hold_hours(facts, step))
    leaves = sending_time(after(_due(facts, invoice, step, as_of).at, hold), facts.settings)
    return passed_over(facts, invoice, step, leaves)


def passed_over(facts: CaseFacts, invoice: InvoiceFacts, step: Step, as_of: datetime) -> str:
    """Why a step must not leave at `as_of`; empty when it may.

    Only a step from before the due date is ever left out: once the day is over, what it says is no longer true.
    """
    if not step.before_due or invoice.due_date is None:
        return ""
    day = local_day(as_of, facts.settings)
    if day <= invoice.due_date:
        return ""
    return f"a {step.title} of invoice {invoice.number} on {day} would come too late, it is due {invoice.due_date}"


def hold_hours(facts: CaseFacts, step: Step) -> int:
    """The length of a step's hold window: its own, else the creditor's."""
    return step.hold_hours or facts.settings.hold_hours


def _due(facts: CaseFacts, invoice: InvoiceFacts, step: Step, as_of: datetime) -> Due:
    """due(step) = max(due date + offset, last effective send + gap, last message + message gap), on a business day."""
    assert invoice.due_date is not None
    candidates = by_ladder(facts, invoice, step)
    if (legal := earliest(facts, invoice, step, candidates[0][0])) is not None:
        candidates.append((legal.day, f"gap: {legal.rule} before the {step.title} ({legal.source})"))
    if facts.last_message_at is not None:
        day = local_day(facts.last_message_at, facts.settings)
        gap = facts.settings.message_gap_days
        clear = day + timedelta(days=gap)
        first = clear if step.is_task else proposed_for(clear, facts, step)
        candidates.append((first, f"spacing: a message went to this customer on {day}, {gap} days must pass"))
    if facts.resolved_at is not None and facts.settings.grace_days:
        resolved, days = local_day(facts.resolved_at, facts.settings), facts.settings.grace_days
        candidates.append(
            (resolved + timedelta(days=days), f"grace: a question was resolved on {resolved}, {days} days")
        )
    day, why = max(candidates, key=lambda candidate: candidate[0])
    if step.is_task:
        return Due(invoice, step, max(at_local(day, facts.settings.propose_from, facts.settings), as_of), why)
    return Due(invoice, step, proposing_time(day, as_of, facts.settings), why)


def proposed_for(day: date, facts: CaseFacts, step: Step) -> date:
    """The first day on which a step may be proposed so that its hold window is over on a day, or later."""
    hold = timedelta(hours=hold_hours(facts, step))
    proposed = day - hold - timedelta(days=7)
    while True:
        s = facts.settings
        morning = at_local(business_day_from(proposed, s.country), s.propose_from, s)
        if local_day(sending_time(after(morning, hold), s), s) >= day:
            return proposed
        proposed += timedelta(days=1)


def by_ladder(facts: CaseFacts, invoice: InvoiceFacts, step: Step) -> list[tuple[date, str]]:
    """What the ladder itself says: the day it means a step for, and the gap since the last send that really happened.

    The gap is counted from that send whichever ladder it was on: moving a case to a quicker one never beats it.
    """
    planned = _planned(facts, invoice, step)
    sent = [(s.at, s.step) for s in invoice.sent if s.at is not None]
    if not sent:
        return [planned]
    last, name = max(sent)
    day = local_day(last, facts.settings)
    title = next((s.title for s in facts.ladder.steps if s.name == name), name)
    why = f"gap: {title} of invoice {invoice.number} was sent {day}, "
    return [
        planned,
        (day + timedelta(days=step.gap_days), f"{why}{step.gap_days} days must pass before the {step.title}"),
    ]


def _planned(facts: CaseFacts, invoice: InvoiceFacts, step: Step) -> tuple[date, str]:
    """The day the ladder means a step for: so many days from the due date, or from the step before."""
    assert invoice.due_date is not None
    offset = facts.ladder.planned[step.name]
    day = invoice.due_date + timedelta(days=offset)
    if step.closed_days == "previous" and step.before_due:
        day = business_day_until(day, facts.settings.country)
    return day, f"{step.title} of invoice {invoice.number}, {_days(offset)} {invoice.due_date}"


def _days(offset: int) -> str:
    if offset == 0:
        return "on the due date"
    return f"{abs(offset)} days {'before' if offset < 0 else 'after'} the due date"
