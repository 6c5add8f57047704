"""What a country's law answers: the questions every pack has to answer, and the facts it is asked with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from models.claim import Category, ClaimLetter, DayCount, Debtor, Interval, LetterKind, Ruling
from rules.law.tables import reviewed


@dataclass(frozen=True, slots=True)
class PastLetter:
    """A letter that has gone out before, as far as it counts for the next one."""

    sent: date
    kind: LetterKind
    deadline: date | None
    fee: int
    invoice: str
    """The invoice it was booked on."""
    covers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Past:
    """What a letter is judged against."""

    debtor: Debtor
    invoice: str
    """The oldest invoice of the letter: fees are judged by it and booked on it."""
    due: date
    """Its effective due date."""
    delivered: bool
    letters: tuple[PastLetter, ...]
    """Letters of the case that reached somebody, oldest first."""
    compensated: frozenset[str]
    """Invoices for which compensation has been claimed."""
    covers: tuple[str, ...]
    """Invoices in the letter, oldest first."""
    dues: Mapping[str, date] = field(default_factory=dict)
    """Effective due dates of the younger ones; one that is left out fell due with the oldest."""

    def fees_on(self, invoice: str) -> int:
        """Fees charged so far and booked on an invoice."""
        return sum(letter.fee for letter in self.letters if letter.invoice == invoice)

    def late(self, day: date) -> tuple[str, ...]:
        """Invoices in the letter that are overdue on a day."""
        return tuple(name for name in self.covers if self.dues.get(name, self.due) < day)


@dataclass(frozen=True, slots=True)
class Earliest:
    """The first day on which something is lawful, and the rule that says so."""

    day: date
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """Something a formal notice has to say."""

    name: str
    names: tuple[str, ...]
    """Placeholders whose values must stand in the text, where they have one."""
    needed: bool
    """Every placeholder must have a value; False where it may be nothing, like a fee that was not charged."""
    phrases: Mapping[str, tuple[str, ...]]
    """Per language, words of which at least one must stand in the text; empty when there are none."""
    source: str


@dataclass(frozen=True, eq=False, kw_only=True)
class CountryPack:
    """The law of one country: dated figures and pure functions over them."""

    country: str
    name: str
    currency: str
    words: Mapping[str, LetterKind]
    """The country's own words for letters."""
    rate: Callable[[date, date], tuple[Decimal, str]]
    """Statutory percent a year and its source, for a day and an effective due date; Refusal without a row."""
    interval: Interval
    day_counts: tuple[DayCount, ...]
    """The first is the country's own; a creditor may choose among the others."""
    allocation: tuple[Category, ...]
    equal_sum_is_direction: bool
    """A payment of exactly an invoice's open principal is put against that principal."""
    banking_holidays: Callable[[int], frozenset[date]]
    """Days of a year to which no due date is kept, weekends aside."""
    offices_closed: tuple[tuple[int, int], ...]
    """Month and day of days without office hours beyond the public holidays; for sending only. Our choice."""
    judge: Callable[[ClaimLetter, Past], Ruling]
    """Whether a letter may go and what it may charge."""
    compensation: Callable[[Debtor, date, date], tuple[int, str, str]]
    """For a debtor, an effective due date and a day: the amount per invoice, a reason when none, and the source."""
    earliest_letter: Callable[[LetterKind, Past], Earliest | None]
    """The first day on which a letter of a kind may go; None when any day will do."""
    earliest_fee: Callable[[LetterKind, Past], Earliest | None]
    """The first day on which a letter may carry its fee; None when the country knows no such fee."""
    fee: Callable[[LetterKind, date], tuple[int, str]]
    """The fee of a kind of letter on a day and its source; zero when there is none."""
    shortest_deadline: Callable[[LetterKind, bool], tuple[int, str]]
    """Least days from sending to the deadline of a letter (with a fee or without) and the source; 0: none is asked."""
    handover: Callable[[date, bool, int, tuple[PastLetter, ...]], tuple[str, int, str]]
    """For a day, a fee that is wanted, fees of that kind charged before and the notices: reason, fee, fee reason."""
    notice_parts: tuple[Part, ...]
    """What the formal notice has to say."""
    notice_channels: tuple[str, ...] = ("email",)
    """Channels on which a formal notice counts."""
    compensation_by_letter: bool
    """Compensation is claimed by a letter and absorbs its fees; else it is claimed per invoice, beside them."""
    consumers: bool
    """The rules say something about consumers at all."""
    agreed_rate_capped: bool
    """Towards consumers an agreed rate above the statutory one is not used."""

    def reviewed(self, day: date) -> bool:
        """Whether somebody has looked at the law as it stands on a day."""
        return reviewed(self.country, day)

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday and no banking holiday."""
        return day.weekday() < 5 and day not in _holidays(self, day.year)

    def effective_due(self, due: date, moves: bool = True) -> date:
        """The due date, moved to the next business day where it falls on none."""
        while moves and not self.is_business_day(due):
            due += timedelta(days=1)
        return due


@lru_cache(maxsize=512)
def _holidays(pack: CountryPack, year: int) -> frozenset[date]:
    return pack.banking_holidays(year)
