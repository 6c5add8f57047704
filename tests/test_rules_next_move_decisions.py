"""After the last rung: on which days a person is asked what is to become of it, and when not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from models.case import Kind
from models.claim import LetterKind
from models.facts import AskedTask, CaseFacts, SentLetter
from rules.after_ladder import FIRST
from rules.calendar import is_business_day, local_day
from rules.next_move import decision_due, next_move, opens
from tests.given import at, case, day, dkk, freeze, instants, invoice, some_case
from tests.moves import FIRST as RYKKER_1
from tests.moves import NOTICE, NUDGED, SECOND, line

CLIMBED = (NUDGED, RYKKER_1, SECOND, NOTICE, "call")
"""Everything went out; the call was asked for."""


def asked(*lines: str) -> tuple[AskedTask, ...]:
    """`decision 2026-10-02 08:00`, `call 2026-09-19 08:00`."""
    return tuple(AskedTask(kind=kind, at=at(when)) for kind, when in (text.split(" ", 1) for text in lines))


def notice(sent: str, deadline: str) -> SentLetter:
    return SentLetter(
        proposal_id="p",
        sent=day(sent),
        kind=LetterKind.formal_notice,
        deadline=day(deadline),
        fee=0,
        invoices=("1001",),
    )


def decided(
    *tasks: str,
    as_of: str,
    due: str = "2026-08-03",
    letters: tuple[SentLetter, ...] = (),
    sent: tuple[str, ...] = CLIMBED,
) -> str:
    facts = case(invoice("1001", due, *sent), asked=asked(*tasks), letters=letters)
    return line(next_move(facts, at(as_of)))


CALLED = "call 2026-09-19 08:00"
AT_60, AT_90 = "decision 2026-10-02 08:00", "decision 2026-11-02 08:00"


@pytest.mark.parametrize(
    ("tasks", "as_of", "then"),
    [
        ([CALLED], "2026-09-19 08:00", "task decision-60 2026-10-02 08:00"),
        ([CALLED], "2026-10-02 08:00", "task decision-60 2026-10-02 08:00"),
        ([CALLED, AT_60], "2026-10-02 08:00", "task decision-90 2026-11-02 08:00"),
        ([CALLED, AT_60, AT_90], "2026-11-02 08:00", "task decision-120 2026-12-01 08:00"),
        ([CALLED, AT_60, AT_90, "decision 2026-12-01 08:00"], "2026-12-01 08:00", "task decision-150 2027-01-04 08:00"),
    ],
    ids=["60 days", "on the day", "90 days fall on a Sunday", "every 30 days from then on", "150 days: 31 December"],
)
def test_a_decision_is_asked_for_at_60_and_90_days_and_every_30_after_that(
    tasks: list[str], as_of: str, then: str
) -> None:
    assert decided(*tasks, as_of=as_of) == then


@pytest.mark.parametrize(
    ("letters", "tasks", "then"),
    [
        ((notice("2026-10-06", "2026-10-16"),), [], "task decision-60 2026-10-21 08:00"),
        ((notice("2026-10-06", "2026-10-16"),), ["call 2026-10-22 08:00"], "task decision-60 2026-10-23 08:00"),
        ((notice("2026-10-20", "2026-10-30"),), [], "task decision-90 2026-11-04 08:00"),
        ((notice("2026-11-24", "2026-12-04"),), [], "task decision-120 2026-12-09 08:00"),
    ],
    ids=[
        "a deadline on day 74",
        "the morning after a late call",
        "on day 88: 90 is reached",
        "three marks were missed",
    ],
)
def test_a_ladder_that_ends_late_asks_once_when_its_last_deadline_and_the_banks_days_are_over(
    letters: tuple[SentLetter, ...], tasks: list[str], then: str
) -> None:
    assert decided(*tasks, as_of="2026-10-01 12:00", letters=letters) == then


def test_after_a_late_one_the_next_mark_counts_again_but_never_in_the_same_week() -> None:
    assert decided("decision 2026-10-21 08:00", as_of="2026-10-21 08:00") == "task decision-90 2026-11-02 08:00"
    assert decided("decision 2026-10-29 08:00", as_of="2026-10-29 08:00") == "task decision-120 2026-12-01 08:00"


def test_what_was_missed_while_the_case_stood_still_is_asked_at_once_and_within_the_day() -> None:
    assert decided(CALLED, as_of="2026-12-10 11:00") == "task decision-120 2026-12-10 11:00"
    assert decided(CALLED, as_of="2026-12-12 11:00") == "task decision-120 2026-12-14 08:00", "a Saturday"


def test_freezes_stop_a_decision_like_everything_else() -> None:
    facts = case(invoice("1001", "2026-08-03", *CLIMBED), freezes=(freeze("question"),))
    assert next_move(facts, at("2026-10-02 08:00")).kind is Kind.frozen


def test_an_invoice_that_has_climbed_is_decided_on_although_a_younger_one_still_climbs() -> None:
    facts = case(invoice("1001", "2026-08-03", *CLIMBED), invoice("1002", "2026-09-28"), last_message_at=None)
    move = next_move(facts, at("2026-10-02 08:00"))
    assert (line(move), move.amount) == ("task decision-60 2026-10-02 08:00", dkk("12500.00"))
    found = decision_due(facts, at("2026-10-02 08:00"))
    assert found is not None
    assert [i.number for i in found.invoices] == ["1001"]
    later = facts.model_copy(update={"asked": asked(AT_60)})
    assert line(next_move(later, at("2026-10-02 08:00"))) == "propose rykker-1 2026-10-05 08:00"


def test_no_decision_while_every_invoice_climbs_or_none_may_be_reminded() -> None:
    assert decision_due(case(invoice("1001", "2026-08-03", NUDGED)), at("2026-12-01 08:00")) is None
    sold = invoice("1001", "2026-08-03", *CLIMBED).model_copy(update={"not_reminded": "the claim is sold (factoring)"})
    assert decision_due(case(sold), at("2026-12-01 08:00")) is None
    assert next_move(case(sold), at("2026-12-01 08:00")).kind is Kind.frozen


def test_a_debt_that_comes_back_after_its_case_was_closed_is_put_before_a_person_again() -> None:
    assert opens(case(invoice("1001", "2026-08-03", *CLIMBED)), at("2026-12-01 08:00"))


@given(facts=some_case(), as_of=instants)
def test_a_decision_never_comes_before_its_day_nor_on_a_day_without_office_hours(
    facts: CaseFacts, as_of: datetime
) -> None:
    found = decision_due(facts, as_of)
    if found is None:
        return
    here = local_day(found.at, facts.settings)
    due = min(i.due_date for i in found.invoices if i.due_date is not None)
    assert found.at >= as_of
    assert is_business_day(here, facts.settings.country)
    assert here >= due + timedelta(days=max(found.days, FIRST))
    assert not {i.number for i in found.invoices if i.not_reminded or i.balance.minor <= 0}
