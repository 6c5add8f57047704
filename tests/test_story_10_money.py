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
    assert story.balance(1001) == 0
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


async def test_a_credit_note_lowers_what_is_left_of_the_plan_and_is_looked_at(story: Story) -> None:
    await rykker_1_has_gone(story)
    await approve(story)
    amount, day = Money.of("5000.00", "DKK"), date(2026, 8, 14)
    await story.tell("credit_registered", CreditRegistered(id="c-1", amount=amount, value_date=day))
    assert [paid for _, _, paid, _ in instalments(story)] == ["2026-08-14", "", ""]
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan", "review"]
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="as agreed"))
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"], "a plan is not resumed over"
