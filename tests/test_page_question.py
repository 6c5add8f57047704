"""A question on the customer's page: kept first, then the case stops, and only then does the page answer."""

from __future__ import annotations

import asyncio
import re

import pytest

from models.database import transaction
from models.inbox import InboxRow
from models.news import Resolved
from models.parties import PersonRow
from tests.page_fixtures import CustomerPage, form_id, words
from tests.story import Story

pytestmark = pytest.mark.anyio


async def test_story_8_frozen_before_the_page_answers_and_proposed_afresh_once_it_is_resolved(
    story: Story, page: CustomerPage
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 20:00", released=True)
    assert story.proposal("rykker-1").released_at is not None
    page.moment = "2026-08-10 20:00"
    answer = await page.asks("Vi har kun fået halvdelen.\n\nHilsen Havn")
    assert story.case.state == "frozen"
    assert story.freezes == ["question: the customer asks: wrong amount"]
    assert answer.headers["location"] == f"{page.path}/asked"
    assert "Påmindelserne er stoppet. Rasmus ser på dit spørgsmål" in await page.read("/asked")
    assert "Påmindelserne er stoppet, fordi du har spurgt os om noget. Rasmus ser på det" in await page.read()
    [kept] = page.inbox
    assert (kept.topic, kept.text, kept.channel) == (
        "wrong_amount",
        "Vi har kun fået halvdelen.\n\nHilsen Havn",
        "page",
    )
    assert (kept.case_id, kept.unmatched_why) == (story.case.id, "")
    await story.until("2026-08-20 10:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge"]
    assert story.proposal("rykker-1").state == "withdrawn"
    resolved = Resolved(id="r-1", by=story.actor("anna"), outcome="answered", reason="we called them")
    assert await story.command("resolve", resolved) == "resolved as answered"
    page.moment = "2026-08-20 10:01"
    assert "Påmindelser fortsætter" in await page.read()
    await story.until("2026-08-28 12:00", released=True)
    assert story.proposed[-1] > "2026-08-20 10:00"
    assert story.proposal("rykker-1").round == 2
    assert [line.split()[-1] for line in story.sent] == ["nudge", "rykker-1"]


async def test_admin_and_owner_are_told_and_no_word_of_it_is_in_the_workflows_history(
    story: Story, page: CustomerPage
) -> None:
    await story.stands_released()
    await page.asks("Hemmelig sætning 4711")
    await story.until("2026-08-10 13:00")
    assert any("spørgsmål fra kunden" in mail.text for mail in story.heads_ups)
    history = await story.traveller.handle(story.case).fetch_history()
    assert "4711" not in history.to_json()
    assert all("4711" not in row.text for row in story.trail)


async def test_without_an_owner_it_is_the_creditor_who_looks(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        session.get_one(PersonRow, f"{story.creditor}-rasmus").active = False
    await page.asks()
    assert "Nordlys ApS ser på dit spørgsmål" in await page.read("/asked")


async def test_the_same_question_sent_again_is_one_and_another_is_another(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    form = form_id((await page.open()).text)
    await asyncio.gather(*(page.asks("Hvorfor?", form=form) for _ in range(3)))
    assert len(page.inbox) == len(story.freezes) == 1
    await page.asks("Hvorfor dog?", form=form)
    assert [row.text for row in page.inbox] == ["Hvorfor?", "Hvorfor dog?"]
    assert len(story.freezes) == 2


async def test_a_worker_that_does_not_answer_in_time_stops_the_case_all_the_same(
    story: Story, page: CustomerPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.stands_released()
    monkeypatch.setattr("web.engine.A_MOMENT", 0.0)
    await page.asks()
    assert page.inbox[0].unmatched_why == ""
    await story.quiet()
    assert story.freezes == ["question: the customer asks: wrong amount"]


async def test_a_question_that_is_about_to_stop_the_case_is_answered_honestly(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    assert (await page.open("/asked", 303)).headers["location"] == page.path
    case = story.case
    with transaction(story.engines.database) as session:
        row = InboxRow(id=f"{case.id}-q", creditor_id=case.creditor_id, case_id=case.id, topic="other", text="?")
        row.channel = "page"
        session.add(row)
    assert "Vi har modtaget dit spørgsmål. Påmindelserne stopper, og Nordlys ApS" in await page.read("/asked")


async def test_without_temporal_the_page_says_so_keeps_the_text_and_takes_it_again(
    story: Story, page: CustomerPage
) -> None:
    await story.stands_released()
    async with page.without_temporal():
        form = form_id((await page.open()).text)
        answer = await page.asks("Betalt i går", 503, topic="already_paid", form=form)
        said = words(answer)
        assert "påmindelserne er ikke stoppet endnu" in said
        assert "Betalt i går" in said
        assert form_id(answer.text) == form
        promised = await page.send("promise", 503, form=form, day="2026-08-12")
        assert "intet er ændret" in words(promised)
    assert story.freezes == []
    [kept] = page.inbox
    assert kept.unmatched_why.startswith("it belongs to this case, but the engine could not be reached")
    await page.asks("Betalt i går", topic="already_paid", form=form)
    assert story.freezes == ["question: the customer asks: already paid"]
    [kept] = page.inbox
    assert kept.unmatched_why == ""


HOSTILE = [
    ("<script>alert(1)</script><img src=x>", "<script>alert(1)</script><img src=x>"),
    ("moms\u202e00.1 rk", "moms00.1 rk"),
    ("{{ 7654321*3 }} {% raw %} ${x} %s", "{{ 7654321*3 }} {% raw %} ${x} %s"),
    ("'; DROP TABLE inbox; --", "'; DROP TABLE inbox; --"),
    ("a\r\nBcc: all@firma.dk", "a\nBcc: all@firma.dk"),
    ("x" * 4000, "x" * 4000),
    ("\r\n" * 3000 + "x", "x"),
]


async def test_a_hostile_text_is_kept_as_text(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    for text, _ in HOSTILE:
        await page.asks(text)
    assert [row.text for row in page.inbox] == [kept for _, kept in HOSTILE]
    for shown in (await page.open(), await page.open("/asked")):
        assert not re.search("alert|DROP TABLE|22962963", shown.text.split("<main>")[1])


WRONG: list[tuple[dict[str, str], str]] = [
    ({"text": ""}, "Skriv, hvad vi kan hjælpe med."),
    ({"text": " \n\u200b\u202e "}, "Skriv, hvad vi kan hjælpe med."),
    ({"text": "y" * 4001}, "Teksten er for lang"),
    ({"text": "a\x00b"}, "Teksten kan ikke læses"),
    ({"topic": "everything"}, "Vælg, hvad det handler om."),
    ({"topic": ""}, "Vælg, hvad det handler om."),
]


async def test_what_is_wrong_is_said_beside_it_and_nothing_is_kept(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    for fields, said in WRONG:
        answer = await page.asks(**{"text": "<b>bevaret</b>", **fields}, status=422)
        assert said in words(answer)
        assert 'role="alert"' in answer.text
        assert "<b>" not in answer.text
        assert ("&lt;b&gt;bevaret&lt;/b&gt;</textarea>" in answer.text) == ("text" not in fields)
    assert page.inbox == []
    assert story.freezes == []
