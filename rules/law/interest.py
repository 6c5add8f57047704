"""Simple interest over days, cut where the half-year or the base changes; exact until it is rounded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from models.claim import DayCount, Segment
from rules.law.tables import half_year

ONE_DAY = timedelta(days=1)

RateOn = Callable[[date], Decimal]
"""Percent a year for a day; raises Refusal where no row covers it."""


def segments(
    invoice: str, base: int, first: date, end: date, rate_on: RateOn, day_count: DayCount
) -> Iterator[Segment]:
    """Interest on `base` (minor units) for the days from `first` up to but not including `end`."""
    if base == 0:
        return
    while first < end:
        stop = min(half_year(first)[1] + ONE_DAY, end)
        rate = rate_on(first)
        days, year_days = counted(first, stop, day_count)
        percent, of = rate.as_integer_ratio()  # One fraction made of integers is several times as fast as a product.
        yield Segment(
            invoice=invoice,
            first_day=first,
            last_day=stop - ONE_DAY,
            days=days,
            base=base,
            rate=rate,
            year_days=year_days,
            interest=Fraction(percent * base * days, of * 100 * year_days),
        )
        first = stop


def join(before: list[Segment], fresh: list[Segment], cut: date) -> None:
    """Add segments to those before; where nothing changed on the day between, two become one, except on the day `cut`.

    Days and interest of neighbours in one half-year add up exactly, however days are counted.
    """
    if before and fresh and fresh[0].first_day != cut:
        last, following = before[-1], fresh[0]
        next_day = last.last_day + ONE_DAY == following.first_day
        same = next_day and (last.base, last.rate) == (following.base, following.rate)
        if same and half_year(last.first_day) == half_year(following.first_day):
            days, interest = last.days + following.days, last.interest + following.interest
            before[-1] = replace(last, last_day=following.last_day, days=days, interest=interest)
            fresh = fresh[1:]
    before += fresh


def counted(first: date, end: date, day_count: DayCount) -> tuple[int, int]:
    """How many days of a year of how many; both days lie in one calendar year, or `end` is the day after it.

    30E/360 is the end-of-month rule of the lawyers' calculators: no day counts beyond the thirtieth.
    """
    if day_count is DayCount.thirty_360:
        months = (end.year - first.year) * 12 + end.month - first.month
        return 30 * months + min(end.day, 30) - min(first.day, 30), 360
    if day_count is DayCount.actual_365:
        return (end - first).days, 365
    return (end - first).days, (date(first.year + 1, 1, 1) - date(first.year, 1, 1)).days


def rounded(exact: Fraction) -> int:
    """Half up to the minor unit; interest is never negative, so up is away from zero."""
    whole, of = exact.numerator, exact.denominator
    return (2 * whole + of) // (2 * of)
