"""Who pays late: per customer how late, how often, after how many reminders; and when to ask for prepayment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

VERY_LATE = 30
"""Days after the due date beyond which an invoice counts as paid very late; our choice, as are all below."""
KNOWN = 3
"""So many invoices have to be known before anything is said about a customer."""
SHARE = Fraction(1, 3)
"""From this share of very late invoices on prepayment is advised."""
AVERAGE = 30
"""From so many days late on average."""
REMINDERS = 2
"""From so many reminders per invoice."""


@dataclass(frozen=True)
class Followed:
    """An invoice as its payment was followed: settled on a day, or still open."""

    number: str
    customer: str
    due: date
    settled_on: date | None
    """None: still open."""
    reminders: int = 0
    """Reminders and formal notices that went out for it; a nudge is none."""

    def counts(self, today: date) -> bool:
        """Whether it says anything about paying: it is settled, or overdue."""
        return self.settled_on is not None or self.due < today

    def days_late(self, today: date) -> int:
        """Days after the due date on which it was settled, or that have passed while it is open; in time counts 0."""
        return max(((self.settled_on or today) - self.due).days, 0)


@dataclass(frozen=True)
class Habit:
    """How a customer pays. Averages and shares have one decimal; None where nothing is known."""

    customer: str
    invoices: int
    """Looked at: settled, or open and overdue. What is not due yet says nothing."""
    settled: int
    overdue: int
    average_late: Decimal | None
    """Days, over settled invoices."""
    average_overdue: Decimal | None
    """Days so far, over open invoices."""
    very_late: int
    """Paid, or still open, more than 30 days after the due date."""
    share_very_late: Decimal | None
    """The same in percent of the invoices looked at."""
    reminders: Decimal | None
    """Per invoice looked at."""
    prepayment: str
    """Why prepayment should be asked for; empty where it need not."""


def habit_of(customer: str, invoices: Iterable[Followed], today: date) -> Habit:
    """How one customer pays, as of a day."""
    known = [i for i in invoices if i.counts(today)]
    settled = [i.days_late(today) for i in known if i.settled_on is not None]
    overdue = [i.days_late(today) for i in known if i.settled_on is None]
    very_late = sum(1 for days in (*settled, *overdue) if days > VERY_LATE)
    reminders = sum(i.reminders for i in known)
    return Habit(
        customer=customer,
        invoices=len(known),
        settled=len(settled),
        overdue=len(overdue),
        average_late=_per(sum(settled), len(settled)),
        average_overdue=_per(sum(overdue), len(overdue)),
        very_late=very_late,
        share_very_late=_per(100 * very_late, len(known)),
        reminders=_per(reminders, len(known)),
        prepayment=_prepayment(settled, len(known), very_late, reminders),
    )


def habits(invoices: Iterable[Followed], today: date) -> list[Habit]:
    """Every customer of whom something is known, the worst first."""
    of: defaultdict[str, list[Followed]] = defaultdict(list)
    for invoice in invoices:
        of[invoice.customer].append(invoice)
    found = [habit_of(customer, some, today) for customer, some in of.items()]
    return sorted((habit for habit in found if habit.invoices), key=_worst_first)


def _prepayment(settled: Sequence[int], known: int, very_late: int, reminders: int) -> str:
    """The reasons in words; the unrounded figures decide."""
    if known < KNOWN:
        return ""
    reasons = []
    if Fraction(very_late, known) >= SHARE:
        reasons.append(f"{very_late} of {known} invoices were paid, or are open, more than {VERY_LATE} days late")
    if settled and Fraction(sum(settled), len(settled)) >= AVERAGE:
        reasons.append(f"paid {_per(sum(settled), len(settled))} days late on average")
    if Fraction(reminders, known) >= REMINDERS:
        reasons.append(f"{_per(reminders, known)} reminders per invoice")
    return f"Ask for prepayment: {'; '.join(reasons)}" if reasons else ""


def _worst_first(habit: Habit) -> tuple[bool, Decimal, Decimal, Decimal, str]:
    zero = Decimal(0)
    late = max(habit.average_late or zero, habit.average_overdue or zero)
    return (
        not habit.prepayment,
        -(habit.share_very_late or zero),
        -late,
        -(habit.reminders or zero),
        habit.customer,
    )


def _per(amount: int, number: int) -> Decimal | None:
    if not number:
        return None
    return (Decimal(amount) / number).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
