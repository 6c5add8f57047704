"""The reminder of an instalment: when it is put before people, and when it is not. Three of them from 1 September."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.case import Kind, Move
from models.creditor import CreditorSettings
from models.facts import CaseFacts, PlanFacts, Standing
from models.letters import Language
from rules.instalment_reminder import covered, is_reminder, no_longer, step_of, stopping
from rules.ladder import problems
from rules.next_move import next_move
from rules.plans import part_of_plan
from tests.given import DK, at, case, day, dkk, freeze, guarded, invoice, ladder, rung, standing
from tests.moves import FIRST, NUDGED, line
from tests.test_rules_guards import not_cleared

APPROVED = "2026-08-14 10:00"
IN_FORCE = freeze("plan", reason="12637.67 DKK in 3 instalments")
NOTHING_YET = "frozen"


def plan(due: str = "2026-09-01", number: int = 1, **more: Any) -> PlanFacts:
    fields: dict[str, Any] = {
        "since": day("2026-08-14"),
        "number": number,
        "count": 3,
        "due": day(due),
        "amount": dkk("4212.55"),
        "open": dkk("4212.55"),
        "left": dkk("12637.67"),
        "reminded": False,
        **more,
    }
    return PlanFacts(**fields)


def planned(*, days: int = 3, **more: Any) -> CaseFacts:
    """Rykker 1 has gone on 11 August; the plan is in force since the 14th."""
    about = more.pop("invoices", (invoice("1001", "2026-08-03", NUDGED, FIRST),))
    settings = DK.model_copy(update={"plan_reminder_days": days, **more.pop("settings", {})})
    return case(*about, **{"plan": plan(), "freezes": (IN_FORCE,), "settings": settings, **more})


def stands(**more: Any) -> Standing:
    """The reminder of the first instalment as it was proposed on 27 August."""
    fields: dict[str, Any] = {
        "proposed_at": at("2026-08-27 08:00"),
        "letter_date": day("2026-08-28"),
        "heads_up_at": at("2026-08-27 08:00"),
        "send_at": at("2026-08-28 09:00"),
        **more,
    }
    return standing("instalment-1", **fields)


def decided(facts: CaseFacts, now: str = APPROVED) -> str:
    return line(next_move(facts, at(now)))


def proposed(facts: CaseFacts, now: str = APPROVED) -> Move:
    """The move at the instant to which a case sleeps."""
    waits = next_move(facts, at(now))
    assert waits.kind is Kind.frozen
    assert waits.stops == ("plan",), "until then it is the plan that stops the case"
    assert waits.at is not None
    return next_move(facts, waits.at)


def test_none_is_proposed_unless_the_creditor_wishes_it() -> None:
    assert DK.plan_reminder_days == 0
    assert decided(planned(days=0)) == NOTHING_YET
    assert decided(planned(days=0), "2026-08-28 08:00") == NOTHING_YET


@pytest.mark.parametrize(
    ("due", "days", "put_forward"),
    [
        ("2026-09-01", 3, "2026-08-27 08:00"),  # three days before is a Saturday: it leaves on the Friday
        ("2026-09-01", 1, "2026-08-28 08:00"),  # leaves on Monday; the hold window is over on Saturday
        ("2026-09-03", 1, "2026-09-01 08:00"),
        ("2026-09-07", 1, "2026-09-03 08:00"),  # the day before a Monday is a Sunday
        ("2026-09-24", 14, "2026-09-09 08:00"),
        ("2026-12-27", 2, "2026-12-22 08:00"),  # offices are closed from Christmas Eve on
    ],
)
def test_it_is_proposed_early_enough_to_leave_so_many_days_before(due: str, days: int, put_forward: str) -> None:
    facts = planned(days=days, plan=plan(due))
    move = proposed(facts)
    assert line(move) == f"propose instalment-1 {put_forward}"
    assert (move.amount, move.title) == (dkk("4212.55"), "påmindelse om rate 1")
    assert move.why == f"instalment 1 is due {due}; the customer is reminded {days} days before"
    minute_before = at(put_forward) - timedelta(minutes=1)
    assert next_move(facts, minute_before).kind is Kind.frozen


def test_a_plan_that_comes_back_to_a_person_earlier_is_looked_at_then() -> None:
    early = IN_FORCE.model_copy(update={"back_at": at("2026-08-20 08:00")})
    assert decided(planned(freezes=(early,))) == "frozen 2026-08-20 08:00"
    late = IN_FORCE.model_copy(update={"back_at": at("2026-09-07 08:00")})
    assert decided(planned(freezes=(late,))) == "frozen 2026-08-27 08:00"


def test_the_rest_between_messages_holds() -> None:
    facts = planned(last_message_at=at("2026-08-27 09:00"))
    move = proposed(facts, "2026-08-27 12:00")
    assert line(move) == "propose instalment-1 2026-08-28 08:00", "so that it leaves on Monday, not before the 30th"
    assert move.why == "spacing: a message went to this customer on 2026-08-27, 3 days must pass"


@pytest.mark.parametrize(
    ("facts", "now"),
    [
        (planned(plan=plan(reminded=True)), "2026-08-27 08:00"),
        (planned(plan=None), "2026-08-27 08:00"),
        (planned(), "2026-08-31 16:30"),
        (planned(), "2026-09-01 08:00"),
        (planned(), "2026-09-04 08:00"),
        (planned(last_message_at=at("2026-08-30 09:00")), "2026-08-31 08:00"),
        (planned(freezes=(IN_FORCE, freeze("question"))), "2026-08-27 08:00"),
        (planned(freezes=(freeze("hold"), IN_FORCE)), "2026-08-27 08:00"),
        (planned(freezes=(IN_FORCE, freeze("insolvency"))), "2026-08-27 08:00"),
        (planned(settings={"module_on": False}), "2026-08-27 08:00"),
        (planned(invoices=(invoice("1001", "2026-08-20"),)), "2026-08-27 08:00"),
    ],
    ids=[
        "it has been reminded of",
        "none is in force, or one is missed",
        "it could only leave on the day after",
        "its hold window ends after sending hours of the day",
        "it is overdue",
        "the message gap reaches beyond the day",
        "a question",
        "a hold",
        "an insolvency",
        "the module is off",
        "no invoice of the plan is open",
    ],
)
def test_none_is_proposed_when(facts: CaseFacts, now: str) -> None:
    assert decided(facts, now) == NOTHING_YET


def test_the_last_moment_is_the_one_that_still_reaches_the_day_itself() -> None:
    assert decided(planned(), "2026-08-31 15:59") == "propose instalment-1 2026-08-31 15:59"


def test_it_is_about_what_was_due_when_the_plan_began() -> None:
    known = invoice("1001", "2026-08-03", NUDGED, FIRST)
    sold = invoice("1002", "2026-08-01").model_copy(update={"not_reminded": "the claim is sold (factoring)"})
    facts = planned(invoices=(known, sold, invoice("1003", "2026-08-20"), invoice("1004", "2026-08-01", left="0")))
    assert [i.number for i in covered(facts)] == ["1001"]
    assert [i.number for i in facts.invoices if part_of_plan(i, day("2026-08-14"))] == ["1001", "1004"], "paid or not"


def test_one_that_is_set_aside_later_was_part_of_it_all_the_same() -> None:
    aside = invoice("1001", "2026-08-03").model_copy(update={"not_reminded": "withdrawn", "set_aside": "withdrawn"})
    assert covered(planned(invoices=(aside,))) == ()
    assert part_of_plan(aside, day("2026-08-14"))


def test_what_stands_waits_for_its_release_although_the_plan_stops_the_case() -> None:
    move = next_move(planned(standing=stands()), at("2026-08-27 09:00"))
    assert line(move) == "stand instalment-1 2026-08-28 09:00"
    assert move.amount == dkk("4212.55"), "the instalment, not the invoice"
    asked = planned(standing=stands(), freezes=(IN_FORCE, freeze("question")))
    assert decided(asked, "2026-08-27 09:00") == "frozen"
    rykker = planned(standing=standing("rykker-2"))
    assert next_move(rykker, at("2026-08-20 09:00")).kind is Kind.frozen


def test_only_the_plan_itself_does_not_stop_it() -> None:
    facts = planned(freezes=(IN_FORCE, freeze("plan_asked"), freeze("hold")))
    assert [stop.kind for stop in stopping(facts, "instalment-1")] == ["plan_asked", "hold"]
    assert [stop.kind for stop in stopping(facts, "rykker-2")] == ["plan", "plan_asked", "hold"]


@pytest.mark.parametrize(
    ("more", "now", "why"),
    [
        ({}, "2026-09-01 15:59", ""),
        (
            {},
            "2026-09-01 16:00",
            "a reminder on 2026-09-02 of an instalment that is due 2026-09-01 would come too late",
        ),
        ({"plan": None}, "2026-08-28 09:00", "the plan of which instalment 1 is part is not in force"),
        ({"plan": plan("2026-10-01", 2)}, "2026-08-28 09:00", "instalment 1 is not the next one that is unpaid"),
        ({"days": 0}, "2026-08-28 09:00", "reminders of instalments were switched off"),
    ],
)
def test_why_it_must_not_leave_any_more(more: dict[str, Any], now: str, why: str) -> None:
    assert no_longer(planned(**more), "instalment-1", at(now)) == why
    assert no_longer(planned(**more), "rykker-2", at(now)) == ""


# --- the guards ---


def cleared_at(now: datetime, **more: Any) -> dict[str, str]:
    return not_cleared(guarded(case=planned(**more), standing=stands()), now)


def test_every_guard_lets_it_pass_while_its_plan_is_in_force() -> None:
    assert cleared_at(at("2026-08-28 09:00")) == {}


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ({"freezes": (IN_FORCE, freeze("plan_asked"))}, {"no_active_plan": "held: plan_asked: they will call"}),
        ({"freezes": (IN_FORCE, freeze("question"))}, {"no_open_question": "held: question: they will call"}),
        (
            {"plan": None},
            {"figures_unchanged": "held: the plan of which instalment 1 is part is not in force"},
        ),
        (
            {"last_message_at": at("2026-08-27 15:00")},
            {"spacing": "held: the next message to this customer may leave on 2026-08-30 at the earliest"},
        ),
    ],
)
def test_the_guards_hold_it_for_everything_else(more: dict[str, Any], held: dict[str, str]) -> None:
    assert cleared_at(at("2026-08-28 09:00"), **more) == held


def test_the_guards_let_no_other_step_pass_during_a_plan() -> None:
    held = not_cleared(guarded(case=planned(), standing=standing("rykker-2")), at("2026-08-28 09:00"))
    assert held == {"no_active_plan": "held: plan: 12637.67 DKK in 3 instalments"}


# --- no rung of a ladder ---


def test_it_is_a_friendly_word_that_charges_nothing_in_the_staffs_language() -> None:
    facts = planned(settings={"language": Language.en})
    step = step_of(facts, "instalment-12")
    assert step.title == "reminder of instalment 12"
    assert (step.kind, step.fee, step.compensation, step.deadline_days) == ("nudge", False, False, None)
    assert step_of(facts, "rykker-1") == facts.ladder.step("rykker-1")
    with pytest.raises(KeyError):
        step_of(facts, "instalment-x")


def test_no_ladder_has_a_step_of_that_name_or_with_its_words() -> None:
    assert is_reminder("instalment-3")
    assert not is_reminder("instalment")
    assert problems(ladder(rung("instalment-3", 7)), ("reminder-1",)) == [
        "Step instalment-3 bears a name that is kept for reminders of instalments; give it another."
    ]
    assert problems(ladder(rung("rykker-1", 7, wording="instalment")), ("instalment", "reminder-1")) == [
        "Step rykker-1 names the wording 'instalment', which is kept for payment plans; choose another."
    ]


@pytest.mark.parametrize("days", [-1, 15])
def test_it_is_wished_for_at_most_a_fortnight_before(days: int) -> None:
    with pytest.raises(ValueError, match="plan_reminder_days"):
        CreditorSettings(plan_reminder_days=days)
