"""What a case does next: given invoices and what was sent for them, as of an instant, then this step and why."""

from __future__ import annotations

import pytest

from rules.due_steps import invoices_due, next_step, passed_over
from rules.next_move import next_move
from tests.given import DK, LADDER, STEPS, at, case, dkk, invoice, ladder, rung
from tests.moves import FIRST, NOTICE, NUDGED, SECOND, line

# --- one invoice climbs ---


@pytest.mark.parametrize(
    ("sent", "as_of", "then", "why"),
    [
        ([], "2026-07-20 12:00", "propose nudge 2026-07-30 08:00", "the nudge of invoice 1001, 4 days before"),
        ([NUDGED], "2026-07-31 09:00", "propose rykker-1 2026-08-10 08:00", "7 days after the due date 2026-08-03"),
        ([NUDGED, FIRST], "2026-08-11 09:00", "propose rykker-2 2026-08-24 08:00", "21 days after the due date"),
        ([NUDGED, FIRST, SECOND], "2026-08-25 09:00", "propose notice 2026-09-07 08:00", "35 days after the due date"),
        (
            [NUDGED, FIRST, SECOND, NOTICE],
            "2026-09-08 09:00",
            "task call 2026-09-19 08:00",
            "gap: the notice of invoice 1001 was sent 2026-09-08, 11 days must pass before the the call",
        ),
        ([NUDGED, FIRST, SECOND, NOTICE, "call"], "2026-09-19 08:00", "task decision-60 2026-10-02 08:00", "climbed"),
    ],
)
def test_the_rungs_of_one_invoice(sent: list[str], as_of: str, then: str, why: str) -> None:
    move = next_move(case(invoice("1001", "2026-08-03", *sent)), at(as_of))
    assert line(move) == then
    assert why in move.why
    assert move.owner == "rasmus"


@pytest.mark.parametrize(
    ("sent", "then", "why"),
    [
        (["rykker-1 2026-08-11 09:00"], "propose rykker-2 2026-08-24 08:00", "21 days after the due date"),
        (["rykker-1 2026-08-14 09:00"], "propose rykker-2 2026-08-24 08:00", "21 days after the due date"),
        (["rykker-1 2026-08-15 09:00"], "propose rykker-2 2026-08-25 08:00", "gap: the rykker-1"),
        (["rykker-1 2026-08-21 10:00"], "propose rykker-2 2026-08-31 08:00", "gap: the rykker-1"),
        (["rykker-1 2026-12-14 10:00"], "propose rykker-2 2026-12-28 08:00", "gap: the rykker-1"),
        (["rykker-1 2026-08-11 09:00", "rykker-2"], "propose notice 2026-09-07 08:00", "35 days after"),
    ],
    ids=["on time", "late within the slack", "a day beyond", "story 4", "into Christmas", "passed over by a person"],
)
def test_a_late_send_shifts_the_next_step_by_its_gap_and_skips_nothing(sent: list[str], then: str, why: str) -> None:
    as_of = at(f"{sent[0].split()[1]} 12:00")
    move = next_move(case(invoice("1001", "2026-08-03", *sent)), as_of)
    assert line(move) == then
    assert why in move.why


@pytest.mark.parametrize(
    ("as_of", "then"),
    [
        ("2026-08-10 08:00", "propose rykker-1 2026-08-10 08:00"),
        ("2026-08-10 13:00", "propose rykker-1 2026-08-10 13:00"),
        ("2026-08-20 17:00", "propose rykker-1 2026-08-21 08:00"),
        ("2027-08-20 12:00", "propose rykker-1 2027-08-20 12:00"),
    ],
    ids=["on the dot", "hours late", "after an outage of days", "after a year"],
)
def test_after_an_outage_the_first_step_is_still_the_first(as_of: str, then: str) -> None:
    assert line(next_move(case(invoice("1001", "2026-08-03", NUDGED)), at(as_of))) == then


@pytest.mark.parametrize(
    ("due", "day_of_rykker_1", "because"),
    [
        ("2026-08-08", "2026-08-17", "day 7 is a Saturday"),
        ("2026-03-26", "2026-04-07", "day 7 is Maundy Thursday"),
        ("2026-12-17", "2026-12-28", "day 7 is Christmas Eve"),
        ("2026-12-25", "2027-01-04", "day 7 is New Year's Day, a Friday"),
        ("2026-05-29", "2026-06-08", "day 7 is Constitution Day"),
        ("2026-03-23", "2026-03-30", "over the night in which the clocks go forward"),
        ("2026-10-19", "2026-10-26", "over the night in which they go back"),
        ("2028-02-22", "2028-02-29", "a leap day"),
    ],
)
def test_a_step_that_falls_on_a_closed_day_is_proposed_on_the_next_open_one(
    due: str, day_of_rykker_1: str, because: str
) -> None:
    move = next_move(case(invoice("1001", due, "nudge")), at("2026-01-02 12:00"))
    assert line(move) == f"propose rykker-1 {day_of_rykker_1} 08:00", because


# --- the nudge that would come too late ---


@pytest.mark.parametrize(
    ("as_of", "then"),
    [
        ("2026-07-30 12:00", "propose nudge 2026-07-30 12:00"),
        ("2026-07-30 15:59", "propose nudge 2026-07-30 15:59"),
        ("2026-07-31 09:00", "propose nudge 2026-07-31 09:00"),
        ("2026-07-31 16:30", "propose rykker-1 2026-08-10 08:00"),
        ("2026-08-03 09:00", "propose rykker-1 2026-08-10 08:00"),
    ],
    ids=["two days before", "a minute to closing", "leaves on the due date", "on Tuesday at best", "on the due date"],
)
def test_a_nudge_is_left_out_when_it_could_only_leave_after_the_due_date(as_of: str, then: str) -> None:
    assert line(next_move(case(invoice("1001", "2026-08-03")), at(as_of))) == then


def test_nothing_but_a_pre_due_step_is_ever_left_out_for_being_late() -> None:
    late = case(invoice("1001", "2026-08-03"))
    for step in STEPS[1:]:
        assert passed_over(late, late.invoices[0], step, at("2030-01-01 12:00")) == ""
    assert passed_over(late, late.invoices[0], STEPS[0], at("2026-08-03 09:00")) == ""
    assert passed_over(late, late.invoices[0], STEPS[0], at("2026-08-04 09:00")) == (
        "a the nudge of invoice 1001 on 2026-08-04 would come too late, it is due 2026-08-03"
    )


def test_a_hold_window_longer_than_the_time_left_leaves_every_nudge_out() -> None:
    patient = DK.model_copy(update={"hold_hours": 240})
    facts = case(invoice("1001", "2026-08-03"), settings=patient)
    assert next_move(facts, at("2026-07-01 12:00")).step == "rykker-1"


# --- several invoices ---


def test_two_invoices_at_different_rungs_and_the_highest_step_that_is_due_goes_first() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED, FIRST), invoice("1002", "2026-08-17", "nudge"))
    move = next_move(facts, at("2026-08-24 08:00"))
    assert (line(move), move.amount) == ("propose rykker-2 2026-08-24 08:00", dkk("12500.00"))
    assert [i.number for i in invoices_due(facts, "rykker-2", at("2026-08-24 08:00"))] == ["1001"]


def test_the_other_one_follows_when_the_message_gap_has_passed() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED, FIRST, SECOND), invoice("1002", "2026-08-17", "nudge"))
    move = next_move(facts, at("2026-08-25 09:00"))
    assert line(move) == "propose rykker-1 2026-08-27 08:00"
    assert move.why == "spacing: a message went to this customer on 2026-08-25, 3 days must pass"


def test_invoices_on_the_same_rung_go_out_in_one_message() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED), invoice("1002", "2026-08-03", NUDGED, left="0.50"))
    move = next_move(facts, at("2026-08-10 08:00"))
    assert (move.step, move.amount) == ("rykker-1", dkk("12500.50"))
    assert [i.number for i in invoices_due(facts, "rykker-1", at("2026-08-10 08:00"))] == ["1001", "1002"]


def test_an_invoice_that_comes_due_later_does_not_hurry_along() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED), invoice("1002", "2026-08-04", NUDGED))
    assert [i.number for i in invoices_due(facts, "rykker-1", at("2026-08-10 08:00"))] == ["1001"]
    assert [i.number for i in invoices_due(facts, "rykker-1", at("2026-08-11 08:00"))] == ["1001", "1002"]


def test_when_nothing_is_due_yet_the_earliest_step_is_next() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED), invoice("1002", "2026-08-11"))
    assert line(next_move(facts, at("2026-07-31 12:00"))) == "propose nudge 2026-08-07 08:00"


# --- ladders ---


def test_a_step_that_is_switched_off_is_stepped_over() -> None:
    without = ladder(*[s.model_copy(update={"enabled": s.name != "rykker-1"}) for s in STEPS])
    facts = case(invoice("1001", "2026-08-03", NUDGED), ladder=without)
    assert line(next_move(facts, at("2026-08-01 12:00"))) == "propose rykker-2 2026-08-24 08:00"


def test_a_rung_below_one_that_was_climbed_is_never_gone_back_to() -> None:
    facts = case(invoice("1001", "2026-08-03", SECOND))
    assert next_move(facts, at("2026-08-25 12:00")).step == "notice"


def test_a_rung_of_a_ladder_that_the_case_no_longer_climbs_still_keeps_its_distance() -> None:
    other = ladder(rung("friendly", 3, 14))
    facts = case(invoice("1001", "2026-08-03", "rykker-1 2026-08-11 09:00"), ladder=other)
    move = next_move(facts, at("2026-08-12 12:00"))
    assert line(move) == "propose friendly 2026-08-25 08:00"
    assert move.why.startswith("gap: rykker-1 of invoice 1001 was sent 2026-08-11")


def test_a_step_on_the_due_date_itself_says_so() -> None:
    facts = case(invoice("1001", "2026-08-03"), ladder=ladder(rung("today", 0)))
    assert next_move(facts, at("2026-07-01 12:00")).why == "the today of invoice 1001, on the due date 2026-08-03"


# --- properties ---


def test_the_last_step_is_known_by_its_absence() -> None:
    done = invoice("1001", "2026-08-03", *[s.name for s in LADDER.steps])
    assert next_step(case(done), done, at("2026-10-01 12:00")) is None
