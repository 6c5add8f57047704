"""When a case does nothing: stopped, standing, never to be reminded, at its end, or not opened at all."""

from __future__ import annotations

from typing import Any

import pytest

from models.case import Kind
from models.facts import InvoiceFacts
from models.money import Money
from rules.next_move import next_move, opens
from tests.given import DK, at, case, dkk, freeze, invoice, standing
from tests.moves import NUDGED, line

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


# --- when a case is opened ---


@pytest.mark.parametrize(
    ("as_of", "opened"),
    [("2026-07-29 07:00", False), ("2026-07-29 08:00", True), ("2026-09-01 12:00", True)],
    ids=["more than a day before", "a day before", "long overdue"],
)
def test_a_case_is_opened_a_day_before_its_first_step(as_of: str, opened: bool) -> None:
    assert opens(case(invoice("1001", "2026-08-03")), at(as_of)) is opened


@pytest.mark.parametrize(
    ("as_of", "opened"),
    [("2026-08-06 12:00", False), ("2026-08-07 12:00", True), ("2026-08-08 12:00", True), ("2026-08-09 07:00", True)],
    ids=["Thursday", "Friday", "Saturday", "Sunday"],
)
def test_over_a_weekend_a_case_is_opened_on_the_friday_before_its_first_step(as_of: str, opened: bool) -> None:
    facts = case(invoice("1001", "2026-08-03", NUDGED))
    assert line(next_move(facts, at(as_of))) == "propose rykker-1 2026-08-10 08:00"
    assert opens(facts, at(as_of)) is opened


def test_no_case_is_opened_for_nothing() -> None:
    now = at("2026-09-01 12:00")
    assert not opens(case(), now)
    assert not opens(case(invoice("1001", "2026-08-03", left="0")), now)
    assert not opens(case(invoice("1001", None)), now)
    assert not opens(case(invoice("1001"), settings=DK.model_copy(update={"module_on": False})), now)
