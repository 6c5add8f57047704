"""Story 7: a credit note ends the case; its interest is taken back and its fee is put before a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.story import HAVN, Story


async def reminded_once(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)


@pytest.mark.anyio
async def test_a_full_credit_note_closes_takes_the_interest_back_and_asks_about_the_fee(story: Story) -> None:
    await reminded_once(story)
    story.book.book_credit_note(2001, HAVN, Decimal("12500.00"), invoice=1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    assert (story.case.state, story.case.outcome) == ("closed", "credited")
    assert [(kind, amount) for _, kind, amount in story.ledger] == [
        ("principal", Decimal("12500.00")),
        ("fee", Decimal("100.00")),
        ("interest", Decimal("27.40")),
        ("credit", Decimal("-12500.00")),
        ("interest", Decimal("-27.40")),
    ]
    [task] = story.tasks
    assert (task.kind, task.amount_minor) == ("charges", 10000)
    await story.traveller.handle(story.case).result()
    assert any("100.00 DKK" in mail.text for mail in story.heads_ups)


@pytest.mark.anyio
async def test_the_fee_is_put_before_a_person_also_where_charges_are_waived_after_payment(story: Story) -> None:
    story.settings = story.settings.model_copy(update={"charges_after_payment": "waive"})
    await reminded_once(story)
    story.book.book_credit_note(2001, HAVN, Decimal("12500.00"), invoice=1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    assert [task.kind for task in story.tasks] == ["charges"]


@pytest.mark.anyio
async def test_a_credit_note_for_a_part_pauses_for_review(story: Story) -> None:
    await reminded_once(story)
    story.book.book_credit_note(2001, HAVN, Decimal("2500.00"), invoice=1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    [review] = story.freezes
    assert "10000.00 DKK left" in review
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"
