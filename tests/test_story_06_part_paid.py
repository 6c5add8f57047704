"""Story 6 and its kin: part payments, reversed and too large ones are put before a person with old and new figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.money import Money
from models.news import PaymentRegistered, Resumed
from tests.api_fixtures import Api
from tests.story import Story, at


async def reminded_once(story: Story) -> None:
    """Rykker 1 of 12,500.00 went out on 11 August."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


def paid(amount: str, day: str = "2026-08-12", reference: str = "bank-6", invoice: str = "") -> PaymentRegistered:
    return PaymentRegistered(
        id=reference,
        amount=Money.of(amount, "DKK"),
        value_date=date.fromisoformat(day),
        reference=reference,
        invoice_number=invoice,
    )


async def goes_on(story: Story) -> None:
    await story.command("resume", Resumed(id="go-on", by=story.actor("anna"), reason="the figures are right"))


@pytest.mark.anyio
async def test_a_part_payment_pauses_with_both_figures_and_rykker_2_has_the_falling_base(
    story: Story, api: Api
) -> None:
    await reminded_once(story)
    await story.tell("payment_registered", paid("5000.00"))
    [stop] = (await api.get("/stops"))["items"]
    assert stop["kind"] == "review"
    assert stop["figures"] == [{"invoice": "1001", "before": "12500.00 DKK", "after": "7500.00 DKK"}]
    await story.until("2026-08-14 12:00", released=True)
    await goes_on(story)
    await story.until("2026-08-25 12:00", released=True)
    assert story.sent[-1] == "2026-08-25 09:00 rykker-2"
    assert "7.500,00" in story.mails[-1].text
    # 12,500.00 for 9 days and 7,500.00 for 13 days, at 10 %.
    interest = sum(amount for _, kind, amount in story.ledger if kind == "interest")
    assert interest == Decimal("57.53")
    assert "57,53" in story.mails[-1].text


@pytest.mark.anyio
async def test_a_part_payment_that_the_books_show_pauses_likewise_and_comes_back_after_a_week(story: Story) -> None:
    await reminded_once(story)
    story.book.register_payment(1001, Decimal("5000.00"), on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    [review] = story.freezes
    assert review == "review: 5000.00 DKK paid on invoice 1001 in the books, 7500.00 DKK left"
    await story.until("2026-08-20 12:00")
    [back] = story.told("came back")
    assert "stopped since 2026-08-12 (review)" in back
    assert [mail for mail in story.heads_ups if "gennemse tallene" in mail.text]


@pytest.mark.anyio
async def test_a_payment_that_is_taken_back_again_pauses_for_review(story: Story) -> None:
    await reminded_once(story)
    story.book.register_payment(1001, Decimal("5000.00"), on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    await goes_on(story)
    story.book.return_payment(1001, on=date(2026, 8, 13))
    await story.until("2026-08-13 12:00")
    await story.told_by_the_books("2026-08-13 12:00")
    assert story.freezes == ["review: 5000.00 DKK that was paid on invoice 1001 has been taken back in the books"]
    assert story.balance(1001) == Decimal("12500.00")


@pytest.mark.anyio
async def test_too_much_on_one_invoice_while_another_is_open_is_reviewed_and_nothing_is_set_off_by_itself(
    story: Story,
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "800.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-10 12:00", released=True)
    await story.tell("payment_registered", paid("12600.00", "2026-08-10", invoice="1001"))
    [review] = story.freezes
    assert review.startswith("review: payment of more than was owed: invoice 1001")
    assert story.balance(1002) == Decimal("800.00")
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent == []


async def two_are_open(story: Story) -> None:
    story.invoice(1002, "3000.00", "2026-08-03")
    await story.stands_released()


@pytest.mark.anyio
async def test_too_much_in_the_books_while_another_is_open_is_reviewed_once_and_not_set_off(
    story: Story, api: Api
) -> None:
    await two_are_open(story)
    story.book.invoices[1001].remainder = Decimal("-500.00")
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.freezes == ["review: 500.00 DKK more than was owed is paid on invoice 1001 in the books, 1002 is open"]
    [stop] = (await api.get("/stops"))["items"]
    assert stop["figures"] == [
        {"invoice": "1001", "before": "12500.00 DKK", "after": "-500.00 DKK"},
        {"invoice": "1002", "before": "3000.00 DKK", "after": "3000.00 DKK"},
    ]
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent == []
    await goes_on(story)
    await story.until("2026-08-14 12:00", released=True)
    assert [line.split()[-1] for line in story.sent] == ["rykker-1"], "what was looked at stops nothing again"
    assert "3.000,00" in story.mails[-1].text


@pytest.mark.anyio
async def test_too_much_in_the_books_on_the_last_open_invoice_closes_the_case_and_is_a_task(story: Story) -> None:
    await two_are_open(story)
    story.book.register_payment(1002, on=date(2026, 8, 10))
    story.book.invoices[1001].remainder = Decimal("-500.00")
    await story.told_by_the_books("2026-08-10 13:00")
    assert story.case.outcome == "paid"
    assert story.told("frozen") == []
    assert [(task.kind, task.amount_minor) for task in story.tasks] == [("overpaid", 50000)]


@pytest.mark.anyio
async def test_a_full_payment_ends_the_case_and_open_charges_are_put_before_a_person(story: Story) -> None:
    await reminded_once(story)
    await story.tell("payment_registered", paid("12500.00"))
    assert (story.case.state, story.case.outcome) == ("closed", "paid")
    [task] = story.tasks
    assert (task.kind, task.amount_minor, task.result) == ("charges", 12740, "")
    await story.traveller.handle(story.case).result()
    assert any("renter og gebyrer" in mail.text for mail in story.heads_ups)
    assert [kind for _, kind, _ in story.ledger] == ["principal", "fee", "interest", "payment"]


@pytest.mark.anyio
async def test_a_creditor_who_waives_what_is_left_has_nothing_left_to_decide(story: Story) -> None:
    story.settings = story.settings.model_copy(update={"charges_after_payment": "waive"})
    await reminded_once(story)
    await story.tell("payment_registered", paid("12500.00"))
    assert story.case.outcome == "paid"
    assert story.tasks == []
    assert sum(amount for _, _, amount in story.ledger) == 0
    assert story.told("waived") == ["127.40 DKK of interest and fees waived: the case is closed: paid"]


@pytest.mark.anyio
async def test_a_payment_that_covers_the_charges_leaves_nothing_and_one_beyond_them_is_too_much(story: Story) -> None:
    await reminded_once(story)
    await story.tell("payment_registered", paid("12700.00"))
    assert story.case.outcome == "paid"
    [task] = story.tasks
    assert (task.kind, task.amount_minor) == ("overpaid", 7260)


@pytest.mark.anyio
async def test_a_payment_that_bounces_after_the_case_was_closed_opens_the_next_case(story: Story) -> None:
    await reminded_once(story)
    story.book.register_payment(1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 13:00")
    assert story.case.outcome == "paid"
    await story.traveller.handle(story.case).result()
    story.book.return_payment(1001, on=date(2026, 8, 14))
    await story.mirror(at("2026-08-14 12:00"))
    assert [case.outcome for case in story.cases] == ["paid"], "the next step is not near yet"
    await story.mirror(at("2026-08-23 12:00"))
    assert [case.outcome for case in story.cases] == ["paid", ""]
    await story.until("2026-08-24 12:00")
    assert story.proposed[-1] == "2026-08-24 08:00 rykker-2", "what was climbed stays climbed"
