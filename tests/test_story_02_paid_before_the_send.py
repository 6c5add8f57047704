"""Stories 2 and 3: the invoice is paid after the reminder was released and before it leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.money import Money
from models.news import PaymentRegistered
from tests.story import Story, at


async def released_and_waiting(story: Story) -> None:
    """Rykker 1 was proposed on 10 August, is released, and waits for its hour."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 14:00", released=True)
    assert story.proposal("rykker-1").released_at is not None


@pytest.mark.anyio
async def test_a_payment_that_the_case_is_told_of_withdraws_the_proposal_and_closes_the_case_at_once(
    story: Story,
) -> None:
    await released_and_waiting(story)
    payment = PaymentRegistered(
        id="bank-1", amount=Money.of("12500.00", "DKK"), value_date=date(2026, 8, 10), reference="bank 1"
    )
    await story.tell("payment_registered", payment)
    assert story.case.outcome == "paid"
    assert story.proposal("rykker-1").state == "withdrawn"
    assert story.told("withdrawn") == ["rykker-1 withdrawn: nothing is left to pay on 1001"]
    assert story.sent == ["2026-07-31 09:00 nudge"]
    assert ("1001", "payment", Decimal(-12500)) in story.ledger


@pytest.mark.anyio
async def test_a_payment_that_only_the_books_know_is_found_by_the_live_read_and_closes_with_the_next_mirror_round(
    story: Story,
) -> None:
    await released_and_waiting(story)
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.until("2026-08-11 12:00")
    assert story.sent == ["2026-07-31 09:00 nudge"]
    [held] = story.verdicts("rykker-1", "unpaid")
    assert (held.answer, held.why) == ("held", "invoice 1001 is paid or credited")
    assert any("unpaid: invoice 1001 is paid or credited" in text for text in story.told("held"))
    assert story.case.state == "held"
    await story.mirror(at("2026-08-11 12:00"))
    await story.quiet()
    assert story.case.outcome == "paid"
    assert story.proposal("rykker-1").state == "withdrawn"


@pytest.mark.anyio
async def test_the_same_payment_told_twice_is_on_the_ledger_once_also_when_the_books_show_it_later(
    story: Story,
) -> None:
    await released_and_waiting(story)
    part = PaymentRegistered(id="bank-2", amount=Money.of("5000.00", "DKK"), value_date=date(2026, 8, 10))
    await story.tell("payment_registered", part)
    await story.tell("payment_registered", part)
    assert story.proposal("rykker-1").state == "withdrawn"
    assert story.case.state == "frozen"
    assert "12500.00 DKK before, 7500.00 DKK now" in story.case.why
    story.book.register_payment(1001, Decimal(5000), on=date(2026, 8, 10))
    await story.mirror(at("2026-08-10 15:00"))
    await story.quiet()
    money = [(kind, amount) for _, kind, amount in story.ledger if kind != "principal"]
    told, counter, booked = ("payment", Decimal(-5000)), ("reversal", Decimal(5000)), ("payment", Decimal(-5000))
    assert money == [told, counter, booked], "the books' word takes the place of what was told"
    assert story.balance(1001) == 7500
