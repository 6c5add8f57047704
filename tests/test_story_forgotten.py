"""Nothing is forgotten: a sweep compares mirror, database and workflows, and repairs what is safe."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from activities.case_runs import CASE, MEMO, CaseRuns
from activities.mirror import Mirror
from activities.stops import NOT_TOLD
from commands.rounds import SWEEP, run_now
from commands.time_travel import shift_to
from models.alarms import AlarmRow
from models.case import CaseInput
from models.cases import MessageRow
from models.clock import real_now
from models.database import transaction
from models.inbox import InboxRow
from models.mirror import CustomerRow, InvoiceRow
from models.record import EntryRow
from models.sweep import SweepRound
from tests import case_news
from tests.case_news import payment
from tests.story import HAVN, Story, at
from tests.sweeping import alarms, sweep

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio
NOBODYS = "a queue that nobody listens to"


def mirror_only(story: Story, moment: str) -> None:
    """The books are read, and then the worker dies before it has told anybody."""
    assert Mirror(story.engines.database, story.engines.shelf).read_books(story.creditor, at(moment)).complete


def mark(story: Story, customer: str, changed: bool) -> None:
    with transaction(story.engines.database) as session:
        session.get_one(CustomerRow, (story.creditor, customer)).changed = changed


async def test_where_nothing_is_forgotten_a_sweep_writes_nothing(story: Story) -> None:
    await story.stands_released()
    before = len(story.trail)
    assert await sweep(story, "2026-08-10 12:08") == SweepRound()
    assert len(story.trail) == before
    with transaction(story.engines.database) as session:
        assert session.exec(select(AlarmRow).where(AlarmRow.creditor_id == story.creditor)).all() == []


async def test_the_worker_sweeps_when_it_is_asked_to(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    with transaction(story.engines.database) as session:
        session.add(reply(story, "asked"))
    engines = story.engines
    found = await run_now(engines.client, SWEEP, story.creditor, story.time_shift, engines.task_queue)
    assert (found.found, found.repaired, found.raised) == (1, 1, 0)
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]


async def test_a_case_whose_workflow_was_ended_goes_on_where_it_stood_and_nothing_is_sent_twice(story: Story) -> None:
    await story.stands_released()
    for moment in ("2026-08-10 12:08", "2026-08-11 12:08"):
        await story.traveller.handle(story.case).terminate("an operator's mistake")
        story.time_shift = shift_to(at(moment))
        assert (await sweep_until(story, moment, 1)).repaired == 1
        await story.until("2026-08-11 12:00")
        assert (await sweep(story, moment)).found == 0
    await story.until("2026-08-20 12:00", released=True)
    assert story.sent == ["2026-08-11 09:00 rykker-1"]
    assert len(story.mails) == len(story.texts) == 1
    [first, _] = story.told("repair")
    assert first == f"Case {story.case.id} is open, but its workflow does not run; it was started"
    assert alarms(story) == [], "what one repair cures is no alarm"


@pytest.mark.parametrize("still_marked", [True, False], ids=["nobody was told", "the signal was lost"])
async def test_a_payment_that_only_the_mirror_knows_closes_the_case_before_anything_leaves(
    story: Story, still_marked: bool
) -> None:
    await story.stands_released()
    story.book.register_payment(1001, on=date(2026, 8, 10))
    mirror_only(story, "2026-08-10 12:00")
    mark(story, str(HAVN), still_marked)
    assert (await sweep(story, "2026-08-10 12:08")).repaired == 1
    assert await story.traveller.handle(story.case).result() == "paid"
    await story.mirror(at("2026-08-10 12:15"))
    assert (await sweep(story, "2026-08-10 12:23")) == SweepRound()
    assert story.sent == []


async def test_an_invoice_that_came_while_nobody_was_told_joins_the_case(story: Story) -> None:
    await story.stands_released()
    story.invoice(1002, "800.00", "2026-08-20")
    mirror_only(story, "2026-08-10 12:00")
    mark(story, str(HAVN), False)
    assert (await sweep(story, "2026-08-10 12:08")).repaired == 1
    await story.quiet()
    assert story.balance(1002) == 800
    assert (await sweep(story, "2026-08-10 12:23")).found == 0


async def test_a_customer_who_was_marked_and_never_looked_at_gets_its_case(story: Story) -> None:
    story.connect()
    story.time_shift = shift_to(at("2026-08-09 12:00"))
    story.invoice(1001, "12500.00", "2026-08-03")
    mirror_only(story, "2026-08-09 12:00")
    assert (await sweep(story, "2026-08-09 12:08")).repaired == 1
    assert [case.customer_number for case in story.cases] == [str(HAVN)]


async def test_a_question_that_was_stored_and_never_told_stops_the_case(story: Story) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        session.add(reply(story, "open"))
    assert (await sweep(story, "2026-08-10 12:08")).repaired == 1
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    assert (await sweep(story, "2026-08-10 12:23")).found == 0


async def test_a_text_for_a_case_that_was_closed_meanwhile_waits_for_a_person(story: Story) -> None:
    await story.stands_released()
    await story.tell("payment_registered", payment("12500.00"))
    with transaction(story.engines.database) as session:
        session.add(reply(story, "closed"))
    assert (await sweep(story, "2026-08-10 12:08")).repaired == 1
    with transaction(story.engines.database) as session:
        row = session.get_one(InboxRow, f"{story.creditor}-closed")
    assert (row.case_id, row.unmatched_why) == (None, f"case {story.case.id} was closed (paid) before it was told")


def reply(story: Story, name: str) -> InboxRow:
    return InboxRow(
        id=f"{story.creditor}-{name}",
        creditor_id=story.creditor,
        case_id=story.case.id,
        topic="reply",
        text="Vi har betalt",
        channel="email",
        unmatched_why=NOT_TOLD,
    )


async def test_a_message_that_hangs_lets_its_case_look_again(story: Story) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        session.add(
            MessageRow(
                id=f"{story.creditor}-m",
                proposal_id=story.proposal("rykker-1").id,
                channel="email",
                state="claimed",
                at=at("2026-08-10 12:00"),
                claimed_at=real_now() - timedelta(hours=1),
            )
        )
    found = await sweep(story, "2026-08-10 12:08")
    assert (found.found, found.repaired) == (1, 1)
    [told] = story.told("repair")
    assert "how that ended is not on record; it was told to look again" in told


async def test_a_workflow_whose_case_is_closed_or_unknown_is_reported_until_it_is_gone(story: Story) -> None:
    await story.stands_released()
    await story.tell("payment_registered", payment("12500.00"))
    closed = story.case
    assert await story.traveller.handle(closed).result() == "paid"
    unknown = closed.workflow_id.replace(str(HAVN), "9999")
    handles = [
        await story.engines.client.start_workflow(
            CASE,
            CaseInput(case_id=case_id, creditor=story.creditor, customer_number="-"),
            id=workflow_id,
            task_queue=NOBODYS,
            memo={MEMO: case_id},
        )
        for workflow_id, case_id in ((closed.workflow_id, closed.id), (unknown, f"{story.creditor}.9999.1"))
    ]
    found = await sweep_until(story, "2026-08-10 12:38", 2)
    assert (found.repaired, found.raised) == (1, 0), "one that the database does not know is told nothing"
    assert (await sweep(story, "2026-08-10 12:53")).raised == 2
    assert alarms(story) == [f"stray_workflow {closed.workflow_id}", f"stray_workflow {unknown}"]
    for handle in handles:
        await handle.terminate("looked at")
    assert (await sweep(story, "2026-08-10 13:08")).over == 2
    assert alarms(story) == []


async def sweep_until(story: Story, moment: str, found: int) -> SweepRound:
    """Temporal's list is a moment behind; sweep until it shows so many."""
    while (swept := await sweep(story, moment)).found != found:
        pass
    return swept


async def test_what_makes_no_sense_and_what_cannot_be_repaired_keep_no_other_case_from_being_looked_after(
    story: Story,
) -> None:
    story.book.add_customer(1002, "Kunde 1002", email="to@kunde.example")
    story.book.add_customer(1003, "Kunde 1003", email="tre@kunde.example")
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1003, "100.00", "2026-08-03", customer=1003)
    await story.begins("2026-08-09 12:00")
    [senseless, ended] = story.cases
    story.invoice(1002, "100.00", "2026-08-03", customer=1002)
    mirror_only(story, "2026-08-09 12:00")
    with transaction(story.engines.database) as session:
        session.add(strange_entry(senseless.id, story.creditor))
        session.get_one(InvoiceRow, (story.creditor, "1002")).currency = "kr."
    await story.traveller.handle(ended).terminate("an operator's mistake")
    found = await sweep_until(story, "2026-08-09 12:08", 3)
    assert (found.repaired, found.not_repaired) == (1, 1)
    assert await CaseRuns(story.engines.client, story.engines.task_queue).running(ended)
    assert (await sweep(story, "2026-08-09 12:23")).raised == 2
    assert alarms(story) == [f"not_judged {senseless.id}", "untold_books 1002"]


def strange_entry(case_id: str, creditor: str) -> EntryRow:
    """A principal in another currency than the one before it."""
    return EntryRow(
        creditor_id=creditor,
        case_id=case_id,
        invoice_number="1001",
        kind="principal",
        amount_minor=1,
        currency="EUR",
        effective_date=date(2026, 8, 9),
        key="strange",
        basis={},
    )
