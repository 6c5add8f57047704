"""The edges of the customer's page: links that open nothing, haste, other web sites, and what the log may hold."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import create_engine

from activities.page_link import new_page_key
from api import create_app
from models.cases import CaseRow
from models.database import transaction
from tests.api_fixtures import Api
from tests.page_fixtures import BROWSER, CustomerPage, page_of, words
from tests.payment_plans import approve, rykker_1_has_gone
from tests.story import Engines, Story

pytestmark = pytest.mark.anyio
GONE = "Linket virker ikke længere"


def plain(response: Response) -> str:
    """What a stranger learns; nothing of a case may be in it."""
    seen = words(response)
    assert not re.search("Nordlys|Havn|1001|kr|RUF", seen)
    return seen


async def test_forged_cut_foreign_expired_and_revoked_links_are_answered_alike(
    story: Story, page: CustomerPage, api: Api
) -> None:
    await story.stands_released()
    good = page.path.removeprefix("/c/")
    strangers = {
        "forged": good[:-1] + ("A" if good[-1] != "A" else "Q"),
        "cut": good[:-5],
        "foreign": page.links.token(new_page_key()),
        "nothing": "",
        "with a slash": f"{good}/",
        "twice": f"{good}/{good}",
        "with a dot": f"{good}.",
    }
    answers = {name: await page.http.get(f"/c/{token}", headers=BROWSER) for name, token in strangers.items()}
    story.switch(link_days=7)
    page.moment = "2026-08-17 12:00"
    assert page.story.case.opened_at is not None
    answers["expired"] = await page.open(status=410)
    story.switch(link_days=120)
    old = page.path
    await api.do(f"/cases/{story.case.id}/page/revoke", {})
    answers["revoked"] = await page.http.get(old, headers=BROWSER)
    assert {plain(answer) for answer in answers.values()} == {plain(answers["forged"])}
    assert plain(answers["forged"]).startswith(GONE)
    assert {answer.headers["x-robots-tag"] for answer in answers.values()} == {"noindex, nofollow, noarchive"}
    assert {name: answer.status_code for name, answer in answers.items()} == {
        **dict.fromkeys(strangers, 404),
        **dict.fromkeys(("foreign", "expired", "revoked"), 410),
    }
    await page.open()


async def test_a_link_that_opens_nothing_takes_nothing_in(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    for what in ("question", "promise", "plan"):
        path = f"/c/{page.links.token(new_page_key())}/{what}"
        fields = {"topic": "other", "text": "x", "day": "2026-08-12", "count": "3", "first": "2026-09-01"}
        answer = await page.http.post(path, data=fields, headers=BROWSER)
        assert (answer.status_code, GONE in plain(answer)) == (410, True)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await page.http.request(method, page.path)
        assert answer.status_code == 404
    assert (await page.http.head(page.path)).status_code == 200
    assert page.inbox == []
    assert story.freezes == []


async def test_a_stranger_is_answered_in_three_languages(page: CustomerPage, story: Story) -> None:
    for accepted, title in {"da": GONE, "nb-NO": "Lenken virker ikke lenger", "fr": "This link is no longer"}.items():
        answer = await page.http.get("/c/x.y", headers={"Accept-Language": accepted})
        assert plain(answer).startswith(title)
        assert "<script" not in answer.text


async def test_a_link_opens_until_so_many_days_after_the_last_message(story: Story, page: CustomerPage) -> None:
    story.settings = story.settings.model_copy(update={"link_days": 30})
    await story.stands_released()
    await story.until("2026-08-13 12:00", released=True)
    assert story.sent == ["2026-08-11 09:00 rykker-1"]
    page.moment = "2026-09-10 23:59"
    await page.open()
    page.moment = "2026-09-11 00:01"
    await page.open(status=410)


async def test_an_admin_revokes_a_link_and_the_proposal_that_names_it_goes_with_it(
    story: Story, page: CustomerPage, api: Api
) -> None:
    await story.stands_released()
    before = page.path
    await api.refused(403, "POST", f"/cases/{story.case.id}/page/revoke", by="rasmus")
    shown = await api.get(f"/cases/{story.case.id}/page", by="rasmus")
    assert shown["page_url"].endswith(before)
    assert shown["opens_until"] == "2026-12-07", "120 days after the case was opened on 9 August"
    await api.refused(404, "GET", f"/cases/{story.case.id}/page", by="ida")
    said = await api.do(f"/cases/{story.case.id}/page/revoke", {})
    await story.quiet()
    assert said["page_url"].endswith(page.path)
    assert page.path != before
    assert (await page.http.get(before)).status_code == 410
    assert story.proposals[0].state == "withdrawn"
    assert story.told("page revoked") == ["The link to the customer's page was revoked; a new one takes its place"]
    await story.until("2026-08-12 12:00", released=True)
    assert page.path in story.mails[-1].text


async def test_every_message_names_the_link_and_texts_only_where_they_may(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    await story.until("2026-08-11 12:00", released=True)
    link = page.links.address(story.case.page_key)
    [mail], [text] = story.mails, story.texts
    assert link in mail.text
    assert f'<a href="{link}"' in mail.html
    assert link in text.body
    story.switch(link_in_texts=False)
    await story.until("2026-08-26 12:00", released=True)
    assert link in story.mails[-1].text
    assert "/c/" not in story.texts[-1].body


async def test_a_case_from_before_there_were_pages_gets_its_key_with_its_next_message(
    story: Story, page: CustomerPage
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    with transaction(story.engines.database) as session:
        session.get_one(CaseRow, story.case.id).page_key = ""
    assert (await page.http.get(f"/c/{page.links.token('')}")).status_code == 404
    await story.until("2026-08-11 12:00", released=True)
    assert len(story.case.page_key) == 16
    assert page.path in story.mails[-1].text


async def test_haste_is_told_when_to_come_back(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    for _ in range(60):
        await page.open()
    late = await page.open(status=429)
    assert 0 < int(late.headers["retry-after"]) <= 60
    assert "Prøv igen om 1 min." in plain(late)
    for _ in range(10):
        await page.asks(status=422, topic="", form="f" * 32)
    hasty = await page.asks(status=429, form="f" * 32)
    assert 3000 < int(hasty.headers["retry-after"]) <= 3600
    assert page.inbox == []


async def test_who_guesses_links_is_slowed_down_and_hinders_nobody_else(story: Story) -> None:
    await story.stands_released()
    async with page_of(story) as page:
        answers = [(await page.http.get(f"/c/{n}.guess")).status_code for n in range(32)]
        assert answers == [404] * 30 + [429] * 2
        assert (await page.http.get("/c/")).status_code == 429
        await page.open()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://api.evil.example"}, 403),
        ({"Origin": "http://api:8080"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "https://api"}, 303),
        ({}, 303),
    ],
)
async def test_forms_of_other_web_sites_are_refused(
    story: Story, page: CustomerPage, headers: dict[str, str], status: int
) -> None:
    await story.stands_released()
    answer = await page.http.post(f"{page.path}/question", data={"topic": "other", "text": "?"}, headers=headers)
    assert answer.status_code == status
    assert len(page.inbox) == (1 if status == 303 else 0)


async def test_bodies_above_the_limits_are_refused_in_words(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    kind = {**BROWSER, "Content-Type": "multipart/form-data; boundary=edge"}

    async def pieces(count: int) -> AsyncIterator[bytes]:
        yield b'--edge\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n\r\n'
        for _ in range(count):
            yield b"x" * 65_536

    for what, count in (("promise", 1), ("plan", 1), ("question", 384)):
        answer = await page.http.post(f"{page.path}/{what}", content=pieces(count), headers=kind)
        assert answer.status_code == 413
        assert "Det er for stort" in plain(answer)
    for what in ("question", "promise", "plan"):
        odd = await page.http.post(f"{page.path}/{what}", content=b"{}", headers={"Content-Type": "application/json"})
        assert odd.status_code in (422, 303)
    broken = {**BROWSER, "Content-Type": "multipart/form-data; boundary=x"}
    assert (await page.http.post(f"{page.path}/question", content=b"no parts", headers=broken)).status_code in (
        400,
        422,
    )
    assert page.inbox == []


async def test_when_the_database_is_down_a_customer_is_told_kindly(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    engines = story.engines
    no_database = create_engine("sqlite:////nowhere/at/all.db")
    app = create_app(engines.settings, no_database, engines.client, shelf=engines.shelf)
    async with AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://api") as http:
        answer = await http.get(page.path, headers=BROWSER)
    assert answer.status_code == 503
    assert "Noget gik galt hos os" in plain(answer)


async def test_a_failure_inside_is_a_friendly_page_too(
    story: Story, page: CustomerPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.stands_released()
    monkeypatch.setattr("web.page_view.case_facts", None)
    answer = await page.open(status=500)
    assert "Noget gik galt hos os" in plain(answer)
    assert answer.headers["content-type"].startswith("text/html")


async def test_no_line_of_the_log_holds_a_link(
    story: Story, page: CustomerPage, caplog: pytest.LogCaptureFixture, engines: Engines
) -> None:
    await story.stands_released()
    token = page.path.removeprefix("/c/")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").setLevel(logging.WARNING)  # this test's own client
        for rest in ("", "/asked", "/plan?count=3&first=2026-09-01", "/invoices/1001.pdf", "/nothing"):
            await page.http.get(f"{page.path}{rest}", headers=BROWSER)
        await page.asks()
        await page.http.get(f"/c/{token}x")
        await page.http.put(page.path)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("rykker")]
    assert any(line.startswith("GET /c/{token} 200") for line in lines)
    assert any(line.startswith("POST /c/{token}/question 303") for line in lines)
    secret = (token, token.split(".")[1], story.case.page_key)
    assert not [record for record in caplog.records if any(part in record.getMessage() for part in secret)]


async def test_a_link_opens_as_long_as_a_payment_plan_runs(story: Story, page: CustomerPage, api: Api) -> None:
    await rykker_1_has_gone(story)
    until = (await api.get(f"/cases/{story.case.id}/page"))["opens_until"]
    assert until == "2026-12-09", "120 days after rykker 1"
    await approve(story)
    until = (await api.get(f"/cases/{story.case.id}/page"))["opens_until"]
    assert until == "2027-03-01", "120 days after the last instalment of 1 November"
