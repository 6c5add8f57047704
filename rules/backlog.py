"""The backlog of the first day: where each invoice would start once it is released, and which ask for a decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from models.facts import CaseFacts
from models.money import Money
from rules.due_steps import Due, due_steps

OLD = timedelta(days=90)
"""Overdue for longer, somebody asks first what became of the claim; our choice."""
LIMITATION_YEARS = 3
"""After so many years a claim can no longer be collected; the same in the countries below."""
LIMITATION_WARNED = 30
"""Months after the due date from which limitation is near: two and a half years (norway.md 7.5, our choice)."""
LIMITATION_SOURCES = {
    "DK": "limitation is 3 years from the first day payment could be demanded, denmark.md 8.3",
    "NO": "limitation is 3 years, foreldelsesloven §§ 2 and 3, norway.md 7.5",
}
"""Counted from the due date, and a reminder does not interrupt it. Law, second-hand."""
TRIFLE = Decimal("50.00")
"""In the creditor's currency; below it a reminder costs more than it brings. Our choice."""


@dataclass(frozen=True)
class Flag:
    """Why an invoice should be looked at before it is released."""

    name: str
    """missing, limitation, old, trifle, unreachable"""
    reason: str


@dataclass(frozen=True)
class Backlog:
    """One invoice that was overdue when the books were connected and is still open."""

    number: str
    customer: str
    invoice_date: date
    due: date | None
    days_late: int
    left: Money
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Which part of the backlog is meant; what is left out does not count."""

    min_days_late: int | None = None
    max_days_late: int | None = None
    min_amount: Decimal | None = None
    """What is left of the invoice, in major units."""
    customer: str | None = None
    flagged: bool | None = None

    def fits(self, invoice: Backlog) -> bool:
        """Whether an invoice is meant; both ends of a range belong to it."""
        return (
            (self.min_days_late is None or invoice.days_late >= self.min_days_late)
            and (self.max_days_late is None or invoice.days_late <= self.max_days_late)
            and (self.min_amount is None or invoice.left.amount >= self.min_amount)
            and (self.customer is None or invoice.customer == self.customer)
            and (self.flagged is None or bool(invoice.flags) == self.flagged)
        )


def days_late(due: date | None, today: date) -> int:
    """Days since the due date; 0 where it is not over."""
    return max((today - due).days, 0) if due is not None else 0


def flags(
    due: date | None, left: Money, today: date, country: str, *, unreachable: str = "", missing: bool = False
) -> tuple[Flag, ...]:
    """What asks for a decision, the gravest first. `unreachable`: why the customer cannot be written to, if so."""
    found = []
    if missing:
        found.append(Flag("missing", "the books no longer have it; that is not the same as paid"))
    if due is not None and today >= months_after(due, LIMITATION_WARNED):
        found.append(Flag("limitation", _limitation(due, today, country)))
    if due is not None and today - due > OLD:
        found.append(Flag("old", f"overdue for {(today - due).days} days, more than {OLD.days}"))
    if left.amount < TRIFLE:
        found.append(Flag("trifle", f"only {left} is left, less than {TRIFLE}"))
    if unreachable:
        found.append(Flag("unreachable", f"no usable address: {unreachable}"))
    return tuple(found)


def starts(facts: CaseFacts, as_of: datetime) -> dict[str, Due]:
    """The step at which each invoice of a customer starts if it is released now, and when that is proposed.

    The rules of the ladder decide: what can no longer be said in time is passed over, nothing else is.
    """
    return {due.invoice.number: due for due in due_steps(facts, as_of)}


@lru_cache(maxsize=4096)
def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - timedelta(days=1)).day))


def _limitation(due: date, today: date, country: str) -> str:
    ends = months_after(due, 12 * LIMITATION_YEARS)
    source = LIMITATION_SOURCES.get(country, f"limitation is taken as {LIMITATION_YEARS} years, our choice")
    if today > ends:
        return f"due {due}: time-barred since {ends} unless the period was interrupted ({source})"
    return f"due {due}: time-barred after {ends}, and a reminder does not interrupt that ({source})"
