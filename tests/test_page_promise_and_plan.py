"""What a customer says of when it pays: one promise, or a plan that is looked at before it is asked for."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models.database import transaction
from models.plans import InstalmentRow, PlanRow
from tests.page_fixtures import CustomerPage, form_id, words
from tests.story import Story

pytestmark = pytest.mark.anyio
PLAN = "/plan?count=3&first=2026-09-01"


async def in_august(story: Story, page: CustomerPage) -> None:
    """Rykker 1 went out on 11 August; it is the 13th."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-13 12:00", released=True)
    page.moment = "2026-08-13 12:00"


def plans(story: Story) -> list[PlanRow]:
    with transaction(story.engines.database) as session:
        return list(session.exec(select(PlanRow).where(PlanRow.case_id == story.case.id)))


async def test_a_promised_day_stops_reminders_and_can_be_given_once(story: Story, page: CustomerPage) -> None:
    await in_august(story, page)
    assert "dagen skal ligge senest den 27. august 2026" in await page.read()
    answer = await page.send("promise", day="2026-08-20")
    assert answer.headers["location"] == f"{page.path}/promised"
    assert "Vi har noteret din betalingsdag" in await page.read("/promised")
    await story.quiet()
    assert story.freezes == ["promise: the customer will pay by 2026-08-20"]
    seen = await page.open()
    assert "Vi venter med påmindelser til den 24. august 2026" in words(seen)
    assert "/promise" not in seen.text
    again = await page.send("promise", 422, day="2026-08-21", form="f" * 32)
    assert "En betalingsdag kan kun gives én gang" in words(again)


async def test_the_same_promise_sent_twice_is_one(story: Story, page: CustomerPage) -> None:
    await in_august(story, page)
    form = form_id((await page.open()).text)
    for _ in range(2):
        await page.send("promise", day="2026-08-20", form=form)
    await story.quiet()
    assert len(story.freezes) == 1


async def test_a_day_that_cannot_be_promised_is_refused_in_words(story: Story, page: CustomerPage) -> None:
    await in_august(story, page)
    for day, said in {
        "2026-08-12": "Dagen er allerede gået",
        "2026-08-28": "Dagen ligger for langt ude i fremtiden",
        "2026-02-30": "Vælg en dag",
        "": "Vælg en dag",
        "<script>": "Vælg en dag",
    }.items():
        answer = await page.send("promise", 422, day=day)
        assert said in words(answer)
        assert "<script" not in answer.text
    await story.quiet()
    assert story.freezes == []


async def test_a_creditor_may_take_neither_promises_nor_plans(story: Story, page: CustomerPage) -> None:
    await in_august(story, page)
    story.switch(promise_days=0, plan_instalments=0)
    seen = await page.open()
    assert "/question" in seen.text
    assert not re.search(r'action="[^"]*/(promise|plan)"', seen.text)
    assert "kun gives én gang" in words(await page.send("promise", 422, day="2026-08-20"))
    assert (await page.open(PLAN, 303)).headers["location"] == page.path
    fields: dict[str, Any] = {"count": "3", "first": "2026-09-01", "total": "1264110"}
    assert (await page.send("plan", 303, **fields)).headers["location"] == page.path
    await story.quiet()
    assert story.freezes == []


async def test_a_plan_is_drawn_up_looked_at_and_only_then_asked_for(story: Story, page: CustomerPage) -> None:
    await in_august(story, page)
    drawn = await page.open(PLAN)
    seen = words(drawn)
    assert "12.634,25 kr. fordelt på 3 rater" in seen
    assert "1 1. september 2026 4.211,41 kr. 2 1. oktober 2026 4.211,41 kr. 3 1. november 2026 4.211,43 kr." in seen
    assert story.freezes == []
    assert plans(story) == []
    form = form_id(drawn.text)
    fields: dict[str, Any] = {"count": "3", "first": "2026-09-01", "total": "1263425", "form": form}
    assert (await page.send("plan", **fields)).headers["location"] == f"{page.path}/planned"
    await page.send("plan", **fields)
    assert "Du har bedt om en betalingsaftale" in await page.read("/planned")
    await story.quiet()
    [plan] = plans(story)
    assert (plan.state, plan.total_minor, plan.asked_by) == ("asked", 1_263_425, "the customer")
    with transaction(story.engines.database) as session:
        query = select(InstalmentRow).where(InstalmentRow.plan_id == plan.id).order_by(col(InstalmentRow.number))
        parts = [(row.due, row.amount_minor) for row in session.exec(query)]
    assert parts == [(date(2026, 9, 1), 421_141), (date(2026, 10, 1), 421_141), (date(2026, 11, 1), 421_143)]
    assert [freeze.split(":")[0] for freeze in story.freezes] == ["plan_asked"]
    after = await page.open()
    assert "Du har bedt om en betalingsaftale. Påmindelserne er stoppet, mens vi ser på den." in words(after)
    assert "Den aftale, du har bedt om" in words(after)
    assert not re.search(r'action="[^"]*/(promise|plan)"', after.text)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("count=7&first=2026-09-01", "Du kan højst bede om 6 rater."),
        ("count=6&first=2027-01-01", "Den sidste rate skal betales senest den 9. februar 2027."),
        ("count=3&first=2026-08-01", "Den første rate kan ikke ligge før i dag."),
        ("count=0&first=2026-09-01", "Vælg, hvor mange rater"),
        ("count=-1&first=2026-09-01", "Vælg, hvor mange rater"),
        ("count=²&first=2026-09-01", "Vælg, hvor mange rater"),
        ("count=999999&first=2026-09-01", "Vælg, hvor mange rater"),
        ("count=3&first=tomorrow", "Vælg en dag."),
        ("", "Vælg, hvor mange rater"),
    ],
)
async def test_what_is_no_plan_is_refused_in_words(story: Story, page: CustomerPage, asked: str, said: str) -> None:
    await in_august(story, page)
    assert said in await page.read(f"/plan?{asked}", 422)


async def test_instalments_below_the_creditors_smallest_are_refused(story: Story, page: CustomerPage) -> None:
    await in_august(story, page)
    story.switch(plan_smallest=Decimal("5000.00"))
    assert "Hver rate skal være mindst 5.000,00 kr., så vælg færre rater." in await page.read(PLAN, 422)


async def test_a_claim_that_has_changed_since_is_looked_at_again(story: Story, page: CustomerPage) -> None:
    """A plan was drawn up before midnight and asked for after it; or somebody wrote a sum of its own."""
    await in_august(story, page)
    for total in ("1263425", "1", "", "x"):
        page.moment = "2026-08-14 00:10"
        answer = await page.send("plan", 409, count="3", first="2026-09-01", total=total)
        assert "Beløbet har ændret sig siden sidst" in words(answer)
        assert "12.637,67 kr. fordelt på 3 rater" in words(answer)
    await story.quiet()
    assert story.freezes == []


async def test_a_plan_asked_for_a_minute_before_midnight_stops_the_case_after_it(
    story: Story, page: CustomerPage
) -> None:
    """The page says on the 13th that reminders stop; the case hears of it on the 14th, and 3.42 more is owed."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-14 00:01", released=True)
    page.moment = "2026-08-13 23:59"
    form = form_id((await page.open(PLAN)).text)
    await page.send("plan", count="3", first="2026-09-01", total="1263425", form=form)
    assert "Påmindelserne stopper" in words(await page.open("/planned"))
    await story.quiet()
    [stop] = story.freezes
    assert stop.startswith("plan_asked: the customer asks for 12634.25 DKK in 3 instalments")
    assert stop.endswith("3.42 DKK less than the claim, which is 12637.67 DKK")
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"
    assert any("ønske om betalingsaftale" in mail.text for mail in story.heads_ups)
