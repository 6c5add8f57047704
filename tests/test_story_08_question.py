"""Story 8: the customer asks while a released reminder waits for its hour."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.news import QuestionOpened, Resolved, Resumed
from tests.api_fixtures import Api, wrong
from tests.story import HAVN, Story, at


@pytest.mark.anyio
async def test_a_question_freezes_the_released_reminder_and_after_the_answer_it_is_proposed_afresh(
    story: Story,
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 20:00", released=True)
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount"))
    assert story.case.state == "frozen"
    assert story.case.why == "question: the customer asks: wrong amount"
    await story.until("2026-08-20 10:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge"]
    await story.command("resume", Resumed(id="a-1", by=story.actor("anna"), reason="answered"))
    await story.until("2026-08-22 12:00", released=True)
    # To the hour: the case's clock goes on in real time while people act.
    assert story.proposed[-1].startswith("2026-08-20 10:")
    assert story.sent[-1].startswith("2026-08-21 10:")


async def asked(story: Story) -> None:
    """Story 8: rykker 1 is released and waits for its hour when the customer asks."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 20:00", released=True)
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="wrong_amount"))


def resolved(story: Story, outcome: Any, **more: Any) -> Resolved:
    return Resolved(id="r-1", by=story.actor("anna"), outcome=outcome, reason="we looked at the order", **more)


@pytest.mark.anyio
async def test_after_the_answer_the_ladder_rests_for_the_grace_and_then_proposes_with_the_figures_of_the_day(
    story: Story,
) -> None:
    await asked(story)
    await story.until("2026-08-20 10:00")
    assert story.proposal("rykker-1").state == "withdrawn"
    assert await story.command("resolve", resolved(story, "answered")) == "resolved as answered"
    await story.until("2026-08-26 12:00", released=True)
    # 20 August and three days of grace is Sunday 23 August.
    assert story.proposed[-1] == "2026-08-24 08:00 rykker-1"
    assert story.sent[-1] == "2026-08-25 09:00 rykker-1"
    assert "grace: a question was resolved on 2026-08-20" in story.told("planned")[-2]
    assert "75,34" in story.mails[-1].text
    assert ("1001", "interest", Decimal("75.34")) in story.ledger, "22 days at 10 %"


@pytest.mark.anyio
async def test_a_question_that_nobody_answers_comes_back_to_the_rep_and_the_admin_and_never_sends(
    story: Story,
) -> None:
    await asked(story)
    await story.until("2026-08-25 12:00")
    [first, second] = story.told("came back")
    assert first == (
        f"Comes back to {story.creditor}-rasmus: stopped since 2026-08-10 (question): the customer asks: wrong amount"
    )
    assert second == first
    assert [row.at.date() for row in story.trail if row.kind == "came back"] == [date(2026, 8, 17), date(2026, 8, 24)]
    told = [mail for mail in story.heads_ups if "spørgsmål fra kunden" in mail.text]
    assert len(told) == 3, "when it was asked, and twice since"
    assert story.sent == ["2026-07-31 09:00 nudge"]


@pytest.mark.anyio
async def test_a_corrected_amount_is_waited_for_in_the_books_and_the_new_figures_are_reviewed(story: Story) -> None:
    await asked(story)
    await story.until("2026-08-12 10:00")
    await story.command("resolve", resolved(story, "credited"))
    assert story.freezes == ["correction: a credit note is to be issued in the books: we looked at the order"]
    await story.until("2026-08-18 10:00")
    assert story.sent == ["2026-07-31 09:00 nudge"], "the books still say the old amount"
    story.book.book_credit_note(2001, HAVN, Decimal("2500.00"), invoice=1001, on=date(2026, 8, 18))
    await story.told_by_the_books("2026-08-18 10:00")
    [review] = story.freezes
    assert review.startswith("review: ")
    assert "10000.00 DKK left" in review


@pytest.mark.anyio
async def test_money_for_another_invoice_is_not_the_correction_that_was_announced(story: Story) -> None:
    story.invoice(1002, "3000.00", "2026-08-03")
    await asked(story)
    await story.until("2026-08-12 10:00")
    await story.command("resolve", resolved(story, "amount_corrected"))
    story.book.register_payment(1002, on=date(2026, 8, 13))
    await story.told_by_the_books("2026-08-13 10:00")
    await story.until("2026-08-20 12:00", released=True)
    assert story.freezes == ["correction: the amount is to be corrected in the books: we looked at the order"]
    assert story.sent == ["2026-07-31 09:00 nudge"], "1001 still stands in the books with the wrong amount"


@pytest.mark.anyio
async def test_a_claim_that_is_withdrawn_ends_the_case_without_charges_and_opens_no_other(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 20:00", released=True)
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="missing_delivery"))
    await story.command("resolve", resolved(story, "withdrawn"))
    assert (story.case.state, story.case.outcome) == ("closed", "withdrawn")
    waived = [(kind, amount) for _, kind, amount in story.ledger if kind == "waiver"]
    assert waived == [("waiver", Decimal("-27.40")), ("waiver", Decimal("-100.00"))]
    await story.mirror(at("2026-08-20 12:00"))
    assert len(story.cases) == 1, "the books still have the invoice open"


@pytest.mark.anyio
async def test_only_an_admin_resolves_and_only_where_a_question_is_open(story: Story) -> None:
    await asked(story)
    by_rep = Resolved(id="r-2", by=story.actor("rasmus"), outcome="answered", reason="sorted")
    with pytest.raises(AssertionError, match="only an admin resolves a question"):
        await story.command("resolve", by_rep)
    await story.command("resolve", resolved(story, "answered"))
    again = Resolved(id="r-3", by=story.actor("anna"), outcome="answered", reason="sorted")
    with pytest.raises(AssertionError, match="no question of the customer is open"):
        await story.command("resolve", again)


@pytest.mark.anyio
async def test_an_answer_settles_only_the_questions_that_were_seen(story: Story, api: Api) -> None:
    await asked(story)
    await story.tell("question_opened", QuestionOpened(id="q-2", topic="missing_delivery"))
    await story.quiet()
    path, answer = f"/cases/{story.case.id}/resolve", {"outcome": "answered", "reason": "it was delivered on 3 July"}
    refused = (await api.refused(409, "POST", path, answer))["detail"]
    assert "2 things stop this case" in refused
    about = {stop["about"]: stop["id"] for stop in (await api.get("/stops"))["items"]}
    assert all(stop in refused for stop in about.values())
    strange = await api.refused(422, "POST", path, {**answer, "stops": ["q-9"]})
    assert "GET /stops lists what does" in wrong(strange)["stops"]
    assert (await api.do(path, {**answer, "stops": [about["q-2"]]}))["said"] == "resolved as answered"
    assert story.freezes == ["question: the customer asks: wrong amount"]
    assert (await api.do(path, answer))["said"] == "resolved as answered", "one is left, and it is that one"
    assert story.freezes == []


@pytest.mark.anyio
async def test_the_api_resolves_and_lists_whose_turn_it_is(story: Story, api: Api) -> None:
    await asked(story)
    [stop] = (await api.get("/stops", by="rasmus"))["items"]
    assert (stop["kind"], stop["owner"], stop["customer"]) == ("question", f"{story.creditor}-rasmus", "Havn A/S")
    assert stop["back_at"] == "2026-08-17T08:00:00+02:00"
    assert (await api.get("/stops", by="ida"))["items"] == []
    path = f"/cases/{story.case.id}/resolve"
    answer = {"outcome": "answered", "reason": "delivered on 3 July"}
    assert "Only an admin can settle" in (await api.refused(403, "POST", path, answer, by="rasmus"))["detail"]
    strange = {"outcome": "withdrawn", "reason": "x", "invoices": ["7"]}
    assert "not part of this case" in wrong(await api.refused(422, "POST", path, strange))["invoices"]
    assert (await api.do(path, answer))["said"] == "resolved as answered"
    assert (await api.get("/stops"))["items"] == []
