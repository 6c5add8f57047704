"""Story 15: a payment that was there before the reminder becomes known after it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.money import Money
from models.news import PaymentRegistered
from tests.story import Story

PAID = PaymentRegistered(id="bank", amount=Money.of("5000.00", "DKK"), value_date=date(2026, 8, 6))


@pytest.mark.anyio
async def test_the_fee_is_waived_interest_goes_back_to_the_value_date_and_an_apology_is_offered(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.told_by_the_books("2026-08-12 12:00")
    await story.until("2026-08-12 13:00")
    assert story.case.outcome == "paid"
    assert [(kind, amount) for _, kind, amount in story.ledger] == [
        ("principal", Decimal("12500.00")),
        ("fee", Decimal("100.00")),
        ("interest", Decimal("27.40")),
        ("payment", Decimal("-12500.00")),
        ("waiver", Decimal("-100.00")),
        ("interest", Decimal("-3.43")),
    ], "12,500.00 at 10 % from 3 to 9 August is 23.97, and 27.40 had been claimed"
    [task, charges] = sorted(story.tasks, key=lambda task: task.kind)
    assert task.kind == "apology"
    assert (charges.kind, charges.amount_minor) == ("charges", 2397), "the rest of the interest is a person's to decide"
    assert "1001" in task.text
    assert len(story.mails) == 2, "nothing apologises by itself"
    await story.traveller.handle(story.case).result()
    assert any("apology" in mail.text for mail in story.heads_ups), "a person is told"
    [crossed] = story.told("crossed")
    assert "waived" in crossed


@pytest.mark.anyio
async def test_a_payment_on_the_day_of_the_reminder_is_not_before_it(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    story.book.register_payment(1001, on=date(2026, 8, 11))
    await story.told_by_the_books("2026-08-12 12:00")
    await story.until("2026-08-12 13:00")
    assert story.case.outcome == "paid"
    assert "waiver" not in {kind for _, kind, _ in story.ledger}
    assert [task.kind for task in story.tasks] == ["charges"], "no apology is called for"


@pytest.mark.anyio
async def test_a_part_payment_that_crossed_leaves_the_fee_and_lowers_the_interest(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    await story.tell("payment_registered", PAID)
    assert any(line.startswith("review: part payment") for line in story.freezes)
    kinds = [(kind, amount) for _, kind, amount in story.ledger]
    assert kinds[-2:] == [("payment", Decimal("-5000.00")), ("interest", Decimal("-6.85"))]
    assert "waiver" not in dict(kinds), "something was owed when the reminder left"
