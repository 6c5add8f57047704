"""A payment that a person told is remembered for good, also when the books go on showing the invoice as open."""

from __future__ import annotations

from datetime import date

import pytest

from models.money import Money
from models.news import PaymentRegistered
from tests.story import Story, at


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
