"""After the last rung: on which days what is still unpaid is put up for a decision. A heads-up, never a send."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.case import Kind, Move
from models.creditor import CreditorSettings
from models.facts import CaseFacts, InvoiceFacts
from models.money import total
from rules.calendar import business_day_from, local_day, proposing_time

FIRST, EVERY = 60, 30
"""Days after the due date: a decision is asked for at 60 and 90 days, and after that every 30."""
APART = timedelta(days=7)
"""Where a stop or a late ladder pushed a decision aside, the next one leaves people so much time at least."""
BANK_DAYS = 2
"""Business days that money sent on the last day of a deadline may take (law sheet of Denmark, 6.3; our choice)."""
DECISION = "decision"
"""The kind of the task; its step is `decision-60`, `decision-90` and so on."""
WHY = "the ladder has been climbed; a person decides what happens next"


@dataclass(frozen=True)
class Decision:
    """When a person is asked what is to become of invoices for which no step is left."""

    at: datetime
    days: int
    """The mark that was reached: 60, 90, 120 and so on."""
    invoices: tuple[InvoiceFacts, ...]

    @property
    def step(self) -> str:
        return f"{DECISION}-{self.days}"

    @property
    def title(self) -> str:
        return f"decision after {self.days} days"


def next_decision(facts: CaseFacts, climbing: Set[str], as_of: datetime) -> Decision | None:
    """The next decision day of a case; None while nothing that may be reminded is left without a step.

    `climbing` are the invoices that still have a step before them. They are not part of the decision.
    """
    left = tuple(
        i
        for i in facts.invoices
        if i.balance.minor > 0 and not i.not_reminded and i.due_date is not None and i.number not in climbing
    )
    if not left:
        return None
    due = min(i.due_date for i in left if i.due_date is not None)
    day = max([_first_mark(facts, due), *_answers_awaited(facts, left)])
    at = proposing_time(day, as_of, facts.settings)
    late = (local_day(at, facts.settings) - due).days
    return Decision(at, _mark(late), left)


def ask_for(decision: Decision, facts: CaseFacts) -> Move:
    """The move that waits for a decision day and then asks a person."""
    amount = total([i.balance for i in decision.invoices], decision.invoices[0].balance.currency)
    return Move(
        kind=Kind.task,
        why=WHY,
        at=decision.at,
        step=decision.step,
        title=decision.title,
        amount=amount,
        owner=facts.owner,
    )


def _first_mark(facts: CaseFacts, due: date) -> date:
    """The first mark at all, or the first one that leaves enough time since the last decision was asked for."""
    asked = [local_day(task.at, facts.settings) for task in facts.asked if task.kind == DECISION]
    if not asked:
        return due + timedelta(days=FIRST)
    since = (max(asked) + APART - due).days
    return due + timedelta(days=FIRST + EVERY * max(-(-(since - FIRST) // EVERY), 0))


def _answers_awaited(facts: CaseFacts, left: Iterable[InvoiceFacts]) -> list[date]:
    """Days before which the customer, or whoever calls, has not had time to answer what came last."""
    settings, numbers = facts.settings, {i.number for i in left}
    sent = [local_day(step.at, settings) for i in left for step in i.sent if step.at is not None]
    called = [local_day(task.at, settings) for task in facts.asked if task.kind == "call"]
    deadlines = [letter.deadline for letter in facts.letters if letter.deadline and numbers & set(letter.invoices)]
    mornings = [_business_days_on(day, 1, settings) for day in (*sent, *called)]
    return mornings + [_business_days_on(day, BANK_DAYS + 1, settings) for day in deadlines]


def _business_days_on(day: date, count: int, settings: CreditorSettings) -> date:
    """The business day so many business days after a day."""
    for _ in range(count):
        day = business_day_from(day + timedelta(days=1), settings.country)
    return day


def _mark(late: int) -> int:
    """The last mark that is reached so many days after the due date; the first one at least."""
    return FIRST + EVERY * max((late - FIRST) // EVERY, 0)
