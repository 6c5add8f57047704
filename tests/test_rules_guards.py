"""The last look before a send: every guard clears, holds or waits, and says why and on what grounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.claim import Debtor
from models.facts import Answer, CaseFacts, CompanyStanding, GuardFacts, Live, Verdict
from models.money import Money
from rules.guards import GUARDS, judge
from tests.given import (
    DIGEST,
    DK,
    at,
    case,
    day,
    dkk,
    freeze,
    guarded,
    instants,
    invoice,
    some_case,
    standing,
)

NINE = at("2026-08-11 09:00")
NAMES = [
    "module_on",
    "unpaid",
    "balance_positive",
    "figures_unchanged",
    "fresh",
    "no_open_question",
    "no_active_plan",
    "solvent",
    "recipient",
    "spacing",
    "lawful",
    "released",
    "noticed",
    "hours",
]
NUDGED = invoice("1001", "2026-08-03", "nudge 2026-07-31 09:00")


def verdicts(facts: GuardFacts, as_of: datetime = NINE) -> dict[str, Verdict]:
    return {verdict.guard: verdict for verdict in judge(facts, as_of)}


def not_cleared(facts: GuardFacts, as_of: datetime = NINE) -> dict[str, str]:
    return {v.guard: f"{v.answer}: {v.why}" for v in judge(facts, as_of) if v.answer is not Answer.cleared}


def live(amount: str = "12500.00", **more: Any) -> Live:
    return Live(**{"remainders": {"1001": dkk(amount)}, "unapplied_credit": dkk("0"), **more})


def test_a_released_announced_and_unchanged_reminder_is_cleared_by_every_guard_at_nine() -> None:
    seen = verdicts(guarded())
    assert list(seen) == NAMES
    assert {v.answer for v in seen.values()} == {Answer.cleared}
    assert {v.why for v in seen.values()} == {""}
    assert all(v.inputs for v in seen.values()), "also a guard that clears says what it looked at"


def business(**more: Any) -> CaseFacts:
    """A business of which the register said something an hour ago: by default that it is active."""
    said = {"number": "99999993", "state": "healthy", "allowed": True, "said": "NORMAL", "age_seconds": 3600.0, **more}
    return case(NUDGED, debtor=Debtor.business, company=CompanyStanding(**{"accepted": False, **said}))


def test_an_active_company_one_a_person_accepted_and_a_watch_that_is_off_clear() -> None:
    assert not_cleared(guarded(case=business())) == {}
    assert not_cleared(guarded(case=business(state="winding_up", allowed=False, accepted=True))) == {}
    off = DK.model_copy(update={"company_watch": False})
    assert not_cleared(guarded(case=case(NUDGED, debtor=Debtor.business, settings=off))) == {}


# Each row is one thing that is off, the guards that do not clear for it, and their words.
HELD: list[tuple[str, Callable[[], GuardFacts], dict[str, str]]] = [
    (
        "the module was switched off",
        lambda: guarded(case=case(NUDGED, settings=DK.model_copy(update={"module_on": False}))),
        {"module_on": "held: the reminder module is switched off"},
    ),
    (
        "paid in the books",
        lambda: guarded(live=live("0")),
        {"unpaid": "held: invoice 1001 is paid or credited"},
    ),
    (
        "credited beyond its amount",
        lambda: guarded(live=live("-0.01")),
        {"unpaid": "held: invoice 1001 is paid or credited"},
    ),
    (
        "gone from the books",
        lambda: guarded(live=Live(unapplied_credit=dkk("0"))),
        {
            "unpaid": "held: the books no longer have invoice 1001; that is not the same as paid, a person must look",
        },
    ),
    (
        "paid on the ledger, the books do not know yet",
        lambda: guarded(case=case(NUDGED.model_copy(update={"balance": dkk("0")})), live=live()),
        {"balance_positive": "held: 0.00 DKK is left on the proposal and 0.00 DKK on the customer's account"},
    ),
    (
        "money on account for all of it",
        lambda: guarded(live=live(unapplied_credit=dkk("12500.00"))),
        {"balance_positive": "held: 12500.00 DKK is left on the proposal and 0.00 DKK on the customer's account"},
    ),
    (
        "a credit note bigger than the invoice",
        lambda: guarded(live=live(unapplied_credit=dkk("20000.00"))),
        {"balance_positive": "held: 12500.00 DKK is left on the proposal and -7500.00 DKK on the customer's account"},
    ),
    (
        "money on account that nobody has looked at",
        lambda: guarded(live=live(unapplied_credit=dkk("5000.00")), news_of_credit=dkk("5000.00")),
        {
            "balance_positive": "held: 5000.00 DKK of the customer stands against no invoice in the books, and nobody "
            "has looked at it",
        },
    ),
    (
        "other figures",
        lambda: guarded(changes=("invoice 1001 had 12500.00 DKK outstanding, now 7500.00 DKK",), digest_now="x"),
        {"figures_unchanged": "held: invoice 1001 had 12500.00 DKK outstanding, now 7500.00 DKK"},
    ),
    (
        "another digest that nobody can put into words",
        lambda: guarded(digest_now="e" * 64),
        {"figures_unchanged": "held: the message would read differently today"},
    ),
    (
        "the books do not answer",
        lambda: guarded(live=Live(error="e-conomic gave no usable answer")),
        {"fresh": "held: the books could not be read: e-conomic gave no usable answer"},
    ),
    (
        "an old file",
        lambda: guarded(live=live(age_seconds=24 * 3600 + 1)),
        {"fresh": "held: what is known of payments is 1 day, 0:00:01 old, 1 day, 0:00:00 is allowed"},
    ),
    (
        "a question",
        lambda: guarded(case=case(NUDGED, freezes=(freeze("question", reason="the customer asks: other"),))),
        {"no_open_question": "held: question: the customer asks: other"},
    ),
    (
        "two things at once",
        lambda: guarded(case=case(NUDGED, freezes=(freeze(), freeze("snooze", "2026-09-01 08:00")))),
        {"no_open_question": "held: hold: they will call; snooze: they will call"},
    ),
    (
        "a plan in force",
        lambda: guarded(case=case(NUDGED, freezes=(freeze("plan", reason="3 instalments"),))),
        {"no_active_plan": "held: plan: 3 instalments"},
    ),
    (
        "a plan asked for",
        lambda: guarded(case=case(NUDGED, freezes=(freeze("plan_asked", reason="3 instalments"),))),
        {"no_active_plan": "held: plan_asked: 3 instalments"},
    ),
    (
        "a find of the company watch",
        lambda: guarded(case=case(NUDGED, freezes=(freeze("insolvency", reason="UNDER KONKURS"),))),
        {"solvent": "held: UNDER KONKURS"},
    ),
    (
        "a business of which no register has ever told",
        lambda: guarded(case=case(NUDGED, debtor=Debtor.business)),
        {"solvent": "held: the company register has never answered for this customer"},
    ),
    (
        "a register that has not answered for four days",
        lambda: guarded(case=business(age_seconds=4 * 24 * 3600)),
        {"solvent": "held: the register's last answer is more than 3 days, 0:00:00 old"},
    ),
    (
        "a company in forced dissolution",
        lambda: guarded(case=business(state="winding_up", allowed=False, said="UNDERTVANGSOPLØSNING")),
        {"solvent": "held: the register has the company as winding_up (UNDERTVANGSOPLØSNING); a person decides"},
    ),
    (
        "no address",
        lambda: guarded(recipients=0, recipient_problem="customer 1 has no e-mail address in the books"),
        {"recipient": "held: customer 1 has no e-mail address in the books"},
    ),
    (
        "no address and no reason",
        lambda: guarded(recipients=0),
        {"recipient": "held: no usable address on a channel that suffices for the step"},
    ),
    (
        "a message two days ago",
        lambda: guarded(case=case(NUDGED, last_message_at=at("2026-08-09 09:00"))),
        {"spacing": "held: the next message to this customer may leave on 2026-08-12 at the earliest"},
    ),
    (
        "the legal gap",
        lambda: guarded(
            case=case(invoice("1001", "2026-08-03", "rykker-1 2026-08-05 09:00")), standing=standing("rykker-2")
        ),
        {"spacing": "held: the next message to this customer may leave on 2026-08-15 at the earliest"},
    ),
    (
        "nobody released",
        lambda: guarded(released_digest="", released_by_admin=False),
        {"released": "held: no admin has released this proposal"},
    ),
    (
        "released as it read before",
        lambda: guarded(released_digest="old"),
        {"released": "held: the release is for other figures, wording or recipients"},
    ),
    (
        "released by somebody who is no admin",
        lambda: guarded(released_by_admin=False),
        {"released": "held: the release is for other figures, wording or recipients"},
    ),
    (
        "never announced",
        lambda: guarded(standing=standing(heads_up_at=None)),
        {"noticed": "held: no heads-up has been given yet"},
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in HELD], ids=[row[0] for row in HELD])
def test_what_is_off_is_held_by_its_guard_with_a_reason(
    facts: Callable[[], GuardFacts], expected: dict[str, str]
) -> None:
    assert not_cleared(facts()) == expected


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-08-11 07:59", {"noticed": "2026-08-11 08:00", "hours": "2026-08-11 09:00"}),
        ("2026-08-11 08:00", {"hours": "2026-08-11 09:00"}),
        ("2026-08-11 08:59", {"hours": "2026-08-11 09:00"}),
        ("2026-08-11 09:00", {}),
        ("2026-08-11 15:59", {}),
        ("2026-08-11 16:00", {"hours": "2026-08-12 09:00"}),
        ("2026-08-15 12:00", {"hours": "2026-08-17 09:00"}),
        ("2026-12-24 12:00", {"hours": "2026-12-28 09:00"}),
    ],
)
def test_the_hold_window_and_the_sending_hours_are_waited_for(as_of: str, expected: dict[str, str]) -> None:
    waits = {v.guard: v for v in judge(guarded(), at(as_of)) if v.answer is Answer.wait}
    assert {name: v.until for name, v in waits.items()} == {name: at(until) for name, until in expected.items()}
    assert all(v.why for v in waits.values())


@pytest.mark.parametrize(
    ("heads_up", "over"),
    [("2026-03-28 08:30", "2026-03-29 09:30"), ("2026-10-24 08:30", "2026-10-25 07:30")],
    ids=["over a day of 23 hours", "over a day of 25 hours"],
)
def test_a_hold_window_of_24_hours_is_24_hours_also_when_the_clocks_change(heads_up: str, over: str) -> None:
    announced = standing(heads_up_at=at(heads_up))
    minute = timedelta(minutes=1)
    assert verdicts(guarded(standing=announced), at(over) - minute)["noticed"].answer is Answer.wait
    assert verdicts(guarded(standing=announced), at(over))["noticed"].answer is Answer.cleared


def test_a_nudge_may_leave_on_the_due_date_and_is_held_as_no_longer_true_after_it() -> None:
    assert not_cleared(guarded(case=case(invoice("1001", "2026-08-11")), standing=standing("nudge"))) == {}
    facts = guarded(case=case(invoice("1001", "2026-08-10")), standing=standing("nudge"))
    held = not_cleared(facts)["figures_unchanged"]
    assert held == ("held: a the nudge of invoice 1001 on 2026-08-11 would come too late, it is due 2026-08-10")


def test_what_the_law_has_against_the_letter_holds_it_with_its_words() -> None:
    facts = guarded(unlawful=("a formal notice goes by email, and there is no such address",))
    assert not_cleared(facts) == {"lawful": "held: a formal notice goes by email, and there is no such address"}


def test_the_data_may_be_as_old_as_the_creditor_allows() -> None:
    strict = DK.model_copy(update={"fresh_minutes": 10})
    assert not_cleared(guarded(case=case(NUDGED, settings=strict), live=live(age_seconds=600))) == {}
    assert "fresh" in not_cleared(guarded(case=case(NUDGED, settings=strict), live=live(age_seconds=601)))


def test_what_cannot_be_read_is_not_taken_for_paid_or_gone() -> None:
    assert list(not_cleared(guarded(live=Live(error="down")))) == ["fresh"]


def test_credit_and_invoices_in_another_currency_do_not_count_against_the_account() -> None:
    euro = invoice("9", "2026-08-03").model_copy(update={"balance": Money.of("-99", "EUR"), "not_reminded": "in EUR"})
    credit = Money.of("99999", "EUR")
    assert not_cleared(guarded(case=case(NUDGED, euro), live=live(unapplied_credit=credit))) == {}


def test_the_other_open_invoices_of_the_customer_count_for_the_account() -> None:
    other = invoice("1002", "2026-08-20", left="500.00")
    seen = verdicts(guarded(case=case(NUDGED, other), live=live(unapplied_credit=dkk("12600.00"))))
    assert seen["balance_positive"].answer is Answer.cleared
    looked_at = {"proposal": "12500.00 DKK", "account": "400.00 DKK", "unapplied": "12600.00 DKK"}
    assert seen["balance_positive"].inputs == looked_at


def test_money_on_account_that_was_looked_at_or_is_gone_again_holds_nothing() -> None:
    assert not_cleared(guarded(live=live(unapplied_credit=dkk("5000.00")))) == {}
    assert not_cleared(guarded(news_of_credit=dkk("0"))) == {}


def test_the_verdicts_keep_what_the_guards_looked_at() -> None:
    seen = verdicts(guarded(live=live("7500.00", age_seconds=90)))
    assert seen["module_on"].inputs == {"module": "on"}
    assert seen["unpaid"].inputs == {"remainder 1001": "7500.00 DKK"}
    assert seen["figures_unchanged"].inputs == {"proposed": DIGEST, "now": DIGEST}
    assert seen["fresh"].inputs == {"age": "0:01:30", "allowed": "1 day, 0:00:00"}
    assert seen["no_open_question"].inputs == {"freezes": "0"}
    assert seen["recipient"].inputs == {"usable": "2"}
    assert seen["spacing"].inputs["clear_from"] == "2026-08-03"
    assert seen["released"].inputs == {"released": DIGEST, "proposed": DIGEST}
    assert seen["noticed"].inputs["heads_up"].startswith("2026-08-10T08:00")
    assert seen["hours"].inputs["now"] == seen["hours"].inputs["next_opening"]


@pytest.mark.parametrize(
    ("last", "clears"),
    [("2026-08-08 15:59", True), ("2026-08-09 00:01", False), ("2026-08-08 23:59", True)],
    ids=["three days", "two days and a bit", "three civil days, though not 72 hours"],
)
def test_the_gap_between_messages_counts_civil_days(last: str, clears: bool) -> None:
    facts = guarded(case=case(NUDGED, last_message_at=at(last)))
    assert ("spacing" not in not_cleared(facts)) is clears


def test_one_invoice_of_two_that_is_paid_holds_the_whole_proposal() -> None:
    both = case(NUDGED, invoice("1002", "2026-08-03", "nudge 2026-07-31 09:00"))
    paid = Live(remainders={"1001": dkk("12500.00"), "1002": dkk("0")}, unapplied_credit=dkk("0"))
    held = not_cleared(guarded(case=both, standing=standing("rykker-1", "1001", "1002"), live=paid))
    assert held == {"unpaid": "held: invoice 1002 is paid or credited"}


@given(
    picture=some_case(),
    as_of=instants,
    age=st.floats(0, 10**7),
    error=st.sampled_from(("", "down")),
    left=st.integers(-100, 10_000),
)
def test_every_guard_answers_whatever_the_facts_and_none_is_silent_about_a_refusal(
    picture: Any, as_of: datetime, age: float, error: str, left: int
) -> None:
    numbers = [i.number for i in picture.invoices] or ["1001"]
    proposal = standing(picture.ladder.steps[0].name, *numbers, letter_date=day("2026-08-11"))
    remainders = {n: Money(minor=left, currency="DKK") for n in numbers[:1]}
    seen = guarded(case=picture, standing=proposal, live=Live(age_seconds=age, error=error, remainders=remainders))
    answers = judge(seen, as_of)
    assert [v.guard for v in answers] == [guard.__name__ for guard in GUARDS] == NAMES
    for verdict in answers:
        assert bool(verdict.why) is (verdict.answer is not Answer.cleared)
        assert (verdict.until is not None) is (verdict.answer is Answer.wait)
        assert verdict.until is None or verdict.until > as_of
