"""Payment plans as rules: drawn up to the øre, checked with every mistake named, matched with money in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import Money
from models.news import Instalment
from rules.calendar import is_business_day
from rules.plans import (
    MOST_INSTALMENTS,
    PlanProblem,
    Progress,
    asked_problems,
    delay_problems,
    draw_up,
    missed_from,
    problems,
    progress,
)
from tests.given import DK, day, dkk

TODAY = day("2026-08-14")
TOTAL = dkk("12637.67")
totals = st.integers(MOST_INSTALMENTS, 10**12).map(lambda minor: Money(minor=minor, currency="DKK"))
counts = st.integers(1, MOST_INSTALMENTS)
days = st.dates(date(2025, 1, 1), date(2029, 12, 31))


def part(due: str, amount: str, currency: str = "DKK") -> Instalment:
    return Instalment(due=day(due), amount=Money.of(amount, currency))


def codes(found: Sequence[PlanProblem]) -> list[tuple[str, int]]:
    return [(problem.code, problem.number) for problem in found]


THREE = (part("2026-09-01", "4212.55"), part("2026-10-01", "4212.55"), part("2026-11-01", "4212.57"))


# --- drawn up ---


def test_what_does_not_divide_is_on_the_last_instalment() -> None:
    assert draw_up(TOTAL, 3, day("2026-09-01")) == THREE


def test_an_instalment_at_the_end_of_a_month_stays_there_and_comes_back_to_its_own_day() -> None:
    dues = [str(i.due) for i in draw_up(TOTAL, 6, day("2027-10-31"))]
    assert dues == ["2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]


def test_a_plan_without_instalments_cannot_be_drawn_up() -> None:
    with pytest.raises(ValueError, match="at least one"):
        draw_up(TOTAL, 0, TODAY)


@given(totals, counts, days)
def test_drawn_up_it_sums_to_the_total_in_equal_parts_once_a_month(total: Money, count: int, first: date) -> None:
    drawn = draw_up(total, count, first)
    assert len(drawn) == count
    assert sum(i.amount.minor for i in drawn) == total.minor
    assert {i.amount.minor for i in drawn[:-1]} <= {total.minor // count}
    assert 0 <= drawn[-1].amount.minor - total.minor // count < count
    months = [i.due.year * 12 + i.due.month for i in drawn]
    assert months == list(range(months[0], months[0] + count))
    for i in drawn:
        last_of_month = (i.due + timedelta(days=1)).month != i.due.month
        assert i.due.day == first.day or (i.due.day < first.day and last_of_month)


# --- checked ---


@given(totals, counts, days)
def test_what_is_drawn_up_is_a_plan_and_an_oere_more_or_less_is_none(total: Money, count: int, first: date) -> None:
    drawn = draw_up(total, count, first)
    assert problems(drawn, total, first) == ()
    for off in (-1, 1):
        other = Money(minor=total.minor + off, currency="DKK")
        [found] = problems(drawn, other, first)
        assert found.code == "not_the_total"
        assert f"0.01 DKK {'less' if off > 0 else 'more'}" in found.what


@given(totals, st.integers(2, MOST_INSTALMENTS), days, st.data())
def test_two_instalments_that_change_places_are_out_of_order(
    total: Money, count: int, first: date, data: st.DataObject
) -> None:
    drawn = list(draw_up(total, count, first))
    one = data.draw(st.integers(0, count - 2))
    drawn[one], drawn[one + 1] = drawn[one + 1], drawn[one]
    assert ("out_of_order", one + 2) in codes(problems(drawn, total, first))


@pytest.mark.parametrize(
    ("instalments", "expected"),
    [
        (THREE, []),
        ((part("2026-08-14", "12637.67"),), []),
        ((), [("not_the_total", 0)]),
        ((part("2026-08-13", "12637.67"),), [("in_the_past", 1)]),
        ((part("2026-09-01", "0.00"), part("2026-10-01", "12637.67")), [("too_small", 1)]),
        ((part("2026-09-01", "12638.67"), part("2026-10-01", "-1.00")), [("too_small", 2)]),
        ((part("2026-09-01", "6000.00"), part("2026-09-01", "6637.67")), [("out_of_order", 2)]),
        ((part("2029-08-18", "12637.67"),), []),
        ((part("2029-08-19", "12637.67"),), [("too_long", 1)]),
        ((part("2026-09-01", "12637.67", "EUR"),), [("wrong_currency", 0)]),
        ((*THREE[:2], part("2026-11-01", "4212.57", "SEK")), [("wrong_currency", 0)]),
        (THREE[:2], [("not_the_total", 0)]),
        (THREE * 400, [("too_many", 0)]),
    ],
)
def test_every_mistake_is_named_once(instalments: tuple[Instalment, ...], expected: list[tuple[str, int]]) -> None:
    assert codes(problems(instalments, TOTAL, TODAY)) == expected


def test_over_nothing_there_is_no_plan() -> None:
    assert codes(problems((), dkk("0"), TODAY)) == [("not_the_total", 0)]
    assert codes(problems(THREE, dkk("0"), TODAY)) == [("not_the_total", 0)]


def test_a_creditor_sets_how_many_how_small_and_how_long_a_customer_may_ask_for() -> None:
    assert asked_problems(THREE, TOTAL, TODAY, DK) == ()
    few = DK.model_copy(update={"plan_instalments": 2})
    assert codes(asked_problems(THREE, TOTAL, TODAY, few)) == [("too_many", 0)]
    large = DK.model_copy(update={"plan_smallest": Decimal("4212.56")})
    assert codes(asked_problems(THREE, TOTAL, TODAY, large)) == [("too_small", 1), ("too_small", 2)]
    short = DK.model_copy(update={"plan_days": 78})
    assert codes(asked_problems(THREE, TOTAL, TODAY, short)) == [("too_long", 3)]
    none = DK.model_copy(update={"plan_instalments": 0})
    assert codes(asked_problems(THREE, TOTAL, TODAY, none)) == [("not_offered", 0)]
    late = asked_problems((part("2026-08-01", "1.00"),), TOTAL, TODAY, DK)
    assert codes(late) == [("in_the_past", 1), ("not_the_total", 0), ("too_small", 1)]


@given(totals, counts, days)
def test_within_the_limits_is_within_those_of_an_admin(total: Money, count: int, first: date) -> None:
    drawn = draw_up(total, count, first)
    asked = asked_problems(drawn, total, first, DK)
    assert set(problems(drawn, total, first)) <= set(asked)
    if not asked:
        assert count <= DK.plan_instalments
        assert drawn[-1].due <= first + timedelta(days=DK.plan_days)


@pytest.mark.parametrize(
    ("missed", "until", "expected"),
    [
        ((2,), "2026-10-07", []),
        ((2,), "2026-10-31", []),
        ((2,), "2026-11-01", ["out_of_order"]),
        ((2,), "2026-10-06", ["in_the_past"]),
        ((3,), "2027-10-07", []),
        ((3,), "2027-10-08", ["too_long"]),
        ((2, 3), "2026-12-24", []),
        ((), "2026-10-07", ["out_of_order"]),
    ],
)
def test_a_missed_instalment_gets_a_day_after_today_and_before_the_next(
    missed: tuple[int, ...], until: str, expected: list[str]
) -> None:
    found = delay_problems(THREE, missed, day(until), day("2026-10-06"))
    assert [problem.code for problem in found] == expected


# --- matched ---


def test_an_instalment_is_missed_on_the_business_day_after_its_grace() -> None:
    assert missed_from(day("2026-10-01"), DK) == day("2026-10-06")
    assert missed_from(day("2026-09-01"), DK) == day("2026-09-07"), "the 6th is a Sunday"
    at_once = DK.model_copy(update={"plan_grace_days": 0})
    assert missed_from(day("2026-10-01"), at_once) == day("2026-10-02"), "the day it is due is the payer's"


def test_a_plan_goes_its_way() -> None:
    def on(today: str, received: str) -> Progress:
        return progress(THREE, dkk(received).minor, day(today), DK)

    assert on("2026-08-14", "0") == Progress((), (), 1, 421255, day("2026-09-07"))
    assert on("2026-09-06", "4212.54") == Progress((), (), 1, 1, day("2026-09-07"))
    assert on("2026-09-07", "4212.54") == Progress((), (1,), 1, 1, day("2026-10-06"))
    assert on("2026-09-07", "6000.00") == Progress((1,), (), 2, 242510, day("2026-10-06"))
    assert on("2026-12-24", "6000.00") == Progress((1,), (2, 3), 2, 242510, None)
    assert on("2026-12-24", "12637.67") == Progress((1, 2, 3), (), None, 0, None)
    assert on("2026-12-24", "99999.00") == Progress((1, 2, 3), (), None, 0, None)
    assert on("2026-08-14", "-1.00").open == 421255, "money that was taken back makes an instalment no larger"


@given(totals, counts, days, st.integers(0, 1100), st.integers(-(10**9), 2 * 10**12))
def test_money_pays_instalments_in_order_and_time_misses_the_rest(
    total: Money, count: int, first: date, later: int, received: int
) -> None:
    drawn, today = draw_up(total, count, first), first + timedelta(days=later)
    now = progress(drawn, received, today, DK)
    covered = sum(i.amount.minor for i in drawn[: len(now.paid)])
    assert now.paid == tuple(range(1, len(now.paid) + 1))
    assert covered <= max(received, 0)
    if now.next is None:
        assert (now.open, now.missed, now.look_at) == (0, (), None)
        assert received >= total.minor
        return
    following = drawn[now.next - 1]
    assert now.next == len(now.paid) + 1
    assert now.open == min(covered + following.amount.minor - received, following.amount.minor) > 0
    assert now.missed == tuple(n for n in range(now.next, count + 1) if missed_from(drawn[n - 1].due, DK) <= today)
    ahead = [missed_from(drawn[n - 1].due, DK) for n in range(now.next, count + 1) if n not in now.missed]
    assert now.look_at == (min(ahead) if ahead else None)
    assert all(found > today and is_business_day(found, "DK") for found in ahead)


@given(totals, counts, days, st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_money_never_opens_an_instalment(total: Money, count: int, first: date, some: int, more: int) -> None:
    drawn = draw_up(total, count, first)
    before, after = (progress(drawn, received, first, DK) for received in (some, some + more))
    assert set(before.paid) <= set(after.paid)
