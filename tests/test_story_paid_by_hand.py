"""A payment that a person told is remembered for good, also when the books go on showing the invoice as open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.money import Money
from models.news import PaymentRegistered, Resumed
from tests.any_life import broken_promises
from tests.payment_plans import pay
from tests.story import Story, at

TENTH = date(2026, 8, 10)


async def days_later(story: Story, moment: str, before: str) -> None:
    """The books are read again on a later day, with no case to live through the days between."""
    story.time_shift += at(moment) - at(before)
    await story.mirror(at(moment))


def interest(story: Story) -> Decimal:
    return sum((amount for _, kind, amount in story.ledger if kind == "interest"), Decimal(0))


@pytest.mark.anyio
async def test_an_invoice_paid_by_hand_opens_no_new_case_and_is_not_reminded_of_beside_another(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    paid = PaymentRegistered(id="cash", amount=Money.of("12500.00", "DKK"), value_date=date(2026, 8, 12))
    await story.tell("payment_registered", paid)
    assert story.case.outcome == "paid"
    story.time_shift = story.time_shift + (at("2026-08-16 12:00") - at("2026-08-12 12:00"))
    await story.mirror(at("2026-08-16 12:00"))
    assert len(story.cases) == 1, "the books still show it open; that is no reason to begin again"

    story.invoice(1002, "800.00", "2026-08-20")
    await story.mirror(at("2026-08-16 12:00"))
    assert len(story.cases) == 2
    await story.until("2026-08-31 12:00", released=True)
    assert {number for p in story.proposals if p.case_id == story.case.id for number in p.invoices} == {"1002"}


@pytest.mark.anyio
async def test_money_told_by_hand_that_the_books_confirm_and_take_back_pauses_for_review(story: Story) -> None:
    await story.stands_released()
    await pay(story, "5000.00", "2026-08-10")
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="seen"))
    story.book.register_payment(1001, Decimal("5000.00"), on=TENTH)
    await story.told_by_the_books("2026-08-10 13:00")
    await story.told_by_the_books("2026-08-10 13:15")
    assert story.balance(1001) == 7500
    assert story.freezes == []
    assert story.told("confirmed") == ["The books show 5000.00 DKK on invoice 1001 that was told before"]
    story.book.return_payment(1001)
    await story.told_by_the_books("2026-08-10 14:00")
    assert story.balance(1001) == 12500
    assert story.freezes == ["review: 5000.00 DKK that was paid on invoice 1001 has been taken back in the books"]
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent == []
    await story.command("resume", Resumed(id="r-2", by=story.actor("anna"), reason="it bounced"))
    await story.until("2026-08-14 12:00", released=True)
    assert "12.500,00" in story.mails[-1].text
    assert broken_promises(story, at("2026-08-14 12:00")) == []


@pytest.mark.anyio
async def test_a_confirmation_changes_neither_value_dates_nor_interest(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    await pay(story, "2000.00", "2026-08-06", "p-1")
    await pay(story, "3000.00", "2026-08-09", "p-2")
    # 12,500.00 for 3 days, 10,500.00 for 3 and 7,500.00 for 2, at 10 %.
    before = interest(story)
    assert before == Decimal("23.01")
    story.book.register_payment(1001, Decimal("4000.00"), on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    assert story.freezes[0].startswith("review: part payment"), "the stops are of what was told"
    assert len(story.freezes) == 2
    story.book.register_payment(1001, Decimal("1000.00"), on=date(2026, 8, 13))
    await story.until("2026-08-13 12:00", released=True)
    await story.told_by_the_books("2026-08-13 12:00")
    assert (interest(story), len(story.freezes)) == (before, 2)
    assert story.balance(1001) == 7500
    assert len(story.told("confirmed")) == 2
    assert broken_promises(story, at("2026-08-13 12:00")) == []
    story.book.return_payment(1001, Decimal("5000.00"), on=date(2026, 8, 13))
    await story.told_by_the_books("2026-08-13 13:00")
    assert story.balance(1001) == 12500
    assert broken_promises(story, at("2026-08-13 13:00")) == []


@pytest.mark.anyio
async def test_money_told_by_hand_that_closed_the_case_and_bounces_in_the_books_opens_the_next_case(
    story: Story,
) -> None:
    await story.stands_released()
    await pay(story, "12500.00", "2026-08-10")
    assert story.case.outcome == "paid"
    await story.traveller.handle(story.case).result()
    story.book.register_payment(1001, Decimal("10000.00"), on=TENTH)
    await days_later(story, "2026-08-11 12:00", "2026-08-10 12:00")
    await days_later(story, "2026-08-12 12:00", "2026-08-11 12:00")
    assert len(story.cases) == 1, "what was told and is not booked yet is still no debt"
    story.book.register_payment(1001, Decimal("2500.00"), on=date(2026, 8, 13))
    await days_later(story, "2026-08-13 12:00", "2026-08-12 12:00")
    assert [line.split(" on ")[0] for line in story.told("confirmed")] == [
        "The books show 10000.00 DKK",
        "The books show 2500.00 DKK",
    ]
    assert story.balance(1001) == 0
    story.book.return_payment(1001)
    await days_later(story, "2026-08-16 12:00", "2026-08-13 12:00")
    assert [case.outcome for case in story.cases] == ["paid", ""]
    assert story.balance(1001) == 12500
    await story.until("2026-08-18 12:00", released=True)
    assert [line.split()[-1] for line in story.sent] == ["rykker-1"]
    assert "12.500,00" in story.mails[-1].text
    assert broken_promises(story, at("2026-08-18 12:00")) == []


@pytest.mark.anyio
async def test_what_bounces_while_the_next_case_is_open_joins_it(story: Story) -> None:
    await story.stands_released()
    await pay(story, "12500.00", "2026-08-10")
    await story.traveller.handle(story.case).result()
    story.invoice(1002, "800.00", "2026-08-10")
    await days_later(story, "2026-08-16 12:00", "2026-08-10 12:00")
    assert [case.outcome for case in story.cases] == ["paid", ""]
    assert {number for number, _, _ in story.ledger} == {"1002"}
    story.book.register_payment(1001, on=date(2026, 8, 16))
    await story.told_by_the_books("2026-08-16 12:15")
    assert {number for number, _, _ in story.ledger} == {"1002"}
    story.book.return_payment(1001)
    await story.told_by_the_books("2026-08-16 12:30")
    assert story.balance(1001) == 12500
    assert story.balance(1002) == 800
