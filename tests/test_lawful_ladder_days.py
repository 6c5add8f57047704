"""Ladders that cannot be too early: days, gaps and deadlines, with the nearest legal value of each."""

from __future__ import annotations

import pytest

from tests.given import rung
from tests.lawful_steps import NUDGE, fee, notice, only, refusals

# --- days ---


@pytest.mark.parametrize("offset", [-1, 0])
def test_a_formal_notice_on_or_before_the_due_date(offset: int) -> None:
    for country in ("DK", "NO"):
        found = refusals(country, NUDGE, notice(offset, deadline=14 if offset == 0 else None))
        timed = [illegal for illegal in found if illegal.field == "offset_days"]
        assert only(timed) == ("notice", "offset_days", "day +1")
        assert timed[0].rule.endswith("is too early: an inkassovarsel goes after the due date")
    assert refusals("DK", NUDGE, notice(1)) == []


def test_denmark_charges_no_fee_on_the_due_date() -> None:
    found = refusals("DK", NUDGE, fee("rykker-1", 0))
    assert only(found) == ("rykker-1", "offset_days", "day +1")
    assert "renteloven § 9 b" in found[0].source
    assert refusals("DK", NUDGE, fee("rykker-1", 1)) == []


def test_norway_charges_no_fee_before_day_14_whatever_the_letter() -> None:
    found = refusals("NO", NUDGE, fee("purring", 13))
    assert only(found) == ("purring", "offset_days", "day +14")
    assert found[0].rule == "a fee on day +13 is too early: 14 days after the due date"
    assert "inkassoforskriften §§ 1-2" in found[0].source
    assert only(refusals("NO", NUDGE, notice(7, fee=True))) == ("notice", "offset_days", "day +14")
    assert refusals("NO", NUDGE, fee("purring", 14)) == []


def test_what_is_not_late_is_not_compensated() -> None:
    assert only(refusals("DK", NUDGE, rung("a", 0, compensation=True))) == ("a", "offset_days", "day +1")
    assert refusals("DK", NUDGE, rung("a", 1, compensation=True)) == []


# --- gaps ---


def test_denmark_wants_ten_days_between_a_fee_and_any_reminder_before_it() -> None:
    found = refusals("DK", NUDGE, rung("rykker-1", 7), fee("rykker-2", 16))
    assert only(found) == ("rykker-2", "offset_days", "day +17")
    assert found[0].rule == "a fee on day +16 is too early: 10 days since the reminder of day +7"
    assert refusals("DK", NUDGE, rung("rykker-1", 7), fee("rykker-2", 17)) == []


def test_a_friendly_word_after_the_due_date_is_a_reminder_too_before_a_danish_fee() -> None:
    word = rung("overdue", 3, kind="nudge", wording="overdue")
    assert only(refusals("DK", NUDGE, word, fee("rykker-1", 7))) == ("rykker-1", "offset_days", "day +13")
    assert refusals("DK", NUDGE, fee("rykker-1", 1)) == [], "a word before the due date is none"


def test_a_gap_that_is_written_down_is_legal_also_when_the_letter_before_goes_late() -> None:
    found = refusals("DK", NUDGE, fee("rykker-1", 7), fee("rykker-2", 21, 9))
    assert only(found) == ("rykker-2", "gap_days", "10 days")
    assert refusals("DK", NUDGE, fee("rykker-1", 7), fee("rykker-2", 21, 10)) == []
    assert refusals("DK", NUDGE, fee("rykker-1", 7), fee("rykker-2", 21)) == [], "without one the law's own holds"
    assert refusals("DK", NUDGE, fee("rykker-1", 7, 2)) == [], "the law puts no gap after a word before the due date"


def test_a_step_that_counts_from_the_one_before_is_told_its_gap_once() -> None:
    assert only(refusals("DK", NUDGE, fee("a", 7), fee("b", None, 4))) == ("b", "gap_days", "10 days")
    assert only(refusals("NO", NUDGE, fee("a", 14), fee("b", None, 14))) == ("b", "gap_days", "15 days")
    assert only(refusals("NO", NUDGE, fee("a", None, 17))) == ("a", "gap_days", "18 days")


def test_norways_second_fee_waits_until_the_deadline_of_the_first_is_over() -> None:
    found = refusals("NO", NUDGE, fee("purring", 14), fee("purring-2", 28))
    assert only(found) == ("purring-2", "offset_days", "day +29")
    assert "day +28" in found[0].rule
    assert refusals("NO", NUDGE, fee("purring", 14), fee("purring-2", 29)) == []
    assert only(refusals("NO", NUDGE, fee("purring", 14, deadline=20), notice(34, fee=True)))[2] == "day +35"
    assert only(refusals("NO", NUDGE, fee("a", 14), fee("b", 40, 14))) == ("b", "gap_days", "15 days")


# --- deadlines ---


def test_a_formal_notice_gives_the_days_that_the_law_gives() -> None:
    found = refusals("DK", NUDGE, notice(35, deadline=9))
    assert only(found) == ("notice", "deadline_days", "10 days")
    assert "inkassoloven § 10" in found[0].source
    assert refusals("DK", NUDGE, notice(35, deadline=10)) == []
    found = refusals("NO", NUDGE, notice(31, deadline=13))
    assert only(found) == ("notice", "deadline_days", "14 days")
    assert "inkassoloven § 9" in found[0].source


def test_a_norwegian_fee_letter_gives_14_days_and_the_next_fee_waits_for_those() -> None:
    short, early = refusals("NO", NUDGE, fee("purring", 14, deadline=10), fee("purring-2", 28))
    assert (short.step, short.field, short.nearest) == ("purring", "deadline_days", "14 days")
    assert (early.step, early.nearest) == ("purring-2", "day +29")


def test_a_fee_letter_and_a_formal_notice_name_a_date() -> None:
    assert only(refusals("DK", NUDGE, fee("rykker-1", 7, deadline=None))) == ("rykker-1", "deadline_days", "1 day")
    assert only(refusals("NO", NUDGE, fee("purring", 14, deadline=None))) == ("purring", "deadline_days", "14 days")
    assert only(refusals("DK", NUDGE, notice(35, deadline=None))) == ("notice", "deadline_days", "10 days")
    assert refusals("DK", NUDGE, rung("free", 7)) == [], "a letter that charges nothing needs none"
