"""Money that a case is told of: what it is put against, and when a person has to look."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests import case_news
from tests.case_news import DAY, credit, payment, resume
from tests.story import HAVN, Story

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


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
