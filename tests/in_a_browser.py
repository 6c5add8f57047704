"""The customer's page in a real browser without JavaScript, as on a phone and on a desk: `make browser`.

Apart from the suite, because it needs Debian's chromium. `BROWSER_SHOTS=<folder>` keeps pictures to look at.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright, expect

from api import create_app
from tests.page_fixtures import CustomerPage
from tests.story import Story

pytestmark = pytest.mark.anyio
PHONE, DESK = (390, 844), (1200, 900)
SHOTS = os.environ.get("BROWSER_SHOTS", "")


@asynccontextmanager
async def browsing(story: Story, moment: str, size: tuple[int, int]) -> AsyncIterator[tuple[Page, str]]:
    """A browser of that size, and the address of the newest case's page on a server of its own."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        pytest.fail("there is no chromium on this machine; apt-get install chromium, or name one in CHROMIUM")
    customer, engines = CustomerPage(story, moment), story.engines
    app = create_app(engines.settings, engines.database, engines.client, shelf=engines.shelf, clock=customer.now)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)  # uvicorn has no other way to say that it listens
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    asked_for: list[str] = []
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            page = await browser.new_page(
                viewport={"width": size[0], "height": size[1]}, java_script_enabled=False, locale="da-DK"
            )
            page.on("request", lambda asked: asked_for.append(asked.url))
            yield page, base + customer.path
            await browser.close()
    finally:
        server.should_exit = True
        await serving
    elsewhere = [url for url in asked_for if not url.startswith((base, "data:"))]
    assert elsewhere == [], "the page asks nobody else for anything"


WIDER_THAN_THEIR_PLACE = """[...document.querySelectorAll("body, main, .card, .card *")]
    .filter(part => getComputedStyle(part).display !== "inline" && part.clientWidth > 5 && !part.closest("thead"))
    .filter(part => part.scrollWidth > part.clientWidth + 1)
    .map(part => part.outerHTML.slice(0, 200))"""


async def fits(page: Page) -> None:
    """No word, picture or table is wider than the place that it has."""
    assert await page.evaluate(WIDER_THAN_THEIR_PLACE) == []


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


async def reminded(story: Story) -> None:
    """Three invoices, two of them overdue and reminded of; it is 20 August."""
    link = "https://betal.nordlys.example/?ref={reference}&belob={amount}"
    story.settings = story.settings.model_copy(update={"payment_link": link})
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "3750.50", "2026-08-10")
    story.invoice(1003, "980.00", "2026-09-15")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-20 10:00", released=True)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_customer_sees_what_is_owed_and_why_and_how_to_pay(story: Story, size: tuple[int, int]) -> None:
    await reminded(story)
    async with browsing(story, "2026-08-20 10:00", size) as (page, address):
        answer = await page.goto(address)
        assert answer is not None
        assert answer.headers["x-robots-tag"].startswith("noindex")
        await expect(page.get_by_text("16.519,00").first).to_be_visible()
        await expect(page.get_by_text("Reg. 1234 konto 0012345678")).to_be_visible()
        await expect(page.locator("svg").first).to_be_visible()
        await page.get_by_text("Sådan er renter og gebyrer regnet ud").click()
        await expect(page.get_by_text("Rente af faktura 1001: 58,22")).to_be_visible()
        await fits(page)
        await shot(page, f"page-{size[0]}")
        async with page.expect_download() as started:
            await page.get_by_role("link", name="Hent faktura 1001 som PDF").click()
        file = await (await started.value).path()
        assert file.read_bytes().startswith(b"%PDF")


async def test_without_a_payment_page_the_code_holds_the_bank_details_and_nothing_sticks_out(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    async with browsing(story, "2026-08-09 12:00", PHONE) as (page, address):
        await page.goto(address)
        await expect(page.get_by_text("Scan for at få betalingsoplysningerne")).to_be_visible()
        await fits(page)
        await shot(page, "bank-details-390")


async def test_a_question_with_a_picture_stops_the_reminders_before_the_page_answers(
    story: Story, tmp_path: Path
) -> None:
    await reminded(story)
    picture = tmp_path / "pallen.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    async with browsing(story, "2026-08-20 10:00", PHONE) as (page, address):
        await page.goto(address)
        await page.get_by_text("Stil et spørgsmål", exact=True).click()
        await page.get_by_label("Jeg har ikke fået det, jeg har bestilt").check()
        await page.get_by_label("Skriv til os").fill("Vi har kun fået <b>halvdelen</b>.")
        await page.get_by_label("Vedlæg en fil").set_input_files(picture)
        await page.get_by_role("button", name="Send spørgsmål").click()
        await expect(page.get_by_role("heading", name="Tak for dit spørgsmål")).to_be_visible()
        assert story.freezes == ["question: the customer asks: missing delivery"]
        await fits(page)
        await shot(page, "asked-390")
        await page.get_by_role("link", name="Tilbage til fakturaerne").click()
        await expect(page.get_by_text("Påmindelserne er stoppet").first).to_be_visible()
        await shot(page, "stopped-390")
        kept = CustomerPage(story)
        assert [row.text for row in kept.inbox] == ["Vi har kun fået <b>halvdelen</b>."]
        assert [(row.name, row.media_type) for row in kept.files] == [("pallen.png", "image/png")]


async def test_a_plan_is_looked_at_and_then_asked_for(story: Story) -> None:
    await reminded(story)
    async with browsing(story, "2026-08-20 10:00", PHONE) as (page, address):
        await page.goto(address)
        await page.get_by_text("Bed om en betalingsaftale", exact=True).click()
        await page.get_by_label("Antal rater").select_option("4")
        await page.get_by_label("Første rate betales den").fill("2026-09-01")
        await page.get_by_role("button", name="Vis raterne").click()
        await expect(page.get_by_text("1. december 2026")).to_be_visible()
        await fits(page)
        await shot(page, "plan-390")
        assert story.freezes == [], "nothing is asked for before the customer says so"
        await page.locator("form[method=post] button").click()
        await expect(page.get_by_text("Du har bedt om en betalingsaftale").first).to_be_visible()
        await shot(page, "planned-390")
    [stop] = story.freezes
    assert stop.startswith("plan_asked: the customer asks for 16519.00 DKK in 4 instalments")


async def test_a_link_that_is_not_ours_says_so_kindly_and_nothing_else(story: Story) -> None:
    await reminded(story)
    async with browsing(story, "2026-08-20 10:00", DESK) as (page, address):
        answer = await page.goto(address[:-3] + "abc")
        assert answer is not None
        assert answer.status == 404
        words = await page.locator("body").inner_text()
        assert "Nordlys" not in words
        assert "Havn" not in words
        await shot(page, "invalid-1200")
