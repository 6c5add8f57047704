"""Who pays late: averages, shares, and when to ask for prepayment."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from rules.late_payers import Followed, habit_of, habits

TODAY = date(2026, 8, 10)
DUE = date(2026, 6, 1)


def paid(days: int, reminders: int = 0, customer: str = "1001") -> Followed:
    return Followed("n", customer, DUE, DUE + timedelta(days=days), reminders)


def unpaid(days: int, reminders: int = 0, customer: str = "1001") -> Followed:
    return Followed("n", customer, TODAY - timedelta(days=days), None, reminders)


def test_averages_count_settled_and_open_invoices_apart_and_early_as_in_time() -> None:
    habit = habit_of("1001", [paid(-10), paid(0), paid(31, 2), unpaid(40, 1), unpaid(0), unpaid(-5)], TODAY)
    assert (habit.invoices, habit.settled, habit.overdue) == (4, 3, 1), "what is not due yet says nothing"
    assert (habit.average_late, habit.average_overdue) == (Decimal("10.3"), Decimal("40.0"))
    assert (habit.very_late, habit.share_very_late) == (2, Decimal("50.0"))
    assert habit.reminders == Decimal("0.8")
    assert habit.prepayment == "Ask for prepayment: 2 of 4 invoices were paid, or are open, more than 30 days late"


@pytest.mark.parametrize(
    ("invoices", "reason"),
    [
        ([paid(31), paid(0), paid(0)], "1 of 3 invoices"),
        ([paid(31), paid(0), paid(0), paid(0)], ""),
        ([paid(30), paid(30), paid(30)], "paid 30.0 days late on average"),
        ([paid(30), paid(30), paid(29)], ""),
        ([paid(1, 2), paid(1, 2), paid(1, 2)], "2.0 reminders per invoice"),
        ([paid(1, 2), paid(1, 2), paid(1, 1)], ""),
        ([paid(90, 4), paid(90, 4)], ""),
        ([unpaid(31), unpaid(1), unpaid(1)], "1 of 3 invoices"),
        ([unpaid(30), unpaid(30), unpaid(30)], ""),
    ],
)
def test_prepayment_is_advised_at_the_threshold_and_not_before(invoices: list[Followed], reason: str) -> None:
    said = habit_of("1001", invoices, TODAY).prepayment
    assert (reason in said) if reason else said == ""


def test_every_reason_is_named() -> None:
    said = habit_of("1001", [paid(60, 3)] * 3, TODAY).prepayment
    assert said == (
        "Ask for prepayment: 3 of 3 invoices were paid, or are open, more than 30 days late; "
        "paid 60.0 days late on average; 3.0 reminders per invoice"
    )


def test_the_worst_come_first_and_those_of_whom_nothing_is_known_not_at_all() -> None:
    found = habits(
        [
            *(paid(0, customer="good") for _ in range(3)),
            *(paid(35, customer="bad") for _ in range(3)),
            *(paid(80, customer="worse") for _ in range(3)),
            paid(90, customer="once"),
            unpaid(-1, customer="new"),
        ],
        TODAY,
    )
    assert [habit.customer for habit in found] == ["worse", "bad", "once", "good"]


def test_nobody_is_judged_by_nothing() -> None:
    habit = habit_of("1001", [], TODAY)
    assert (habit.invoices, habit.average_late, habit.share_very_late, habit.prepayment) == (0, None, None, "")
