"""One invoice of a claim on its way: what it bears interest on, and the interest that has run so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from models.claim import Crystallisation, DayCount, Segment
from rules.law.interest import RateOn, join, rounded, segments


@dataclass
class Account:
    """Counts interest day by day, and fixes it in whole minor units when somebody pays some of it."""

    invoice: str
    base: int
    """What bears interest, in minor units."""
    counted_to: date
    """The first day whose interest has not been counted yet."""
    rate_on: RateOn
    day_count: DayCount
    rests: Sequence[tuple[date, date]] = ()
    """Days that bear no interest: the first, and the first that bears some again; in order."""
    since: Fraction = Fraction(0)
    """Exact interest since the last crystallisation."""
    crystallised_to: date = date.min
    """The first day after the last crystallisation; no segment reaches across it."""
    segments: list[Segment] = field(default_factory=list)

    def count(self, end: date) -> None:
        """Count interest up to but not including a day, on the base that held until then."""
        for first, until in self._bearing(end):
            fresh = list(segments(self.invoice, self.base, first, until, self.rate_on, self.day_count))
            join(self.segments, fresh, self.crystallised_to)
            self.since = sum((segment.interest for segment in fresh), self.since)
        self.counted_to = max(self.counted_to, end)

    def _bearing(self, end: date) -> Iterator[tuple[date, date]]:
        """The stretches up to a day that bear interest: the first day of each, and the first one after it."""
        first = self.counted_to
        for rests_from, again in self.rests:
            yield first, min(rests_from, end)
            first = max(first, again)
        yield first, end

    def crystallise(self, on: date) -> Crystallisation:
        """Round what has run since the last time, once, and begin anew."""
        point = Crystallisation(self.invoice, on, self.since, rounded(self.since))
        self.since = Fraction(0)
        self.crystallised_to = self.counted_to
        return point
