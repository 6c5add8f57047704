"""What holds for every case on every ladder: a next move, no step too early, none doubled, none skipped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from models.case import Kind
from models.creditor import CreditorSettings
from models.facts import AskedTask, CaseFacts, SentStep
from models.ladder import Ladder
from rules.calendar import is_business_day, local_day, sending_time
from rules.due_steps import due_steps, hold_hours, invoices_due, passed_over
from rules.next_move import next_move, opens
from tests.given import at, case, dates, instants, invoice, some_case, some_ladder, some_settings


@given(facts=some_case(), as_of=instants)
def test_there_is_always_a_next_move_and_it_never_raises(facts: CaseFacts, as_of: datetime) -> None:
    move = next_move(facts, as_of)
    assert move.why
    assert bool(move.outcome) is (move.kind is Kind.close)
    if move.kind in (Kind.propose, Kind.task, Kind.stand):
        assert move.at is not None
        assert move.step.startswith("decision-") or facts.ladder.step(move.step).title == move.title
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
    asked = move.step.startswith("decision-")
    if move.kind in (Kind.propose, Kind.task) and move.at is not None and move.at <= as_of and not asked:
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
        if not due_steps(facts, now):
            return facts
        move = next_move(facts, now)
        assert move.at is not None
        now = max(now, move.at)
        if move.step.startswith("decision-"):
            facts = facts.model_copy(update={"asked": (*facts.asked, AskedTask(kind="decision", at=now))})
            continue
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
