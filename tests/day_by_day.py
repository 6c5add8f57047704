"""Interest one day at a time, as the law sheets tell it: the slow, plain reference that the engine is held against.

It shares nothing with the engine but the published rates: its own holidays, its own reading of the tables, its own
loop. Letters are left to others; fees and compensation come in as dated amounts.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent.parent / "rules" / "law" / "tables"
DAY = timedelta(days=1)
ORDER = {
    "DK": ("fees", "compensation", "interest", "principal"),
    "NO": ("principal", "interest", "compensation", "fees"),
}


@dataclass
class PlainClaim:
    """Øre and dates; every list in any order."""

    country: str
    invoices: dict[str, tuple[int, date]]
    as_of: date
    payments: list[tuple[date, int]] = field(default_factory=list)
    goodwill: list[tuple[date, str, int]] = field(default_factory=list)
    corrections: list[tuple[str, int]] = field(default_factory=list)
    charges: list[tuple[date, str, int]] = field(default_factory=list)
    """Day, `fees` or `compensation`, amount."""
    ceiling: Fraction | None = None
    """An agreed rate, percent a year; for a consumer never above the statutory one."""
    consumer: bool = True


@dataclass
class PlainAnswer:
    principal: dict[str, int]
    interest: int
    fees: int
    compensation: int
    accrued: int
    exact: dict[str, Fraction]
    """Interest per invoice before any rounding."""
    unallocated: int = 0


def by_days(claim: PlainClaim) -> PlainAnswer:
    """Go through every day from the first due date to the as-of date."""
    danish = claim.country == "DK"
    dues = {name: business_day(claim.country, due) for name, (_, due) in claim.invoices.items()}
    oldest_first = sorted(dues, key=lambda name: (dues[name], name))
    principal = {name: amount for name, (amount, _) in claim.invoices.items()}
    for name, amount in claim.corrections:
        principal[name] -= amount
    pots = {"fees": 0, "compensation": 0}
    rounded, exact = dict.fromkeys(dues, 0), dict.fromkeys(dues, Fraction(0))
    since = dict.fromkeys(dues, Fraction(0))
    accrued = unallocated = 0
    day = min([*dues.values(), claim.as_of, *(on for on, _ in claim.payments), *(on for on, _, _ in claim.goodwill)])
    while day <= claim.as_of:
        base = dict(principal)  # In Norway the day's interest is on what was owed in the morning.
        for on, name, amount in claim.goodwill:
            if on == day:
                principal[name] -= amount
        for on, pot, amount in claim.charges:
            if on == day:
                pots[pot] += amount
        # In Denmark the payment day bears no interest on what is paid; in Norway it still does, so it counts first.
        if not danish:
            for name in dues:
                if dues[name] < day:
                    _add(claim, name, base[name], day, dues[name], since, exact)
        for left in [amount for on, amount in claim.payments if on == day]:
            equal = [name for name in oldest_first if principal[name] == left]
            if danish and equal:
                principal[equal[0]] = 0
                continue
            for category in ORDER[claim.country]:
                if category in pots:
                    share = min(left, pots[category])
                    pots[category] -= share
                    left -= share
                for name in oldest_first if category == "principal" else ():
                    share = min(left, principal[name])
                    principal[name] -= share
                    left -= share
                for name in oldest_first if category == "interest" else ():
                    share = min(left, rounded[name] + half_up(since[name]))
                    if share:
                        rounded[name] += half_up(since[name]) - share
                        accrued += half_up(since[name])
                        since[name] = Fraction(0)
                    left -= share
            unallocated += left
        if danish:
            for name in dues:
                if dues[name] <= day < claim.as_of:
                    _add(claim, name, principal[name], day, dues[name], since, exact)
        day += DAY
    for name in dues:
        accrued += half_up(since[name])
        rounded[name] += half_up(since[name])
    return PlainAnswer(
        principal, sum(rounded.values()), pots["fees"], pots["compensation"], accrued, exact, unallocated
    )


def _add(
    claim: PlainClaim,
    name: str,
    base: int,
    day: date,
    due: date,
    since: dict[str, Fraction],
    exact: dict[str, Fraction],
) -> None:
    year_days = 366 if day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0) else 365
    percent = statutory(claim.country, day, due)
    if claim.ceiling is not None:
        percent = min(percent, claim.ceiling) if claim.consumer else claim.ceiling
    interest = base * percent / 100 / year_days
    since[name] += interest
    exact[name] += interest


def half_up(exact: Fraction) -> int:
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def statutory(country: str, day: date, due: date) -> Fraction:
    """Percent a year."""
    for first, last, figure in _rates(country):
        if first <= day <= last:
            if country == "DK":
                return figure + (7 if due < date(2013, 3, 1) else 8)
            return figure
    raise LookupError(day)


@cache
def _rates(country: str) -> list[tuple[date, date, Fraction]]:
    name, column = ("rates_dk", "reference_percent") if country == "DK" else ("rates_no", "total_percent")
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            (date.fromisoformat(row["valid_from"]), date.fromisoformat(row["valid_to"]), Fraction(row[column]))
            for row in csv.DictReader(file)
        ]
    return rows[::-1]


def business_day(country: str, day: date) -> date:
    """The day itself, or the next one on which people work."""
    while day.weekday() >= 5 or day in _holidays(country, day.year):
        day += DAY
    return day


@cache
def _holidays(country: str, year: int) -> set[date]:
    easter = _easter(year)
    moving = [-3, -2, 1, 39, 50]  # Maundy Thursday, Good Friday, Easter Monday, Ascension, Whit Monday
    fixed = [(1, 1), (12, 25), (12, 26)]
    if country == "DK":
        fixed.append((6, 5))
        if year <= 2023:
            moving.append(26)  # store bededag
    else:
        fixed += [(5, 1), (5, 17)]
    return {easter + timedelta(days=days) for days in moving} | {date(year, month, day) for month, day in fixed}


def _easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian rule."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
