"""A plan of three instalments is approved on 14 August, and the creditor reminds of each three days before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.composition import Composition
from models.letters import Channel
from models.news import CUSTOMER, QuestionOpened, Resolved
from tests.payment_plans import approve, end, instalments, notices, pay, plan, rykker_1_has_gone
from tests.story import Story

pytestmark = pytest.mark.anyio
BEFORE = ["2026-07-31 09:00 nudge", "2026-08-11 09:00 rykker-1"]
REMINDED = "2026-08-28 09:00 instalment-1"


async def the_plan_is_approved(story: Story, days: int = 3) -> None:
    story.settings = story.settings.model_copy(update={"plan_reminder_days": days})
    await rykker_1_has_gone(story)
    await approve(story)
    assert story.case.state == "frozen"


async def it_stands(story: Story) -> None:
    """The reminder of the first instalment was proposed on Thursday 27 August."""
    await the_plan_is_approved(story)
    await story.until("2026-08-27 12:00")
    assert story.proposal("instalment-1").state == "proposed"


def why_withdrawn(story: Story, step: str = "instalment-1") -> str:
    row = story.proposal(step)
    assert row.state == "withdrawn"
    assert not [sent for sent in story.sent if sent.endswith(step)]
    return row.ended_why


async def test_a_friendly_word_goes_the_way_of_every_message_and_costs_nothing(story: Story) -> None:
    await the_plan_is_approved(story)
    entries = story.ledger
    await story.until("2026-08-27 07:59")
    assert story.proposed == ["2026-07-30 08:00 nudge", "2026-08-10 08:00 rykker-1"]
    await story.until("2026-08-27 12:00")
    row = story.proposal("instalment-1")
    assert story.proposed[-1] == "2026-08-27 08:00 instalment-1", "the 29th is a Saturday, so it leaves on the Friday"
    assert (row.amount_minor, row.invoices, row.hold_hours) == (421255, ["1001"], 24)
    assert story.case.state == "proposed"
    assert any("påmindelse om rate 1" in mail.text and "4212.55 DKK" in mail.text for mail in story.heads_ups)
    words = Composition.model_validate(row.composition).words(Channel.email)
    assert words is not None
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent == [*BEFORE, REMINDED]
    assert {v.answer for v in story.verdicts("instalment-1", "no_active_plan")} == {"cleared"}

    mail, text = story.mails[-1], story.texts[-1]
    assert mail.subject == "Rate 1 af 3 til Nordlys ApS betales senest 1. september 2026"
    assert mail.text == words.text, "as it was released"
    plain = mail.text.replace("\N{NO-BREAK SPACE}", " ")
    for said in ("Rate 1 af 3", "4.212,55 kr.", "12.637,67 kr.", "Reg. 1234 konto 0012345678", "faktura 1001"):
        assert said in plain
    assert "12.500,00" not in plain, "it does not ask for the invoice"
    assert "rate 1 af 3 på 4.212,55 kr. skal betales senest 1. september 2026" in text.body.lower()

    gone = story.proposal("instalment-1")
    assert (gone.state, gone.letter_kind, gone.fee_minor, gone.deadline) == ("sent", "", 0, None)
    assert not gone.announced_fee
    assert story.ledger == entries, "no fee and no interest"
    assert (story.case.state, plan(story).state) == ("frozen", "in_force")
    await story.until("2026-09-04 12:00", released=True)
    assert story.sent == [*BEFORE, REMINDED], "once for each instalment"


async def test_it_is_off_unless_the_creditor_wishes_it(story: Story) -> None:
    await the_plan_is_approved(story, days=0)
    await story.until("2026-09-03 12:00", released=True)
    assert story.sent == BEFORE
    assert len(story.proposed) == 2


async def test_what_nobody_releases_is_withdrawn_when_the_day_is_over(story: Story) -> None:
    await it_stands(story)
    await story.until("2026-09-01 15:00")
    assert story.proposal("instalment-1").state == "proposed"
    assert story.proposal("instalment-1").letter_date == date(2026, 9, 1), "dated anew on every business day"
    await story.until("2026-09-02 08:00")
    assert why_withdrawn(story) == (
        "a reminder on 2026-09-02 of an instalment that is due 2026-09-01 would come too late"
    )
    await story.until("2026-09-08 12:00", released=True)
    assert story.sent == BEFORE, "a missed one is for a person"
    assert plan(story).state == "missed"
    assert [when for when, *_ in notices(story)] == ["2026-09-07 08:00"]
    await pay(story, "4212.55", "2026-09-08")
    await story.until("2026-09-29 12:00", released=True)
    assert story.sent[-1] == "2026-09-28 09:00 instalment-2", "what was missing has come in; the next is reminded of"


async def test_one_that_is_paid_meanwhile_is_withdrawn_and_the_second_has_its_own(story: Story) -> None:
    await it_stands(story)
    await story.release()
    await pay(story, "4212.55", "2026-08-27")
    assert why_withdrawn(story) == "instalment 1 is not the next one that is unpaid"
    assert (story.case.state, instalments(story)[0][2]) == ("frozen", "2026-08-27")
    await story.until("2026-09-27 12:00", released=True)
    assert story.sent == BEFORE
    await story.until("2026-09-30 12:00", released=True)
    assert story.proposed[-1] == "2026-09-25 08:00 instalment-2", "1 October less three days is Monday the 28th"
    assert story.sent == [*BEFORE, "2026-09-28 09:00 instalment-2"]
    assert "8.425,12 kr." in story.mails[-1].text.replace("\N{NO-BREAK SPACE}", " "), "what is left of the plan"


async def test_one_that_is_paid_in_part_is_proposed_afresh_for_the_rest(story: Story) -> None:
    await it_stands(story)
    await story.release()
    await pay(story, "1000.00", "2026-08-27")
    await story.until("2026-08-27 13:00")
    first, second = [p for p in story.proposals if p.step == "instalment-1"]
    assert (first.state, second.state, second.amount_minor) == ("withdrawn", "proposed", 321255)
    await story.until("2026-08-31 12:00", released=True)
    assert [sent for sent in story.sent if sent.endswith("instalment-1")] == [story.sent[-1]]


async def test_a_question_stops_it_and_its_answer_lets_it_come_again(story: Story) -> None:
    await it_stands(story)
    await story.release()
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount", by=CUSTOMER))
    assert why_withdrawn(story).startswith("the case was stopped (question)")
    await story.until("2026-08-30 12:00", released=True)
    assert story.sent == BEFORE
    answered = Resolved(id="r-1", by=story.actor("anna"), outcome="answered", reason="they have the right figure now")
    await story.command("resolve", answered)
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"]
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent == [*BEFORE, "2026-09-01 09:00 instalment-1"], "on the very day it is due"


async def test_a_plan_that_is_ended_takes_its_reminder_along(story: Story) -> None:
    await it_stands(story)
    await story.release()
    await end(story)
    assert why_withdrawn(story) == "the plan of which instalment 1 is part is not in force"


async def test_the_ladder_goes_on_after_the_plan_as_if_nobody_had_been_reminded(story: Story) -> None:
    await the_plan_is_approved(story)
    await story.until("2026-09-08 12:00", released=True)
    assert story.sent == [*BEFORE, REMINDED]
    await end(story)
    await story.until("2026-09-22 12:00", released=True)
    assert story.proposed[3].startswith("2026-09-08 12:")
    assert story.sent[3].startswith("2026-09-09 12:")
    assert [line.split()[-1] for line in story.sent[3:]] == ["rykker-2", "inkassovarsel"]
    assert story.sent[4] == "2026-09-22 09:00 inkassovarsel", "ten days after rykker 2 is Saturday 19 September"
    fees = [amount for _, kind, amount in story.ledger if kind == "fee"]
    assert fees == [Decimal("100.00")] * 3


async def test_the_message_gap_counts_from_it(story: Story) -> None:
    await the_plan_is_approved(story)
    await story.until("2026-08-28 12:00", released=True)
    assert story.sent[-1] == REMINDED
    await end(story)
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent[-1] == "2026-08-31 09:00 rykker-2", (
        "due since 24 August, and three days after the word of the 28th"
    )
