"""What the customers of one replay share, what is counted on the way, and on which days something becomes known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from activities.books.csv_book import Row
from commands.past_books import PastBooks, disputed_on
from commands.replay_stage import Stage
from models.creditor import CreditorSettings


@dataclass(frozen=True)
class Tale:
    """What all customers of one replay share."""

    stage: Stage
    creditor: str
    settings: CreditorSettings
    books: PastBooks
    admin: str
    answer_after: timedelta
    """How long a question of a customer stays open."""


@dataclass
class Tally:
    """What only the replay itself can tell; everything else is read from the engine's own records."""

    customers: int = 0
    """So many are through."""
    invoices: int = 0
    """So many have been booked so far."""
    today: dict[str, date] = field(default_factory=dict)
    """The day that each customer has reached."""
    asked: int = 0
    answered: int = 0
    events: dict[str, int] = field(default_factory=dict)
    """History events of each case that is closed."""


def settled_by(row: Row, day: date) -> bool:
    return row.settled_date is not None and row.settled_date <= day


def days_of_news(rows: Sequence[Row]) -> dict[date, list[Row]]:
    """The invoices of which something becomes known, by day: booked, disputed, settled."""
    days: defaultdict[date, list[Row]] = defaultdict(list)
    for row in rows:
        known = {row.invoice_date, disputed_on(row), row.settled_date}
        for day in known - {None}:
            assert day is not None
            days[max(day, row.invoice_date)].append(row)
    return dict(days)
