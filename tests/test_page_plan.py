"""What the page asks for while a plan of three instalments is in force; it was approved on 14 August."""

from __future__ import annotations

from datetime import date

import pytest

from models.database import transaction
from models.mirror import CustomerRow
from rules.plans import AskedNow, asked_now, draw_up
from tests.given import dkk
from tests.page_fixtures import CustomerPage, words
from tests.payment_plans import FIRST, approve, pay, plan, rykker_1_has_gone
from tests.story import Story

pytestmark = pytest.mark.anyio
LINK = "https://pay.example/?r={reference}&a={amount}"
FIRST_ONE = "Rate 1 af 3, betales senest den 1. september 2026 4.212,55 kr."


async def the_plan_is_in_force(story: Story, page: CustomerPage) -> None:
    story.settings = story.settings.model_copy(update={"payment_link": LINK})
    await rykker_1_has_gone(story)
    await approve(story)
    page.moment = "2026-08-20 12:00"


def speaks(story: Story, language: str) -> None:
    with transaction(story.engines.database) as session:
        row = session.get_one(CustomerRow, (story.creditor, "1001"))
        row.document = {**row.document, "language": language}


@pytest.mark.parametrize(
    ("language", "said", "never"),
    [
        ("da", f"{FIRST_ONE} I alt mangler 12.637,67 kr. af aftalen.", "At betale i dag"),
        (
            "nb",
            "Avdrag 1 av 3, betales innen 1. september 2026 4 212,55 DKK I alt gjenstår 12 637,67 DKK av avtalen.",
            "Å betale i dag",
        ),
        (
            "en",
            "Instalment 1 of 3, to be paid by 1 September 2026 DKK 4,212.55 DKK 12,637.67 is left of the plan in all.",
            "To pay today",
        ),
    ],
)
async def test_it_asks_for_the_next_instalment_and_says_what_is_left_of_the_plan(
    story: Story, page: CustomerPage, language: str, said: str, never: str
) -> None:
    await the_plan_is_in_force(story, page)
    speaks(story, language)
    response = await page.open()
    assert said in words(response)
    assert never not in words(response)
    assert 'href="https://pay.example/?r=1001&amp;a=4212.55"' in response.text
    assert "a=12637.67" not in response.text


async def test_what_came_in_is_taken_off_and_a_paid_instalment_makes_way_for_the_next(
    story: Story, page: CustomerPage
) -> None:
    await the_plan_is_in_force(story, page)
    await pay(story, "1000.00", "2026-08-14", "p-1")
    seen = await page.read()
    assert "betales senest den 1. september 2026 3.212,55 kr. I alt mangler 11.637,67 kr. af aftalen." in seen
    await pay(story, "3212.55", "2026-08-14", "p-2")
    response = await page.open()
    assert "Rate 2 af 3, betales senest den 1. oktober 2026 4.212,55 kr. I alt mangler 8.425,12 kr." in words(response)
    assert "a=4212.55" in response.text


async def test_everything_that_is_overdue_is_asked_for_at_once_and_nothing_beyond_it(
    story: Story, page: CustomerPage
) -> None:
    await the_plan_is_in_force(story, page)
    page.moment = "2026-09-01 12:00"
    assert FIRST_ONE in await page.read(), "the day it is due is the payer's"
    await story.until("2026-10-07 12:00")
    assert plan(story).state == "missed"
    page.moment = "2026-09-08 12:00"
    assert "Rate 1 af 3 skulle være betalt senest den 1. september 2026 4.212,55 kr." in await page.read()
    page.moment = "2026-10-07 12:00"
    response = await page.open()
    late = "Rate 1 til 2 af 3 mangler; den første skulle være betalt senest den 1. september 2026 8.425,10 kr."
    assert late in words(response)
    assert "a=8425.10" in response.text


async def test_an_invoice_beside_the_plan_is_owed_and_stands_next_to_the_instalment(
    story: Story, page: CustomerPage
) -> None:
    await the_plan_is_in_force(story, page)
    story.invoice(1002, "5000.00", "2026-08-25")
    await story.told_by_the_books("2026-08-14 11:00")
    early = await page.read()
    assert "I alt mangler 12.637,67 kr. af aftalen. Derudover er 5.000,00 kr. endnu ikke forfaldet." in early
    page.moment = "2026-08-30 12:00"
    response = await page.open()
    beside = "Derudover er 5.006,85 kr. forfaldet på fakturaer, som ikke er med i aftalen."
    assert f"{FIRST_ONE} I alt mangler 12.637,67 kr. af aftalen. {beside}" in words(response)
    assert 'href="https://pay.example/?r=1001&amp;a=4212.55"' in response.text


@pytest.mark.parametrize(
    ("received", "day", "asked"),
    [
        ("0", "2026-08-14", (1, 1, False, 421255)),
        ("-5.00", "2026-09-02", (1, 1, True, 421255)),
        ("4212.55", "2026-09-02", (2, 2, False, 421255)),
        ("4212.54", "2026-09-02", (1, 1, True, 1)),
        ("5000.00", "2026-11-02", (2, 3, True, 763767)),
        ("12637.67", "2026-11-02", None),
    ],
)
def test_what_a_plan_asks_for_on_a_day(received: str, day: str, asked: tuple[int, int, bool, int] | None) -> None:
    three = draw_up(dkk("12637.67"), 3, FIRST)
    now = asked_now(three, dkk(received).minor, date.fromisoformat(day))
    first, last, late, left = asked or (0, 0, False, 0)
    due = three[first - 1].due
    assert now == (AskedNow(first=first, last=last, due=due, late=late, open=left) if asked else None)
