"""The backlog of the first day: ages, flags and limitation, to the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.money import Money
from rules.backlog import Backlog, Filter, days_late, flags, months_after, starts
from tests.given import at, case, invoice

TODAY = date(2026, 8, 10)
PLENTY = Money.of("500.00", "DKK")


def names(due: date | None, left: Money = PLENTY, country: str = "DK") -> list[str]:
    return [flag.name for flag in flags(due, left, TODAY, country)]


def test_an_invoice_is_old_after_ninety_days_and_near_limitation_after_two_and_a_half_years() -> None:
    assert names(TODAY - timedelta(days=90)) == []
    assert names(TODAY - timedelta(days=91)) == ["old"]
    assert names(date(2024, 2, 11)) == ["old"]
    assert names(date(2024, 2, 10)) == ["limitation", "old"]
    assert names(None) == []


def test_limitation_is_named_with_its_day_and_source() -> None:
    [near, _] = flags(date(2024, 2, 10), PLENTY, TODAY, "NO")
    assert near.reason == (
        "due 2024-02-10: time-barred after 2027-02-10, and a reminder does not interrupt that "
        "(limitation is 3 years, foreldelsesloven §§ 2 and 3, norway.md 7.5)"
    )
    [last_day, _] = flags(date(2023, 8, 10), PLENTY, TODAY, "DK")
    assert "time-barred after 2026-08-10" in last_day.reason
    [over, _] = flags(date(2023, 8, 9), PLENTY, TODAY, "DK")
    assert "time-barred since 2026-08-09 unless the period was interrupted" in over.reason


def test_a_trifle_is_less_than_fifty() -> None:
    assert names(TODAY, Money.of("49.99", "DKK")) == ["trifle"]
    assert names(TODAY, Money.of("50.00", "DKK")) == []


def test_what_the_books_lost_and_who_cannot_be_reached_is_said() -> None:
    found = flags(TODAY, PLENTY, TODAY, "DK", unreachable="no e-mail address", missing=True)
    assert [(flag.name, flag.reason) for flag in found] == [
        ("missing", "the books no longer have it; that is not the same as paid"),
        ("unreachable", "no usable address: no e-mail address"),
    ]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-02-29", 36, "2027-02-28"),
        ("2023-08-31", 30, "2026-02-28"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-11-30", 1, "2024-12-30"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2024-01-01", 0, "2024-01-01"),
    ],
)
def test_months_end_where_the_month_ends(day: str, months: int, expected: str) -> None:
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize("due", ["2026-08-09", "2026-08-02", "2026-06-01", "2024-06-01"])
def test_however_late_it_starts_at_the_first_reminder(due: str) -> None:
    facts = case(invoice("1001", due))
    [found] = starts(facts, at("2026-08-10 12:00")).values()
    assert found.step.name == "rykker-1"
    assert found.at >= at("2026-08-10 12:00")


def test_what_is_not_due_yet_is_not_late() -> None:
    assert days_late(TODAY, TODAY) == days_late(TODAY + timedelta(days=3), TODAY) == days_late(None, TODAY) == 0
    assert days_late(TODAY - timedelta(days=1), TODAY) == 1


def test_both_ends_of_a_range_belong_to_it() -> None:
    one = Backlog("1001", "1", TODAY, TODAY, 60, PLENTY)
    assert Filter().fits(one)
    assert Filter(min_days_late=60, max_days_late=60, min_amount=PLENTY.amount, customer="1", flagged=False).fits(one)
    for other in (
        Filter(min_days_late=61),
        Filter(max_days_late=59),
        Filter(min_amount=PLENTY.amount * 2),
        Filter(customer="2"),
        Filter(flagged=True),
    ):
        assert not other.fits(one)
