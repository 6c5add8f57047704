"""A case export in a real browser, as on a phone and on a desk, with nothing but its file: `make browser`."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from activities.case_export_page import as_page
from tests.in_a_browser import DESK, PHONE, fits, shot

EXPORT = Path(__file__).parent / "exports" / "format-3.json"


@pytest.mark.anyio
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_an_export_is_read_from_its_file_alone_and_nothing_sticks_out(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "there is no chromium on this machine; apt-get install chromium, or name one in CHROMIUM"
    export = json.loads(EXPORT.read_bytes())
    file = tmp_path / "case.html"
    file.write_text(as_page(export), encoding="utf-8")
    asked_for: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.on("request", lambda asked: asked_for.append(asked.url))
        await page.goto(file.as_uri())
        await expect(page.get_by_role("heading", name="Nordlys ApS against Havn A/S")).to_be_visible()
        for message in export["record"]["messages"]:
            await expect(page.get_by_text(message["digest"]).first).to_be_visible()
        await expect(page.get_by_text(export["head"]["hash"]).first).to_be_visible()
        await expect(page.locator("#rykker-case-export")).to_be_hidden()
        headings = page.locator("th", has_text="Compensation")
        assert await headings.first.is_visible() == (size == DESK), "on a phone each figure has its name beside it"
        await fits(page)
        await shot(page, f"export-{size[0]}")
        await browser.close()
    assert asked_for == [file.as_uri()], "no script, no picture, no font from anywhere"
