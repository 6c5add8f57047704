"""Payment plans: drawn up, checked, and matched with the money that comes in. What a plan sums to is the claim."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Literal

from models.creditor import CreditorSettings
from models.facts import InvoiceFacts
from models.money import Money
from models.news import Instalment
from rules.calendar import business_day_from

MOST_INSTALMENTS = 36
"""A plan has no more, whoever draws it up; a creditor lets customers ask for at most as many."""
LONGEST_PLAN = timedelta(days=1100)
"""Whoever draws it up, a plan is over within three years, in which the claim would become barred (denmark.md 8.3)."""
LONGEST_DELAY = timedelta(days=366)
"""A missed instalment is not put off further."""


@dataclass(frozen=True)
class PlanProblem:
    """Why instalments are no plan, in a sentence for the person who made them."""

    code: Literal[
        "too_many",
        "too_small",
        "too_long",
        "in_the_past",
        "not_the_total",
        "out_of_order",
        "wrong_currency",
        "not_offered",
    ]
    what: str
    number: int = 0
    """The instalment it is about, counted from 1; 0: the plan as a whole."""


@dataclass(frozen=True)
class Progress:
    """How far a plan has come. Instalments go by their numbers, counted from 1."""

    paid: tuple[int, ...]
    missed: tuple[int, ...]
    next: int | None
    """The first that is not paid in full; None when all are."""
    open: int
    """What is open of it, in minor units."""
    look_at: date | None
    """The day on which another one would count as missed; None when none can."""


# --- drawn up ---


def draw_up(total: Money, count: int, first: date) -> tuple[Instalment, ...]:
    """So many equal instalments, one a month; what does not divide is on the last. ValueError without any."""
    if count < 1:
        raise ValueError("a plan has at least one instalment")
    part = total.minor // count
    amounts = [part] * (count - 1) + [total.minor - part * (count - 1)]
    return tuple(
        Instalment(due=_months_later(first, n), amount=Money(minor=minor, currency=total.currency))
        for n, minor in enumerate(amounts)
    )


def _months_later(first: date, months: int) -> date:
    """The same day so many months later, or the last day of a month that is too short for it."""
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


# --- checked ---


def problems(instalments: Sequence[Instalment], total: Money, today: date) -> tuple[PlanProblem, ...]:
    """What keeps instalments from being a plan of the claim, whoever drew them up; none: they are one."""
    return tuple(_problems(instalments, total, today))


def asked_problems(
    instalments: Sequence[Instalment], total: Money, today: date, settings: CreditorSettings
) -> tuple[PlanProblem, ...]:
    """The same, and what goes beyond the limits within which a creditor lets customers ask."""
    if not settings.plan_instalments:
        return (PlanProblem("not_offered", "payment in instalments is not offered here; please get in touch"),)
    return (*problems(instalments, total, today), *_beyond_limits(instalments, today, settings))


def is_wish(instalments: Sequence[Instalment], currency: str) -> bool:
    """Whether instalments can be put before a person at all, fitting or not; a customer's page sends no others."""
    amounts = [instalment.amount for instalment in instalments]
    return 0 < len(amounts) <= MOST_INSTALMENTS and all(a.minor > 0 and a.currency == currency for a in amounts)


def _problems(instalments: Sequence[Instalment], total: Money, today: date) -> Iterator[PlanProblem]:
    if total.minor <= 0:
        yield PlanProblem("not_the_total", "nothing is owed today, so there is nothing to pay in instalments")
    elif not instalments:
        yield PlanProblem("not_the_total", f"a plan has at least one instalment; the claim is {total}")
    if len(instalments) > MOST_INSTALMENTS:
        yield PlanProblem("too_many", f"a plan has at most {MOST_INSTALMENTS} instalments; this one has more")
        return
    for number, instalment in enumerate(instalments, start=1):
        if instalment.amount.minor <= 0:
            yield PlanProblem("too_small", "an instalment is more than nothing", number)
        if instalment.due < today:
            yield PlanProblem("in_the_past", f"{instalment.due} is over; today is {today}", number)
        if instalment.due > today + LONGEST_PLAN:
            yield PlanProblem("too_long", f"a plan is over by {today + LONGEST_PLAN}", number)
    for number, (one, following) in enumerate(pairwise(instalments), start=2):
        if following.due <= one.due:
            yield PlanProblem("out_of_order", f"{following.due} does not come after {one.due}", number)
    yield from _sum_problems(instalments, total)


def _sum_problems(instalments: Sequence[Instalment], total: Money) -> Iterator[PlanProblem]:
    """An instalment in another currency is not added up."""
    strange = {i.amount.currency for i in instalments} - {total.currency}
    if strange:
        yield PlanProblem("wrong_currency", f"the claim is in {total.currency}, not in {' or '.join(sorted(strange))}")
    elif instalments and total.minor > 0:
        promised = Money(minor=sum(i.amount.minor for i in instalments), currency=total.currency)
        off = promised.minor - total.minor
        if off:
            much = Money(minor=abs(off), currency=total.currency)
            than = f"{much} {'more' if off > 0 else 'less'} than the claim, which is {total}"
            yield PlanProblem("not_the_total", f"the instalments sum to {promised}, {than}")


def _beyond_limits(instalments: Sequence[Instalment], today: date, settings: CreditorSettings) -> Iterator[PlanProblem]:
    most, last = settings.plan_instalments, today + timedelta(days=settings.plan_days)
    smallest = Money.of(settings.plan_smallest, settings.currency)
    if most < len(instalments) <= MOST_INSTALMENTS:
        yield PlanProblem("too_many", f"at most {most} instalments can be asked for; these are {len(instalments)}")
    for number, instalment in enumerate(instalments[:MOST_INSTALMENTS], start=1):
        if 0 < instalment.amount.minor < smallest.minor:
            yield PlanProblem("too_small", f"the smallest instalment is {smallest}", number)
        if last < instalment.due <= today + LONGEST_PLAN:
            yield PlanProblem("too_long", f"a plan that is asked for is over by {last}", number)


def delay_problems(
    instalments: Sequence[Instalment], missed: Collection[int], until: date, today: date
) -> tuple[PlanProblem, ...]:
    """What keeps missed instalments from having another day: it lies ahead, and before the next one that is to come."""
    found = []
    if not missed:
        found.append(PlanProblem("out_of_order", "no instalment is missing; there is nothing to put off"))
    if until <= today:
        found.append(PlanProblem("in_the_past", f"another day comes after today, {today}"))
    if until > today + LONGEST_DELAY:
        found.append(PlanProblem("too_long", f"another day lies within a year, by {today + LONGEST_DELAY}"))
    later = [i.due for n, i in enumerate(instalments, start=1) if n > max(missed, default=0)]
    if missed and later and until >= later[0]:
        found.append(PlanProblem("out_of_order", f"the next instalment is due {later[0]}; another day comes before it"))
    return tuple(found)


# --- matched ---


def part_of_plan(invoice: InvoiceFacts, since: date) -> bool:
    """Whether a plan that came into force on a day is about an invoice; only money on those counts for it.

    It was due by then and could be reminded of. One that was set aside later was still part of what was agreed on.
    """
    known = not invoice.not_reminded or bool(invoice.set_aside)
    return known and invoice.due_date is not None and invoice.due_date <= since


def missed_from(due: date, settings: CreditorSettings) -> date:
    """The business day on which an open instalment counts as missed; the day it is due is always the payer's."""
    return business_day_from(due + timedelta(days=max(settings.plan_grace_days, 1)), settings.country)


@dataclass(frozen=True)
class AskedNow:
    """What a plan asks for on a day: everything of it that is overdue, or else its next instalment."""

    first: int
    """Counted from 1."""
    last: int
    due: date
    """Of the first of them."""
    late: bool
    open: int
    """What is open of them, in minor units."""


def asked_now(instalments: Sequence[Instalment], received: int, today: date) -> AskedNow | None:
    """What is to be paid of a plan with so much received (minor units); None when nothing is left of it."""
    ends = list(accumulate(i.amount.minor for i in instalments))
    unpaid = [n for n, end in enumerate(ends, start=1) if end > received]
    if not unpaid:
        return None
    first, late = unpaid[0], [n for n in unpaid if instalments[n - 1].due < today]
    last = max(late, default=first)
    open_now = min(ends[last - 1] - received, sum(i.amount.minor for i in instalments[first - 1 : last]))
    return AskedNow(first=first, last=last, due=instalments[first - 1].due, late=bool(late), open=open_now)


def progress(instalments: Sequence[Instalment], received: int, today: date, settings: CreditorSettings) -> Progress:
    """Put what came in since a plan began (minor units) against its instalments; what one leaves over is the next's."""
    paid: list[int] = []
    unpaid: list[int] = []
    left, still_open = received, 0
    for number, instalment in enumerate(instalments, start=1):
        left -= instalment.amount.minor
        if left >= 0 and not unpaid:
            paid.append(number)
            continue
        still_open = still_open or min(-left, instalment.amount.minor)
        unpaid.append(number)
    counted_from = {number: missed_from(instalments[number - 1].due, settings) for number in unpaid}
    ahead = [day for day in counted_from.values() if day > today]
    return Progress(
        paid=tuple(paid),
        missed=tuple(number for number, day in counted_from.items() if day <= today),
        next=unpaid[0] if unpaid else None,
        open=still_open,
        look_at=min(ahead, default=None),
    )
