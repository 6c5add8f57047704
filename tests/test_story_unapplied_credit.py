"""Money of the customer that the books hold against no invoice: a person looks at it before anything goes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests import case_news
from tests.api_fixtures import Api
from tests.case_news import resume
from tests.story import HAVN, Story

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio
TENTH = date(2026, 8, 10)


def review(credit: str, owed: str = "12500.00") -> str:
    return (
        f"review: {credit} DKK of the customer stands against no invoice in the books, {owed} DKK is open on the ledger"
    )


async def comes_in(story: Story, amount: str, on: date = TENTH) -> None:
    story.book.add_unapplied_payment(HAVN, Decimal(amount), on=on)


async def test_nearly_all_of_it_lies_on_the_account_and_nothing_goes_before_a_person_has_looked(
    story: Story, api: Api
) -> None:
    await story.stands_released()
    await comes_in(story, "12400.00")
    await story.until("2026-08-11 12:00", released=True)
    assert story.sent == []
    assert story.freezes == [review("12400.00")]
    [stop] = (await api.get("/stops"))["items"]
    assert stop["kind"] == "review"
    assert stop["figures"] == [
        {"invoice": "1001", "before": "12500.00 DKK on the ledger", "after": "12400.00 DKK unapplied in the books"}
    ]
    assert story.proposal("rykker-1").state == "withdrawn"
    [verdict] = story.verdicts("rykker-1", "balance_positive")
    assert (verdict.answer, verdict.inputs["unapplied"]) == ("held", "12400.00 DKK")
    assert [mail for mail in story.heads_ups if "gennemse tallene" in mail.text]
    await story.until("2026-08-19 12:00", released=True)
    [back] = story.told("came back")
    assert "stopped since 2026-08-11 (review)" in back
    assert story.sent == []


async def test_once_resumed_the_same_amount_stops_nothing_and_another_one_does(story: Story) -> None:
    await story.stands_released()
    await comes_in(story, "400.00")
    await story.until("2026-08-11 12:00", released=True)
    assert story.freezes == [review("400.00")]
    await resume(story)
    await story.until("2026-08-13 12:00", released=True)
    assert [line.split()[-1] for line in story.sent] == ["rykker-1"]
    await comes_in(story, "100.00", date(2026, 8, 14))
    await story.until("2026-08-30 12:00", released=True)
    assert story.freezes == [review("500.00")]
    assert [line.split()[-1] for line in story.sent] == ["rykker-1"]


async def test_what_is_gone_and_comes_again_is_looked_at_again(story: Story) -> None:
    await story.stands_released()
    await comes_in(story, "400.00")
    await story.until("2026-08-11 12:00", released=True)
    await resume(story)
    await comes_in(story, "-400.00", date(2026, 8, 12))
    await story.until("2026-08-14 12:00", released=True)
    assert [line.split()[-1] for line in story.sent] == ["rykker-1"]
    await comes_in(story, "400.00", date(2026, 8, 17))
    await story.until("2026-08-30 12:00", released=True)
    assert story.freezes == [review("400.00")]
    amounts = [row.data["amount"] for row in story.trail if row.kind == "unapplied credit"]
    assert amounts == [40000, 0, 40000]


async def test_all_of_it_on_the_account_is_told_of_and_stays_held_after_the_review(story: Story) -> None:
    await story.stands_released()
    await comes_in(story, "12500.00")
    await story.until("2026-08-11 12:00", released=True)
    assert story.freezes == [review("12500.00")]
    assert [mail for mail in story.heads_ups if "gennemse tallene" in mail.text]
    await resume(story)
    await story.until("2026-08-20 12:00", released=True)
    assert (story.sent, story.freezes) == ([], [])
    [held] = {v.why for v in story.verdicts("rykker-1", "balance_positive")}
    assert held == "12500.00 DKK is left on the proposal and 0.00 DKK on the customer's account"


async def test_a_credit_note_that_stands_against_nothing_is_looked_at_as_well(story: Story) -> None:
    await story.stands_released()
    story.book.book_credit_note(2001, HAVN, Decimal("2000.00"), on=TENTH)
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.freezes == []
    await story.until("2026-08-12 12:00", released=True)
    assert (story.sent, story.freezes) == ([], [review("2000.00")])


async def test_books_that_cannot_be_read_say_nothing_of_credit(story: Story) -> None:
    await story.stands_released()
    await comes_in(story, "400.00")
    await story.until("2026-08-11 12:00", released=True)
    await resume(story)
    story.engines.economic.fault("status", path="/customers", status=500, times=0)
    await story.until("2026-08-12 16:00", released=True)
    assert story.told("held")[-1].startswith("rykker-1 held: fresh")
    assert [row.data["amount"] for row in story.trail if row.kind == "unapplied credit"] == [40000]
    story.engines.economic.reset()
    await story.until("2026-08-13 12:00", released=True)
    assert [line.split()[-1] for line in story.sent] == ["rykker-1"]
    assert story.freezes == []


async def test_too_much_on_a_paid_invoice_that_stays_unapplied_stops_the_reminder_of_another(story: Story) -> None:
    story.invoice(1002, "3000.00", "2026-08-03")
    await story.stands_released()
    story.book.register_payment(1001, Decimal("13000.00"), on=TENTH)
    await story.told_by_the_books("2026-08-10 13:00")
    await story.until("2026-08-13 12:00", released=True)
    assert (story.sent, story.freezes) == ([], [review("500.00", "3000.00")])
