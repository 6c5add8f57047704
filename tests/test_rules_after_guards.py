"""What follows when the guards did not all clear: wait, look again later, or withdraw."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.creditor import CreditorSettings
from models.facts import Answer, Verdict
from rules.after_guards import Consequence, consequence
from rules.calendar import sending_time
from rules.guards import GUARDS
from tests.given import DK, at, instants, some_settings

NAMES = [guard.__name__ for guard in GUARDS]
WAITERS = ("noticed", "hours")


def held(*names: str) -> list[Verdict]:
    return [Verdict(guard=name, answer=Answer.held, why=f"{name} is off") for name in names]


def wait(name: str, until: str) -> Verdict:
    return Verdict(guard=name, answer=Answer.wait, why=f"wait for {name}", until=at(until))


def after(*verdicts: Verdict, as_of: str = "2026-08-11 09:00", rounds: int = 0) -> Consequence:
    cleared = [Verdict(guard=n, answer=Answer.cleared, why="") for n in NAMES if n not in {v.guard for v in verdicts}]
    return consequence([*cleared, *verdicts], rounds, at(as_of), DK)


@pytest.mark.parametrize(
    ("verdicts", "again"),
    [
        ([wait("hours", "2026-08-12 09:00")], "2026-08-12 09:00"),
        ([wait("noticed", "2026-08-11 12:30")], "2026-08-11 12:30"),
        ([wait("noticed", "2026-08-11 17:30")], "2026-08-12 09:00"),
        ([wait("noticed", "2026-08-11 10:00"), wait("hours", "2026-08-12 09:00")], "2026-08-12 09:00"),
        ([wait("noticed", "2026-08-15 10:00")], "2026-08-17 09:00"),
    ],
    ids=["closed", "window ends in hours", "window ends after hours", "the later of two", "window ends on a Saturday"],
)
def test_what_only_waits_is_looked_at_again_when_the_wait_is_over(verdicts: list[Verdict], again: str) -> None:
    then = after(*verdicts)
    assert (then.void, then.again_at) == (False, at(again))
    assert then.why == "; ".join(v.why for v in verdicts)


@pytest.mark.parametrize(
    ("rounds", "again"),
    [(0, "09:15"), (1, "09:30"), (2, "10:00"), (3, "10:00"), (99, "10:00")],
)
def test_unread_books_are_read_again_sooner_than_a_person_could(rounds: int, again: str) -> None:
    then = after(*held("fresh"), rounds=rounds)
    assert (then.void, then.again_at, then.why) == (False, at(f"2026-08-11 {again}"), "fresh: fresh is off")


def test_books_that_are_still_unread_in_the_evening_are_read_again_in_the_morning() -> None:
    assert after(*held("fresh"), as_of="2026-08-11 15:50").again_at == at("2026-08-12 09:00")
    assert after(*held("fresh"), as_of="2026-08-14 15:50").again_at == at("2026-08-17 09:00")


@pytest.mark.parametrize(
    "others",
    [[], ["released"], ["spacing", "hours"], ["module_on"], ["recipient"]],
    ids=lambda others: "+".join(others) or "alone",
)
def test_a_proposal_that_would_read_differently_is_void(others: list[str]) -> None:
    then = after(*held("figures_unchanged", *others))
    assert (then.void, then.again_at) == (True, None)
    assert then.why.startswith("figures_unchanged: figures_unchanged is off")


@pytest.mark.parametrize("known_badly", ["unpaid", "balance_positive", "fresh"])
def test_it_is_not_void_while_money_is_in_doubt_for_then_a_fresh_one_would_be_wrong_too(known_badly: str) -> None:
    then = after(*held("figures_unchanged", known_badly))
    assert not then.void
    assert then.again_at == at("2026-08-12 09:00")


def test_what_only_lacks_its_release_waits_for_the_admin_and_for_nothing_else() -> None:
    assert after(*held("released")) == Consequence(False, None, "released: released is off")
    assert after(*held("released"), wait("hours", "2026-08-12 09:00")).again_at is None


@pytest.mark.parametrize("guard", ["module_on", "unpaid", "balance_positive", "no_open_question", "recipient"])
def test_what_a_person_must_mend_is_looked_at_twice_a_day(guard: str) -> None:
    assert after(*held(guard)).again_at == at("2026-08-12 09:00")
    assert after(*held(guard), as_of="2026-08-11 15:00").again_at == at("2026-08-12 09:00")
    assert after(*held(guard, "fresh")).again_at == at("2026-08-12 09:00")


@st.composite
def some_verdicts(draw: st.DrawFn, as_of: datetime) -> list[Verdict]:
    """Any answers of the guards, at least one of them not cleared."""
    answers: list[Verdict] = []
    for name in NAMES:
        kinds = (Answer.cleared, Answer.held) + ((Answer.wait,) if name in WAITERS else ())
        answer = draw(st.sampled_from(kinds))
        until = as_of + timedelta(minutes=draw(st.integers(1, 10_000))) if answer is Answer.wait else None
        answers.append(Verdict(guard=name, answer=answer, why="" if answer is Answer.cleared else "why", until=until))
    if all(v.answer is Answer.cleared for v in answers):
        answers[draw(st.integers(0, len(NAMES) - 1))] = held(NAMES[0])[0]
    return answers


@given(data=st.data(), as_of=instants, rounds=st.integers(0, 1000), settings=some_settings())
def test_whatever_the_guards_said_it_never_sends_now_and_never_looks_back(
    data: st.DataObject, as_of: datetime, rounds: int, settings: CreditorSettings
) -> None:
    verdicts = data.draw(some_verdicts(as_of))
    then = consequence(verdicts, rounds, as_of, settings)
    assert then.why
    assert not (then.void and then.again_at)
    if then.again_at is not None:
        assert then.again_at > as_of
        assert then.again_at == sending_time(then.again_at, settings), "and only when a message could leave"
    elif not then.void:
        assert {v.guard for v in verdicts if v.answer is Answer.held} == {"released"}
