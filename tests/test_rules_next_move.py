"""What a case does next: given invoices and what was sent for them, as of an instant, then this move and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from models.case import Kind, Move
from models.creditor import CreditorSettings
from models.facts import CaseFacts, InvoiceFacts, SentStep
from models.ladder import Ladder
from models.money import Money
from rules.calendar import is_business_day, local_day, sending_time
from rules.next_move import due_steps, hold_hours, invoices_due, next_move, next_step, opens, passed_over
from tests.given import (
    DK,
    LADDER,
    STEPS,
    at,
    case,
    dates,
    dkk,
    freeze,
    instants,
    invoice,
    ladder,
    rung,
    some_case,
    some_ladder,
    some_settings,
    standing,
)

NUDGED = "nudge 2026-07-31 09:00"
FIRST = "rykker-1 2026-08-11 09:00"
SECOND = "rykker-2 2026-08-25 09:00"
NOTICE = "notice 2026-09-08 09:00"


def line(move: Move) -> str:
    """`propose rykker-1 2026-08-10 08:00`."""
    when = f" {move.at.astimezone(DK.tz):%Y-%m-%d %H:%M}" if move.at else ""
    return f"{move.kind}{' ' + move.step if move.step else ''}{when}"


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
        ([NUDGED, FIRST, SECOND, NOTICE, "call"], "2026-09-19 08:00", "frozen", "the ladder has been climbed"),
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


# --- what stops a case ---


@pytest.mark.parametrize(
    ("more", "then", "why"),
    [
        ({"freezes": (freeze(),)}, "frozen", "hold: they will call"),
        ({"freezes": (freeze("snooze", "2026-08-20 08:00"),)}, "frozen 2026-08-20 08:00", "snooze: they will call"),
        (
            {"freezes": (freeze("snooze", "2026-08-20 08:00"), freeze("snooze", "2026-08-13 08:00"))},
            "frozen 2026-08-20 08:00",
            "snooze: they will call",
        ),
        ({"freezes": (freeze("snooze", "2026-08-20 08:00"), freeze("question"))}, "frozen", "snooze: they will call"),
        (
            {"settings": DK.model_copy(update={"module_on": False})},
            "frozen",
            "the reminder module is switched off",
        ),
        (
            {
                "settings": DK.model_copy(update={"module_on": False}),
                "freezes": (freeze("snooze", "2026-08-20 08:00"),),
            },
            "frozen",
            "the reminder module is switched off",
        ),
    ],
    ids=["a hold has no end", "a snooze has", "the longest counts", "one without end wins", "module off", "both"],
)
def test_a_case_that_is_stopped_proposes_nothing(more: dict[str, Any], then: str, why: str) -> None:
    move = next_move(case(invoice("1001", "2026-08-03", NUDGED), **more), at("2026-08-12 12:00"))
    assert (line(move), move.why) == (then, why)


def test_a_freeze_also_stops_what_stands() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED), standing=standing(), freezes=(freeze("question"),))
    assert next_move(facts, at("2026-08-10 12:00")).kind is Kind.frozen


@pytest.mark.parametrize("released", [True, False])
def test_what_stands_is_looked_at_again_when_its_window_is_over(released: bool) -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED), standing=standing(released=released))
    move = next_move(facts, at("2026-08-10 12:00"))
    assert line(move) == "stand rykker-1 2026-08-11 09:00"
    assert move.send_at == move.at
    assert move.why == ("released, waits for its sending time" if released else "waits for an admin's release")


def test_what_was_never_announced_is_not_waited_for_but_announced() -> None:
    unannounced = standing(heads_up_at=None, released=False)
    facts = case(invoice("1001", "2026-08-03", NUDGED), standing=unannounced)
    move = next_move(facts, at("2026-08-10 12:00"))
    assert line(move) == "propose rykker-1 2026-08-10 08:00"
    assert move.why == "the heads-up has not been given yet"


# --- what is never reminded, and how a case ends ---


def beside(why: str, **more: Any) -> InvoiceFacts:
    return invoice("1001", "2026-08-03").model_copy(update={"not_reminded": why, **more})


@pytest.mark.parametrize(
    "left_out",
    [
        beside("the books give it no due date", due_date=None),
        beside("it is in EUR, this creditor reminds in DKK only", balance=Money.of("90", "EUR")),
        beside("it is a credit note"),
        beside("the claim is sold (factoring)"),
        beside("its terms are prepaid; a person must ask why it is open"),
    ],
    ids=lambda facts: facts.not_reminded,
)
def test_an_invoice_that_may_not_be_reminded_waits_for_a_person_and_others_climb_past_it(
    left_out: InvoiceFacts,
) -> None:
    alone = next_move(case(left_out), at("2026-08-12 12:00"))
    assert alone.kind is Kind.frozen
    assert alone.why == (f"no invoice of the case may be reminded (1001: {left_out.not_reminded}); a person decides")
    beside_another = next_move(case(left_out, invoice("1002", "2026-08-03", "nudge")), at("2026-08-12 12:00"))
    assert (beside_another.step, beside_another.amount) == ("rykker-1", dkk("12500.00"))


@pytest.mark.parametrize(("by_credit", "outcome"), [(False, "paid"), (True, "credited")])
def test_a_case_with_nothing_left_to_pay_closes_whatever_else_stops_it(by_credit: bool, outcome: str) -> None:
    settled = invoice("1001", "2026-08-03", NUDGED, left="0")
    move = next_move(
        case(settled, settled_by_credit=by_credit, freezes=(freeze(),), standing=standing()), at("2026-08-12 12:00")
    )
    assert (move.kind, move.outcome, move.why) == (Kind.close, outcome, f"nothing is left to pay: {outcome}")


def test_an_invoice_that_is_paid_leaves_the_ladder_and_the_other_goes_on() -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED, left="0"), invoice("1002", "2026-08-05", "nudge"))
    move = next_move(facts, at("2026-08-10 08:00"))
    assert (line(move), move.amount) == ("propose rykker-1 2026-08-12 08:00", dkk("12500.00"))


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


# --- when a case is opened ---


@pytest.mark.parametrize(
    ("as_of", "opened"),
    [("2026-07-29 07:00", False), ("2026-07-29 08:00", True), ("2026-09-01 12:00", True)],
    ids=["more than a day before", "a day before", "long overdue"],
)
def test_a_case_is_opened_a_day_before_its_first_step(as_of: str, opened: bool) -> None:
    assert opens(case(invoice("1001", "2026-08-03")), at(as_of)) is opened


def test_no_case_is_opened_for_nothing() -> None:
    now = at("2026-09-01 12:00")
    assert not opens(case(), now)
    assert not opens(case(invoice("1001", "2026-08-03", left="0")), now)
    assert not opens(case(invoice("1001", None)), now)
    assert not opens(case(invoice("1001"), settings=DK.model_copy(update={"module_on": False})), now)


# --- properties ---


@given(facts=some_case(), as_of=instants)
def test_there_is_always_a_next_move_and_it_never_raises(facts: CaseFacts, as_of: datetime) -> None:
    move = next_move(facts, as_of)
    assert move.why
    assert bool(move.outcome) is (move.kind is Kind.close)
    if move.kind in (Kind.propose, Kind.task, Kind.stand):
        assert move.at is not None
        assert facts.ladder.step(move.step).title == move.title
    opens(facts.model_copy(update={"case_id": "", "standing": None, "freezes": ()}), as_of)


@given(facts=some_case(), as_of=instants)
def test_no_step_comes_due_before_its_day_or_within_a_gap(facts: CaseFacts, as_of: datetime) -> None:
    for due in due_steps(facts, as_of):
        here = local_day(due.at, facts.settings)
        assert due.at >= as_of
        assert due.invoice.due_date is not None
        assert here >= due.invoice.due_date + timedelta(days=facts.ladder.planned[due.step.name])
        for sent in due.invoice.sent:
            if sent.at is not None:
                assert here >= local_day(sent.at, facts.settings) + timedelta(days=due.step.gap_days)
        if facts.last_message_at is not None:
            last = local_day(facts.last_message_at, facts.settings)
            window = timedelta(hours=0 if due.step.is_task else hold_hours(facts, due.step))
            leaves = local_day(sending_time(due.at + window, facts.settings), facts.settings)
            assert leaves >= last + timedelta(days=facts.settings.message_gap_days)
        assert due.step.is_task or is_business_day(here, facts.settings.country)
        assert due.step.name not in {sent.step for sent in due.invoice.sent}
        assert due.step.enabled
        assert not due.invoice.not_reminded


@given(facts=some_case(), as_of=instants)
def test_what_is_proposed_now_has_invoices_to_propose(facts: CaseFacts, as_of: datetime) -> None:
    free = facts.model_copy(update={"standing": None})
    move = next_move(free, as_of)
    if move.kind in (Kind.propose, Kind.task) and move.at is not None and move.at <= as_of:
        due = invoices_due(free, move.step, as_of)
        assert due
        rungs = [free.ladder.steps.index(d.step) for d in due_steps(free, as_of) if d.at <= as_of]
        assert free.ladder.steps.index(free.ladder.step(move.step)) == max(rungs), "the highest that is due goes first"


@how(max_examples=60)
@given(
    climbed=some_ladder(),
    settings=some_settings(),
    dues=st.lists(dates, min_size=1, max_size=3),
    delays=st.lists(st.integers(0, 30), min_size=1, max_size=6),
)
def test_however_late_people_release_no_step_is_doubled_none_skipped_and_every_gap_holds(
    climbed: Ladder, settings: CreditorSettings, dues: list[Any], delays: list[int]
) -> None:
    facts = climb(climbed, settings, dues, delays)
    expected = [step.name for step in climbed.climbed]
    for one in facts.invoices:
        done = [sent.step for sent in one.sent]
        assert done == [name for name in expected if name in done], "in the order of the ladder, each once"
        assert all(climbed.step(name).before_due for name in expected if name not in done), "only pre-due ones left out"
        went = [(sent, local_day(sent.at, settings)) for sent in one.sent if sent.at is not None]
        for (_, before), (sent, after) in pairwise(went):
            assert after - before >= timedelta(days=climbed.step(sent.step).gap_days)
    messages = sorted({sent.at for one in facts.invoices for sent in one.sent if sent.at is not None})
    days = [local_day(m, settings) for m in messages]
    gap = timedelta(days=settings.message_gap_days)
    assert all(after - before >= gap for before, after in pairwise(days))


def climb(climbed: Ladder, settings: CreditorSettings, dues: Sequence[Any], delays: Sequence[int]) -> CaseFacts:
    """Play a case to its end: whatever is proposed leaves after its window and so many days of delay."""
    invoices = tuple(invoice(str(1001 + n)).model_copy(update={"due_date": due}) for n, due in enumerate(dues))
    facts = case(*invoices, settings=settings, ladder=climbed)
    now = at("2025-01-01 00:00")
    for turn in range(200):
        move = next_move(facts, now)
        if move.kind is Kind.frozen:
            return facts
        assert move.at is not None
        now = max(now, move.at)
        step = climbed.step(move.step)
        due = {i.number for i in invoices_due(facts, step.name, now)}
        assert due, "what comes next is due at its time"
        leaves: datetime | None = None
        if not step.is_task:
            late = timedelta(days=delays[turn % len(delays)])
            leaves = now = sending_time(now + timedelta(hours=settings.hold_hours) + late, settings)
            due = {i.number for i in facts.invoices if i.number in due and not passed_over(facts, i, step, now)}
        sent = SentStep(step=step.name, at=leaves)
        climbing = [i.model_copy(update={"sent": (*i.sent, sent)}) if i.number in due else i for i in facts.invoices]
        last = leaves if due and leaves else facts.last_message_at
        facts = facts.model_copy(update={"invoices": tuple(climbing), "last_message_at": last})
    raise AssertionError("the case never came to an end")


def test_the_last_step_is_known_by_its_absence() -> None:
    done = invoice("1001", "2026-08-03", *[s.name for s in LADDER.steps])
    assert next_step(case(done), done, at("2026-10-01 12:00")) is None
