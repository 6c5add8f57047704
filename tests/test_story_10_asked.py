"""Story 10: payment plans that are asked for and approved, or not; and those that do not add up any more."""

from __future__ import annotations

from datetime import date

import pytest

from models.case import Ask, Move
from models.money import Money
from models.news import (
    PlanApproved,
    PlanAsked,
    PlanEnded,
    Resumed,
    Told,
)
from rules.plans import draw_up
from tests.case_news import decider
from tests.payment_plans import (
    approval,
    approve,
    ask,
    drawn,
    end,
    instalments,
    owed,
    pay,
    plan,
    rykker_1_has_gone,
)
from tests.story import Story, at

pytestmark = pytest.mark.anyio


async def test_what_the_customer_asks_for_stops_the_case_and_declined_the_ladder_goes_on(story: Story) -> None:
    await rykker_1_has_gone(story)
    await ask(story, drawn(story))
    assert story.freezes == ["plan_asked: the customer asks for 12637.67 DKK in 3 instalments, the last due 2026-11-01"]
    assert plan(story, "asked-1").state == "asked"
    await ask(story, drawn(story, 2), "asked-2")
    assert "is asked" in story.told("plan refused")[-1], "one wish at a time"
    assert len(story.freezes) == 1
    assert (story.case.state, story.case.why.split(":")[0]) == ("frozen", "plan_asked")
    await story.until("2026-08-14 12:00")
    assert any("ønske om betalingsaftale" in mail.text for mail in story.heads_ups)
    await end(story, "asked-1", "we know each other")
    assert plan(story, "asked-1").state == "declined"
    assert story.freezes == []
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[-1] == "2026-08-25 09:00 rykker-2", "as if nothing had been asked"


async def test_a_wish_that_the_claim_has_outgrown_stops_the_case_and_a_person_sees_the_difference(story: Story) -> None:
    """Asked for on the 13th just before midnight; the case takes it in on the 14th, with a day more of interest."""
    await rykker_1_has_gone(story)
    await ask(story, drawn(story, day=date(2026, 8, 13)))
    said = "the instalments sum to 12634.25 DKK, 3.42 DKK less than the claim, which is 12637.67 DKK"
    wish = "the customer asks for 12634.25 DKK in 3 instalments, the last due 2026-11-01"
    assert story.freezes == [f"plan_asked: {wish}; {said}"]
    assert story.told("plan asked") == [f"The customer asks to pay in 3 instalments; {said}"]
    assert story.told("plan refused") == []
    await story.until("2026-08-14 12:00")
    assert any(f"ønske om betalingsaftale ({wish}; {said})" in mail.text for mail in story.heads_ups)
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1", "nothing goes out before somebody has decided"
    assert plan(story, "asked-1").state == "asked"
    await approve(story, drawn(story, day=date(2026, 9, 2), first=date(2026, 10, 1)), "asked-1")
    assert plan(story, "asked-1").state == "in_force"
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"]


async def test_what_the_creditor_no_longer_lets_customers_ask_for_is_put_before_a_person(story: Story) -> None:
    """The page has said that reminders stop; the limits were changed, or the day was over, before the case knew."""
    await rykker_1_has_gone(story)
    story.switch(plan_instalments=2)
    for name, asked, why in (
        ("many", drawn(story), "at most 2 instalments can be asked for; these are 3"),
        ("early", drawn(story, 2, first=date(2026, 8, 13)), "2026-08-13 is over; today is 2026-08-14"),
    ):
        await ask(story, asked, name)
        [stop] = story.freezes
        assert stop.startswith("plan_asked: the customer asks for 12637.67 DKK")
        assert stop.endswith(f"; {why}")
        await end(story, name)
    story.switch(plan_instalments=0)
    await ask(story, drawn(story), "not-offered")
    assert "not offered" in story.freezes[0]


async def test_what_is_no_wish_at_all_or_about_nothing_stops_nothing(story: Story) -> None:
    await rykker_1_has_gone(story)
    await ask(story, (), "empty")
    await ask(story, draw_up(Money.of("12637.67", "EUR"), 3, date(2026, 9, 1)), "euro")
    await ask(story, draw_up(owed(story, date(2026, 8, 14)), 37, date(2026, 9, 1)), "endless")
    assert story.freezes == []
    empty, euro, endless = story.told("plan refused")
    assert "at least one instalment" in empty
    assert "the claim is in DKK, not in EUR" in euro
    assert "at most 36 instalments" in endless


async def test_a_wish_for_a_case_that_is_paid_or_closed_meanwhile_stops_nothing(story: Story) -> None:
    await rykker_1_has_gone(story)
    asked, moment = drawn(story), at("2026-08-14 11:30")
    await pay(story, "12637.67", "2026-08-14")
    await story.until("2026-08-14 11:00")
    wish = PlanAsked(id=f"{story.creditor}-late", instalments=asked)
    decider(story)(Ask(case_id=story.case.id, as_of=moment, told=(Told(news=wish, at=moment),)))
    assert (story.case.state, story.freezes) == ("closed", [])
    assert story.told("plan refused")[-1].endswith("the case is closed")


async def test_a_plan_asked_for_is_approved_with_other_instalments(story: Story) -> None:
    await rykker_1_has_gone(story)
    await ask(story, drawn(story, 4))
    await approve(story, drawn(story, 2), "asked-1")
    assert plan(story, "asked-1").state == "in_force"
    assert [amount for _, amount, _, _ in instalments(story, "asked-1")] == ["6318.83", "6318.84"]
    assert [stop.split(":")[0] for stop in story.freezes] == ["plan"]


async def test_a_plan_drawn_up_by_the_admin_answers_what_was_asked_for(story: Story) -> None:
    await rykker_1_has_gone(story)
    await ask(story, drawn(story, 4))
    await approve(story)
    assert (plan(story, "asked-1").state, plan(story).state) == ("declined", "in_force")
    with pytest.raises(AssertionError, match="end it before another begins"):
        await approve(story, drawn(story), "plan-2")


async def test_resumed_without_it_what_was_asked_for_is_declined(story: Story) -> None:
    await rykker_1_has_gone(story)
    await ask(story, drawn(story))
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="no instalments for this one"))
    assert plan(story, "asked-1").state == "declined"
    await ask(story, drawn(story), "asked-2")
    assert plan(story, "asked-2").state == "asked", "the customer may ask again"


async def test_a_plan_over_yesterdays_claim_is_refused_and_changes_nothing(story: Story) -> None:
    await rykker_1_has_gone(story)
    yesterday = drawn(story, day=date(2026, 8, 13))
    with pytest.raises(AssertionError, match="do not fit the claim any more"):
        await approve(story, yesterday)
    [refused] = [row for row in story.trail if row.kind == "plan refused"]
    assert "the instalments sum to 12634.25 DKK, 3.42 DKK less than the claim, which is 12637.67 DKK" in refused.text
    assert (refused.data["total_minor"], refused.data["claim"]) == (1263425, "12637.67 DKK")
    assert story.freezes == []
    assert len([entry for entry in story.ledger if entry[1] == "interest"]) == 1
    assert await approve(story, drawn(story), "plan-2"), "drawn up afresh it is approved"


async def test_paid_while_a_plan_is_only_asked_for_the_case_closes_and_the_wish_is_over(story: Story) -> None:
    await rykker_1_has_gone(story)
    await ask(story, drawn(story))
    await pay(story, "12637.67", "2026-08-14")
    await story.until("2026-08-14 11:00")
    assert (story.case.outcome, plan(story, "asked-1").state) == ("paid", "declined")
    assert story.freezes == []


async def test_what_is_said_again_changes_nothing(story: Story) -> None:
    await rykker_1_has_gone(story)
    asked, approved = drawn(story), approval(story, drawn(story), "asked-1")
    moment = at("2026-08-14 10:00")
    wish = PlanAsked(id=f"{story.creditor}-asked-1", instalments=asked)
    over = PlanEnded(id="end-1", by=story.actor("anna"), plan_id=wish.id, reason="no answer")

    def told(*news: PlanAsked | PlanApproved | PlanEnded) -> Move:
        ask = Ask(case_id=story.case.id, as_of=moment, told=tuple(Told(news=n, at=moment) for n in news))
        return decider(story)(ask)

    assert told(wish, wish).plan == ""
    assert told(approved, wish, approved).plan == wish.id
    before = (story.ledger, len(story.trail))
    assert told(wish, approved).plan == wish.id
    assert (story.ledger, len(story.trail)) == before
    assert told(over, over, approved, wish).plan == ""
    assert plan(story, "asked-1").state == "ended"
    kinds = [row.kind for row in story.trail if row.kind.startswith("plan ")]
    assert kinds == ["plan asked", "plan approved", "plan ended"]
