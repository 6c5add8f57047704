"""What a case is told, in whatever order and however often, and what it then does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from temporalio.client import RPCError, WorkflowUpdateStage
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from activities.channels.mail import SendGridMail
from activities.composing import WordingFolders
from activities.decide import Decide
from activities.heads_up import HeadsUpDesk
from commands.dev_server import temporal_binary, time_travel_flags
from commands.time_travel import shift_to
from models.case import (
    Ask,
    BooksChanged,
    CreditRegistered,
    Held,
    Kind,
    Move,
    PaymentRegistered,
    QuestionOpened,
    Resumed,
    Snoozed,
    Told,
)
from models.cases import NoticeRow
from models.database import transaction
from models.mirror import InvoiceRow
from models.money import Money
from models.parties import PersonRow
from models.settings import TEMPLATES
from tests.story import HAVN, Story, at, clock
from worker import build_worker
from workflows.names import SEARCH_ATTRIBUTES

pytestmark = pytest.mark.anyio
DAY = date(2026, 8, 10)


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """Whatever a test breaks is whole again after it."""
    yield
    for standin in (story.engines.economic, story.engines.sendgrid, story.engines.twilio):
        standin.reset()


def payment(amount: str, invoice: str = "1001", name: str = "p-1") -> PaymentRegistered:
    return PaymentRegistered(id=name, amount=Money.of(amount, "DKK"), value_date=DAY, invoice_number=invoice)


def credit(amount: str, invoice: str = "1001", name: str = "c-1") -> CreditRegistered:
    return CreditRegistered(id=name, amount=Money.of(amount, "DKK"), value_date=DAY, invoice_number=invoice)


async def resume(story: Story, name: str = "go-on") -> None:
    await story.command("resume", Resumed(id=name, by=story.actor("anna"), reason="looked at"))


def decider(story: Story) -> Callable[[Ask], Move]:
    """What the case asks, asked by hand."""
    engines = story.engines
    return Decide(engines.database, WordingFolders(engines.settings.own_wording, TEMPLATES / "wording")).decide


# --- money ---


async def test_a_part_payment_pauses_and_once_resumed_the_next_proposal_shows_the_new_figure(story: Story) -> None:
    await story.stands_released()
    story.book.register_payment(1001, Decimal(5000), on=DAY)
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.freezes == ["review: 5000.00 DKK paid on invoice 1001 in the books, 7500.00 DKK left"]
    assert story.proposal("rykker-1").state == "withdrawn"
    await story.until("2026-08-12 10:00", released=True)
    assert story.sent == []
    await resume(story)
    await story.until("2026-08-13 12:00", released=True)
    [sent] = story.sent
    assert sent.startswith("2026-08-13 10:0"), "a hold window after it was resumed"
    assert "7.500,00" in story.mails[-1].text
    assert "7.500,00" in story.texts[-1].body
    assert story.balance(1001) == 7500


async def test_a_credit_note_for_all_of_it_closes_the_case_as_credited(story: Story) -> None:
    await story.stands_released()
    story.book.book_credit_note(2001, HAVN, Decimal(12500), invoice=1001, on=DAY)
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.case.outcome == "credited"
    assert story.told("withdrawn") == ["rykker-1 withdrawn: nothing is left to pay on 1001"]
    assert ("1001", "credit", Decimal(-12500)) in story.ledger


async def test_a_credit_that_a_person_registers_closes_as_credited_too(story: Story) -> None:
    await story.stands_released()
    await story.tell("credit_registered", credit("12500.00"))
    assert story.case.outcome == "credited"
    assert story.balance(1001) == 0


async def test_money_for_an_invoice_that_the_case_does_not_know_is_put_against_no_other(story: Story) -> None:
    await story.stands_released()
    await story.tell("credit_registered", credit("800.00", "1002"))
    assert story.freezes == ["review: a credit of 800.00 DKK names invoice 1002, which the case does not know"]
    assert story.balance(1001) == 12500
    story.invoice(1002, "800.00", "2026-08-20")
    story.book.book_credit_note(2002, HAVN, Decimal(300), invoice=1002, on=DAY)
    await story.told_by_the_books("2026-08-10 14:00")
    assert [story.balance(1001), story.balance(1002)] == [12500, 500]


async def test_money_without_an_invoice_goes_to_the_oldest_and_what_is_too_much_is_on_record(story: Story) -> None:
    story.invoice(1002, "800.00", "2026-08-05")
    await story.stands_released()
    await story.tell("payment_registered", payment("13000.00", ""))
    assert [story.balance(1001), story.balance(1002)] == [0, 300]
    await story.tell("payment_registered", payment("400.00", "", "p-2"))
    assert story.case.outcome == "paid"
    assert story.balance(1002) == -100


async def test_a_payment_that_is_reversed_in_the_books_and_made_again_counts_again(story: Story) -> None:
    story.invoice(1002, "800.00", "2026-08-20")
    await story.stands_released()
    story.book.register_payment(1001, on=DAY)
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.balance(1001) == 0
    story.book.invoices[1001].remainder = Decimal(12500)
    await story.told_by_the_books("2026-08-10 14:00")
    assert story.balance(1001) == 12500
    assert story.freezes == ["review: 12500.00 DKK that was paid on invoice 1001 has been taken back in the books"]
    story.book.register_payment(1001, on=DAY)
    await story.told_by_the_books("2026-08-10 15:00")
    assert story.balance(1001) == 0
    story.book.invoices[1001].remainder = Decimal(12500)
    await story.told_by_the_books("2026-08-10 15:30")
    assert story.balance(1001) == 12500
    assert [kind for number, kind, _ in story.ledger if number == "1001"] == [
        "principal",
        "payment",
        "reversal",
        "payment",
        "reversal",
    ]


async def test_an_invoice_that_changes_its_amount_in_the_books_waits_for_a_person(story: Story) -> None:
    await story.stands_released()
    booked = story.book.invoices[1001]
    for gross, reason in (
        (13000, "invoice 1001 was 12500.00 DKK and is 13000.00 DKK in the books"),
        (12500, "invoice 1001 was 13000.00 DKK and is 12500.00 DKK in the books"),
        (13000, "invoice 1001 was 12500.00 DKK and is 13000.00 DKK in the books"),
    ):
        booked.gross = booked.remainder = Decimal(gross)
        await story.told_by_the_books("2026-08-10 13:00")
        assert story.freezes[-1] == f"review: {reason}"
        assert story.balance(1001) == gross
        await resume(story, f"go-on-{len(story.trail)}")
    assert story.sent == []


# --- told twice, told late, told at once ---


async def test_the_same_question_twice_stops_the_case_once(story: Story) -> None:
    await story.stands_released()
    question = QuestionOpened(id="q-1", topic="already_paid")
    await story.tell("question_opened", question)
    await story.tell("question_opened", question)
    assert story.freezes == ["question: the customer asks: already paid"]
    assert len(story.told("frozen")) == 1
    await resume(story)
    assert story.freezes == []
    await story.tell("question_opened", question)
    assert story.freezes == [], "answered is answered"


async def test_what_comes_after_the_close_is_refused_to_the_teller_and_changes_nothing(story: Story) -> None:
    await story.stands_released()
    handle = story.traveller.handle(story.case)
    await story.tell("payment_registered", payment("12500.00"))
    assert await handle.result() == "paid"
    before = (story.ledger, len(story.trail))
    with pytest.raises(RPCError) as refused:
        await handle.signal("payment_registered", payment("12500.00", name="p-2"))
    assert refused.value.status is RPCStatusCode.NOT_FOUND
    story.book.register_payment(1001, on=DAY)
    await story.mirror(at("2026-08-10 13:00"))
    assert (story.ledger, len(story.trail)) == before
    assert len(story.cases) == 1


async def test_a_storm_of_news_loses_nothing_and_closes_once(story: Story) -> None:
    await story.stands_released()
    handle = story.traveller.handle(story.case)
    told = [handle.signal("payment_registered", payment("250.00", name=f"p-{n}")) for n in range(50)]
    again = [handle.signal("payment_registered", payment("250.00", name=f"p-{n}")) for n in range(0, 50, 5)]
    held = [
        handle.execute_update("hold", Held(id=f"h-{n}", by=story.actor("anna"), reason=f"storm {n}"), id=f"h-{n}")
        for n in range(8)
    ]
    await asyncio.gather(*told, *again, *held, return_exceptions=True)
    assert await handle.result() == "paid"
    assert [amount for _, kind, amount in story.ledger if kind == "payment"] == [Decimal(-250)] * 50
    assert len(story.told("closed")) == 1
    assert story.sent == []


async def test_a_debt_that_comes_back_before_the_run_of_its_case_has_ended_keeps_the_case_open(story: Story) -> None:
    await story.stands_released()
    decide, noon = decider(story), at("2026-08-10 12:30")
    ask = Ask(case_id=story.case.id, as_of=noon, told=(Told(news=payment("12500.00"), at=noon),))
    assert decide(ask).outcome == "paid"
    assert story.case.closed_at is not None
    with transaction(story.engines.database) as session:
        row = session.get_one(InvoiceRow, (story.creditor, "1001"))
        row.gross_minor += 50_000
        row.remainder_minor += 50_000
    assert decide(ask.model_copy(update={"told": ()})).kind is Kind.frozen
    reopened = story.cases[-1]
    assert reopened.closed_at is None
    assert (reopened.state, reopened.outcome) == ("frozen", "")


async def test_an_answer_that_was_lost_after_it_was_written_is_given_again_without_doing_it_twice(
    story: Story,
) -> None:
    story.invoice(1002, "800.00", "2026-08-05")
    await story.stands_released()
    decide, noon = decider(story), at("2026-08-10 12:30")
    for name, left in (("p-1", [5500, 800]), ("p-2", [0, -700])):
        told = (Told(news=payment("7000.00", "", name), at=noon),)
        for _ in range(2):
            decide(Ask(case_id=story.case.id, as_of=noon, told=told))
            assert [story.balance(1001), story.balance(1002)] == left


async def test_a_question_that_comes_with_a_resume_stays_open_also_when_both_are_taken_in_twice(
    story: Story,
) -> None:
    await story.stands_released()
    decide, noon = decider(story), at("2026-08-10 12:30")
    hold = Held(id="h-1", by=story.actor("anna"), reason="wait")
    go_on = Resumed(id="e-1", by=story.actor("anna"), reason="go on")
    told = tuple(Told(news=one, at=noon) for one in (hold, go_on, QuestionOpened(id="q-1")))
    for _ in range(2):
        decide(Ask(case_id=story.case.id, as_of=noon, told=told))
        assert story.freezes == ["question: the customer asks: other"]


# --- people ---


async def test_a_snooze_ends_by_itself_and_what_is_due_is_proposed_afresh(story: Story) -> None:
    await story.stands_released()
    first = story.proposal("rykker-1").id
    snooze = Snoozed(id="s-1", by=story.actor("rasmus"), until=date(2026, 8, 18), reason="on holiday")
    assert await story.command("snooze", snooze) == "snoozed until 2026-08-18"
    assert story.freezes == ["snooze: on holiday"]
    await story.until("2026-08-20 12:00", released=True)
    assert story.told("thawed") == ["The snooze is over: on holiday"]
    assert story.proposed[-1] == "2026-08-18 08:00 rykker-1"
    assert story.proposal("rykker-1").id != first
    assert story.sent == ["2026-08-19 09:00 rykker-1"]


@pytest.mark.parametrize(
    ("until", "refusal"),
    [(date(2026, 8, 10), "a snooze ends after today"), (date(9999, 12, 31), "a snooze ends within a year")],
)
async def test_a_snooze_into_the_past_or_for_ever_is_refused(story: Story, until: date, refusal: str) -> None:
    await story.stands_released()
    with pytest.raises(AssertionError, match=refusal):
        await story.command("snooze", Snoozed(id="s-1", by=story.actor("anna"), until=until, reason="never"))
    assert story.proposal("rykker-1").state == "proposed"


def holding(story: Story) -> Callable[[], None]:
    """What a stand-in may do in the middle of an answer: let the rep hold the case, and go on once it is accepted."""
    loop = asyncio.get_running_loop()
    hold = Held(id="h-1", by=story.actor("rasmus"), reason="they just called")

    def hold_now() -> None:
        handle = story.traveller.handle(story.case)
        started = handle.start_update("hold", hold, id=hold.id, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
        asyncio.run_coroutine_threadsafe(started, loop).result(20)

    return hold_now


async def test_a_hold_that_arrives_while_the_guards_look_stops_the_send(story: Story) -> None:
    await story.stands_released()
    story.engines.economic.fault("meanwhile", path="/invoices/booked/1001", action=holding(story))
    await story.until("2026-08-11 12:00")
    assert {v.answer for v in story.verdicts("rykker-1", "unpaid")} == {"cleared"}, "the guards knew nothing of it"
    assert story.freezes == ["hold: they just called"]
    assert story.sent == []
    assert not story.mails
    assert not story.texts


async def test_switching_the_module_off_withdraws_what_stands_and_on_again_it_is_proposed_afresh(
    story: Story,
) -> None:
    await story.stands_released()
    story.switch(module_on=False)
    await story.tell("books_changed", BooksChanged(id="settings-1"))
    assert story.told("withdrawn") == ["rykker-1 withdrawn: the reminder module was switched off"]
    await story.until("2026-08-12 10:00", released=True)
    assert (story.case.state, story.case.why) == ("frozen", "the reminder module is switched off")
    story.switch(module_on=True)
    await story.tell("books_changed", BooksChanged(id="settings-2"))
    await story.until("2026-08-13 12:00", released=True)
    [sent] = story.sent
    assert sent.startswith("2026-08-13 10:0")


async def test_a_module_switched_off_without_a_word_to_the_case_is_found_by_the_guard(story: Story) -> None:
    await story.stands_released()
    story.switch(module_on=False)
    await story.until("2026-08-11 12:00")
    assert [(v.answer, v.why) for v in story.verdicts("rykker-1", "module_on")] == [
        ("held", "the reminder module is switched off")
    ]
    assert story.sent == []


# --- one case after the other, one run after the other ---


async def test_the_next_case_of_a_customer_is_a_new_run_with_its_own_number_and_remembers_the_rungs(
    story: Story,
) -> None:
    await story.stands_released()
    await story.until("2026-08-11 12:00")
    first_run = (await story.traveller.handle(story.case).describe()).run_id
    story.book.register_payment(1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 09:00")
    assert await story.traveller.handle(story.case).result() == "paid"
    story.book.invoices[1001].remainder = Decimal(12500)
    story.invoice(1002, "800.00", "2026-08-20")
    story.time_shift = shift_to(at("2026-08-24 07:00"))
    await story.mirror(at("2026-08-24 07:00"))
    assert [case.case_number for case in story.cases] == [1, 2]
    assert (await story.traveller.handle(story.case).describe()).run_id != first_run
    await story.traveller.live(story.case, at("2026-08-29 12:00"), story.releasing)
    # 1001 goes on where it stood; 1002 begins at the bottom, after the message gap.
    assert story.sent == [
        "2026-08-11 09:00 rykker-1",
        "2026-08-25 09:00 rykker-2",
        "2026-08-28 09:00 rykker-1",
    ]
    assert story.proposed[-1] == "2026-08-27 08:00 rykker-1", "proposed so that it leaves when the gap is over"
    assert story.proposals[-1].invoices == ["1002"]


async def runs(story: Story) -> int:
    found = story.engines.client.list_workflows(f"WorkflowId = '{story.case.workflow_id}'")
    return len([run async for run in found])


@pytest.fixture
async def short_histories(story: Story) -> AsyncIterator[None]:
    """A server that asks every case to go on in a new run after some ten events, and a worker for it."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=pydantic_data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_log_level="error",
        dev_server_extra_args=[
            *time_travel_flags(),
            "--dynamic-config-value",
            "limit.historyCount.suggestContinueAsNew=10",
        ],
    ) as environment:
        engines = story.engines = replace(story.engines, client=environment.client)
        worker = build_worker(
            engines.client, engines.settings, engines.database, shelf=engines.shelf, task_queue=engines.task_queue
        )
        async with worker:
            yield


@pytest.mark.usefixtures("short_histories")
async def test_going_on_in_new_runs_carries_release_rungs_and_memory_along(story: Story) -> None:
    await story.stands_released()
    question = QuestionOpened(id="q-1")
    await story.tell("question_opened", question)
    await resume(story, "a-1")
    await story.until("2026-08-13 12:00", released=True)
    [sent] = story.sent
    assert sent.startswith("2026-08-11 12:0")
    await story.tell("question_opened", question)
    assert story.freezes == [], "the new run knows that it has heard this"
    await story.until("2026-08-26 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1", "rykker-2"]
    assert len(story.mails) == len(story.texts) == 2
    assert await runs(story) > 3
    await story.tell("payment_registered", payment("12500.00"))
    assert await story.traveller.handle(story.case).result() == "paid"


@pytest.mark.usefixtures("short_histories")
async def test_a_hold_at_the_very_end_of_a_run_is_answered_and_carried_along(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-10 07:00")
    story.engines.sendgrid.fault("meanwhile", action=holding(story))
    await story.until("2026-08-10 09:00")
    assert story.freezes == ["hold: they just called"]
    assert story.proposal("rykker-1").state == "withdrawn"
    assert await runs(story) > 1


@pytest.mark.usefixtures("short_histories")
async def test_a_storm_over_the_seam_of_two_runs_loses_nothing_and_leaves_nobody_waiting(story: Story) -> None:
    await story.stands_released()
    handle = story.traveller.handle(story.case)

    async def hold(n: int) -> str:
        news = Held(id=f"h-{n}", by=story.actor("anna"), reason=f"storm {n}")
        try:
            return str(await handle.execute_update("hold", news, id=news.id, rpc_timeout=timedelta(seconds=20)))
        except RPCError as error:
            return str(error.status)

    async def pay(n: int) -> None:
        await handle.signal("payment_registered", payment("200.00", name=f"p-{n}"))

    for wave in range(5):
        await asyncio.gather(*(pay(n) for n in range(wave * 10, wave * 10 + 10)), hold(wave))
    await story.quiet()
    assert len(story.told("payment")) == 50
    assert story.balance(1001) == 2500
    assert sorted(f for f in story.freezes if f.startswith("hold")) == [f"hold: storm {n}" for n in range(5)]
    await handle.signal("payment_registered", payment("2500.00", name="last"))
    assert await handle.result() == "paid"
    assert len(story.told("closed")) == 1
    assert await runs(story) > 1


# --- heads-ups ---


def desk(story: Story, gather: float = 0.2) -> HeadsUpDesk:
    engines = story.engines
    mail = SendGridMail("SG.test", host=engines.sendgrid.url)
    return HeadsUpDesk(
        engines.database, mail, TEMPLATES / "heads-up", "http://rykker/proposals", timedelta(seconds=gather)
    )


def notices(story: Story, *moments: str) -> list[str]:
    """A line for each customer of the story, owned by Rasmus, by Ida and by nobody."""
    owners = (f"{story.creditor}-rasmus", f"{story.creditor}-ida", "")
    ids = []
    with transaction(story.engines.database) as session:
        for case, owner, moment in zip(story.cases, owners, moments, strict=True):
            customer = f"Kunde {case.customer_number}"
            line = {
                "title": "first reminder",
                "invoices": [],
                "amount": "1.00 DKK",
                "customer": customer,
                "task": False,
            }
            ids.append(f"{case.id}.notice")
            session.add(
                NoticeRow(
                    id=ids[-1], creditor_id=story.creditor, case_id=case.id, owner=owner, line=line, at=at(moment)
                )
            )
    return ids


async def three_customers(story: Story) -> None:
    story.book.add_customer(1002, "Kunde 1002", email="to@kunde.example")
    story.book.add_customer(1003, "Kunde 1003", email="tre@kunde.example")
    for number, customer in ((1, HAVN), (2, 1002), (3, 1003)):
        story.invoice(number, "100.00", "2026-08-04", customer=customer)
    await story.begins("2026-08-10 12:00")
    assert len(story.cases) == 3


def mailed(story: Story, person: str) -> list[str]:
    address = f"{person}@{story.creditor}.example"
    return [m.text for m in story.engines.sendgrid.mails() if any(address in to for to in m.to)]


async def test_what_comes_due_together_is_one_heads_up_for_each_person_and_reps_see_only_their_own(
    story: Story,
) -> None:
    await three_customers(story)
    ids = notices(story, "2026-08-11 08:00", "2026-08-11 08:00", "2026-08-11 08:20")
    as_of = at("2026-08-11 08:00")
    await asyncio.gather(*(desk(story).give(notice, as_of) for notice in ids))
    [to_the_admin] = mailed(story, "admin")
    [to_rasmus] = mailed(story, "rep")
    [to_ida] = mailed(story, "ida")
    customers = ("Kunde 1001", "Kunde 1002", "Kunde 1003")
    assert [name for name in customers if name in to_the_admin] == list(customers)
    assert [name for name in customers if name in to_rasmus] == ["Kunde 1001"]
    assert [name for name in customers if name in to_ida] == ["Kunde 1002"]


async def test_what_comes_due_at_another_time_of_day_is_an_email_of_its_own(story: Story) -> None:
    await three_customers(story)
    ids = notices(story, "2026-08-11 08:00", "2026-08-11 11:00", "2026-08-12 08:00")
    for notice, as_of in zip(ids, ("2026-08-11 08:00", "2026-08-11 11:00", "2026-08-12 08:00"), strict=True):
        await desk(story, 0).give(notice, at(as_of))
    assert len(mailed(story, "admin")) == 3


async def test_a_person_without_a_usable_address_does_not_keep_the_others_from_their_heads_up(story: Story) -> None:
    await three_customers(story)
    [first, *_] = notices(story, "2026-08-11 08:00", "2026-08-20 08:00", "2026-08-20 08:00")
    with transaction(story.engines.database) as session:
        session.get_one(PersonRow, f"{story.creditor}-rasmus").email = "no address at all"
    await desk(story, 0).give(first, at("2026-08-11 08:00"))
    assert len(mailed(story, "admin")) == 1


async def test_while_the_heads_up_cannot_be_given_no_window_runs_and_nothing_can_be_released(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    story.engines.sendgrid.fault("status", status=403, times=0)
    await story.until("2026-08-10 08:12")
    waiting = story.proposal("rykker-1")
    assert (waiting.state, waiting.heads_up_at) == ("proposed", None)
    assert not await story.traveller.release(story.case)
    story.engines.sendgrid.reset()
    await story.until("2026-08-12 16:00", released=True)
    given = story.proposal("rykker-1").heads_up_at
    assert given is not None
    assert "2026-08-10 08:12" <= clock(given) <= "2026-08-10 08:30", "soon after the mail is well again"
    assert len(story.told("heads-up")) == 1
    [sent] = story.sent
    assert sent >= "2026-08-11" + clock(given)[10:], "the hold window counts from the moment people knew"


async def test_a_task_is_announced_as_soon_as_mail_works_again(story: Story) -> None:
    await story.stands_released()
    await story.until("2026-09-12 12:00", released=True)
    assert story.sent[-1].endswith("inkassovarsel")
    story.engines.sendgrid.fault("status", status=403, times=2)
    await story.until("2026-09-25 12:00")
    assert [task.step for task in story.tasks] == ["phone-call"]
    assert any("phone call" in mail.text for mail in story.heads_ups)
