"""Story 10: money that comes in while a plan is in force, through the books or by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from activities.mirror import Mirror
from models.money import Money
from models.news import (
    CreditRegistered,
    Resumed,
)
from tests.payment_plans import (
    approve,
    drawn,
    instalments,
    owed,
    pay,
    plan,
    rykker_1_has_gone,
)
from tests.story import Story, at

pytestmark = pytest.mark.anyio


async def test_a_payment_that_only_the_books_know_of_yet_is_found_before_a_plan_is_approved(story: Story) -> None:
    await rykker_1_has_gone(story)
    whole = drawn(story)
    story.book.register_payment(1001, Decimal("5000.00"), on=date(2026, 8, 13))
    engines = story.engines
    Mirror(engines.database, engines.shelf).read_books(story.creditor, at("2026-08-14 10:00"))
    with pytest.raises(AssertionError, match="do not fit"):
        await approve(story, whole)
    assert [stop.split(":")[0] for stop in story.freezes] == ["review"]
    await approve(story, drawn(story), "plan-2")
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"], "the plan answers the review"


async def test_a_payment_that_the_books_show_counts_and_more_than_one_instalment_is_the_next_ones(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    await story.until("2026-08-31 12:00")
    story.book.register_payment(1001, Decimal("6000.00"), on=date(2026, 8, 31))
    await story.told_by_the_books("2026-08-31 12:00")
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-31", "", ""]
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"], "no review of what was agreed on"
    await story.until("2026-09-30 12:00")
    await pay(story, "2425.10", "2026-09-30")
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-31", "2026-09-30", ""]
    await story.until("2026-10-20 12:00")
    assert plan(story).state == "in_force"


async def test_a_payment_taken_back_opens_its_instalment_again(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    story.book.register_payment(1001, Decimal("4212.55"), on=date(2026, 8, 14))
    await story.told_by_the_books("2026-08-14 12:00")
    assert instalments(story)[0][2] == "2026-08-14"
    story.book.return_payment(1001)
    await story.told_by_the_books("2026-08-14 13:00")
    assert instalments(story)[0][2] == ""
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan", "review"]


async def test_everything_paid_at_once_closes_the_case_before_the_last_instalment(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    await story.until("2026-09-03 12:00")
    await pay(story, "12637.67", "2026-09-03")
    await story.until("2026-09-03 13:00")
    assert (story.case.outcome, plan(story).state) == ("paid", "kept")
    assert story.tasks == []
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-09-03"] * 3


async def test_only_the_principal_paid_closes_the_case_too_and_leaves_the_charges_to_a_person(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    story.book.register_payment(1001, on=date(2026, 8, 14))
    await story.told_by_the_books("2026-08-14 12:00")
    await story.until("2026-08-14 13:00")
    assert (story.case.outcome, plan(story).state) == ("paid", "kept")
    assert [(task.kind, task.amount_minor) for task in story.tasks] == [("charges", 13767)]


async def test_a_second_invoice_that_falls_due_meanwhile_is_no_part_of_the_plan(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    story.invoice(1002, "1000.00", "2026-08-20")
    await story.told_by_the_books("2026-08-14 11:00")
    await story.until("2026-09-01 12:00")
    assert owed(story, date(2026, 9, 1)) == Money.of("13640.96", "DKK"), "1002 has 12 days of interest, 1001 no more"
    await pay(story, "12637.67", "2026-09-01")
    assert plan(story).state == "kept"
    await story.until("2026-09-01 13:00")
    assert (story.freezes, story.proposals[-1].invoices) == ([], ["1002"]), "the ladder goes on for 1002"
    assert story.balance(1001) == Decimal("-137.67"), "the plan's charges are paid, too, and nothing of it on 1002"
    assert owed(story, date(2026, 9, 1)) == Money.of("1003.29", "DKK")
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


async def in_the_books(story: Story, invoice: int, amount: str, day: str) -> None:
    """Noon of a day on which the bookkeeper enters a payment."""
    await story.until(f"{day} 12:00", released=True)
    story.book.register_payment(invoice, Decimal(amount), on=date.fromisoformat(day))
    await story.told_by_the_books(f"{day} 12:00")


async def a_second_invoice_falls_due_on_10_september(story: Story) -> None:
    """The plan of 14 August is about 1001 only."""
    await rykker_1_has_gone(story)
    await approve(story)
    story.invoice(1002, "5000.00", "2026-09-10")
    await story.told_by_the_books("2026-08-14 11:00")


async def test_an_invoice_beside_the_plan_that_is_paid_in_time_pays_no_instalment(story: Story) -> None:
    await a_second_invoice_falls_due_on_10_september(story)
    await in_the_books(story, 1001, "4212.55", "2026-08-31")
    await in_the_books(story, 1002, "5000.00", "2026-09-09")
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-31", "", ""]
    await in_the_books(story, 1001, "4212.55", "2026-10-01")
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-31", "2026-10-01", ""]
    assert (plan(story).state, story.balance(1001)) == ("in_force", Decimal("4074.90"))
    await story.until("2026-10-20 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1", "who keeps its plan gets no reminder"
    await in_the_books(story, 1001, "4074.90", "2026-11-02")
    await story.until("2026-11-02 13:00")
    assert (story.case.outcome, plan(story).state) == ("paid", "kept")


async def test_an_invoice_beside_the_plan_that_is_paid_hides_no_missed_instalment(story: Story) -> None:
    await a_second_invoice_falls_due_on_10_september(story)
    await in_the_books(story, 1002, "5000.00", "2026-08-31")
    await story.until("2026-09-07 12:00")
    assert (plan(story).state, instalments(story)[0]) == ("missed", ("2026-09-01", "4212.55", "", "2026-09-07"))


async def test_money_before_the_plan_on_an_invoice_beside_it_takes_nothing_from_an_instalment(story: Story) -> None:
    await rykker_1_has_gone(story)
    story.invoice(1002, "5000.00", "2026-09-10")
    await story.told_by_the_books("2026-08-14 10:30")
    story.book.register_payment(1002, Decimal("5000.00"), on=date(2026, 8, 14))
    await story.told_by_the_books("2026-08-14 11:00")
    await approve(story)
    await in_the_books(story, 1001, "4212.55", "2026-08-31")
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-31", "", ""]


async def test_what_is_paid_beyond_the_plan_is_the_other_invoices_and_a_part_of_that_is_reviewed(story: Story) -> None:
    await a_second_invoice_falls_due_on_10_september(story)
    await story.until("2026-09-01 12:00")
    await pay(story, "4212.55", "2026-09-01", "p-1")
    assert (story.balance(1001), story.balance(1002)) == (Decimal("8287.45"), Decimal("5000.00"))
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"]
    await pay(story, "10000.00", "2026-09-01", "p-2")
    assert (plan(story).state, story.balance(1002)) == ("kept", Decimal("3425.12"))
    assert story.balance(1001) == Decimal("-137.67"), "8,425.12 was left of the plan"
    [review] = story.freezes
    assert review.startswith("review: part payment: ")
    assert review.endswith("invoice 1002: 5000.00 DKK before, 3425.12 DKK now")


async def test_a_part_payment_of_an_invoice_beside_the_plan_was_not_agreed_on(story: Story) -> None:
    await a_second_invoice_falls_due_on_10_september(story)
    await in_the_books(story, 1002, "2000.00", "2026-08-31")
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan", "review"]
    assert instalments(story)[0][2] == ""


async def test_a_credit_note_lowers_what_is_left_of_the_plan_and_is_looked_at(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    amount, day = Money.of("5000.00", "DKK"), date(2026, 8, 14)
    await story.tell("credit_registered", CreditRegistered(id="c-1", amount=amount, value_date=day))
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-14", "", ""]
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan", "review"]
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="as agreed"))
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"], "a plan is not resumed over"
