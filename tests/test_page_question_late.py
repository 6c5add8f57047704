"""A question on the customer's page whose case ends before anybody has answered: it is kept, and a person is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import urlencode

import pytest

from models.database import transaction
from models.mirror import CustomerRow
from models.news import Ended, Resolved
from tests.api_fixtures import Api
from tests.page_fixtures import BROWSER, CustomerPage, form_id
from tests.story import Story
from tests.sweeping import sweep

pytestmark = pytest.mark.anyio


async def paid(story: Story, moment: str = "2026-08-10 13:00") -> None:
    """The books have 1001 as paid on 10 August, and its case is closed."""
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.told_by_the_books(moment)
    assert (story.case.state, story.case.outcome) == ("closed", "paid")


# --- the case was never told ---


async def test_what_the_engine_was_away_for_waits_for_a_person_once_its_case_is_closed(
    story: Story, page: CustomerPage, api: Api
) -> None:
    await story.stands_released()
    async with page.without_temporal():
        await page.asks("Jeg har betalt to gange", 503, topic="already_paid")
    await paid(story)
    await sweep(story, "2026-08-10 13:08")
    [line] = (await api.get("/replies"))["items"]
    assert (line["text"], line["channel"], line["topic"]) == ("Jeg har betalt to gange", "page", "already_paid")
    assert line["case_id"] == story.case.id, "whose it is can be told"
    assert line["unmatched_why"] == f"case {story.case.id} was closed (paid) before it was told"
    assert [line["id"] for line in (await api.get("/replies", by="rasmus"))["items"]] == [line["id"]]
    assert (await api.get("/replies", by="ida"))["items"] == []
    [question] = (await api.get(f"/cases/{story.case.id}"))["questions"]
    assert question["text"] == "Jeg har betalt to gange"
    assert story.told("reply unmatched") == [
        f"A person has to look at a question of the customer's page: {line['unmatched_why']}"
    ]
    assert "Vi har modtaget det, du skrev. Sagen er afsluttet, men Nordlys ApS ser på det" in await page.read("/asked")
    assert (await sweep(story, "2026-08-10 13:23")).found == 0
    await api.do(f"/replies/{line['id']}/dismiss", {"reason": "we called them"})
    assert (await api.get("/replies"))["items"] == []
    assert (await page.open("/asked", 303)).headers["location"] == page.path


async def test_a_question_that_waits_can_be_put_to_a_case_that_is_open_and_keeps_its_topic(
    story: Story, page: CustomerPage, api: Api
) -> None:
    story.book.add_customer(1000, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1000)
    await story.stands_released()
    kaj = next(case for case in story.cases if case.customer_number == "1000")
    form = form_id((await page.open()).text)
    await paid(story)
    await page.asks("Beløbet er forkert.", form=form)
    [line] = (await api.get("/replies"))["items"]
    await api.do(f"/replies/{line['id']}/attach", {"case_id": kaj.id})
    while (standing := await story.traveller.standing(kaj)) is not None and standing.unheard:
        pass
    [stop] = (await api.get(f"/cases/{kaj.id}"))["freezes"]
    assert stop["reason"] == "the customer asks: wrong amount"
    assert (await api.get("/replies"))["items"] == []


# --- it came after the end ---


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", "Sagen er afsluttet, men Nordlys ApS ser på det og svarer dig."),
        ("nb", "Saken er avsluttet, men Nordlys ApS ser på det og svarer deg."),
        ("en", "The case is closed, but Nordlys ApS will look at it and answer you."),
    ],
)
async def test_a_form_that_was_open_when_the_case_closed_is_kept_and_the_customer_is_told_so(
    story: Story, page: CustomerPage, api: Api, language: str, said: str
) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        customer = session.get_one(CustomerRow, (story.creditor, "1001"))
        customer.document = {**customer.document, "language": language}
    form = form_id((await page.open()).text)
    await paid(story)
    for _ in range(2):
        answer = await page.asks("I har bogført betalingen på det forkerte selskab!", form=form)
        assert answer.headers["location"] == f"{page.path}/asked"
    assert said in await page.read("/asked")
    [line] = (await api.get("/replies"))["items"]
    assert (line["text"], line["case_id"]) == (
        "I har bogført betalingen på det forkerte selskab!",
        story.case.id,
    )
    assert line["unmatched_why"].startswith(f"case {story.case.id} was closed (paid)")
    assert story.freezes == []


async def test_a_case_that_closes_while_the_form_is_on_its_way_leaves_it_to_a_person(
    story: Story, page: CustomerPage, api: Api
) -> None:
    await story.stands_released()
    form = form_id((await page.open()).text)
    sent = urlencode({"form": form, "topic": "other", "text": "Hvem skal pengene til?"}).encode()

    async def slowly() -> AsyncIterator[bytes]:
        yield sent[:40]
        await paid(story)
        yield sent[40:]

    headers = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await page.http.post(f"{page.path}/question", content=slowly(), headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page.path}/asked")
    [line] = (await api.get("/replies"))["items"]
    assert (line["text"], line["case_id"]) == ("Hvem skal pengene til?", story.case.id)
    assert "Sagen er afsluttet, men Nordlys ApS ser på det" in await page.read("/asked")


async def test_of_a_form_with_mistakes_the_words_are_kept_and_one_without_words_is_nothing(
    story: Story, page: CustomerPage
) -> None:
    await story.stands_released()
    await paid(story)
    await page.asks("Hvorfor?", topic="everything", files={"file": ("x.exe", b"MZ", "application/pdf")})
    assert (await page.asks("  ")).headers["location"] == page.path
    assert [(row.text, row.topic) for row in page.inbox] == [("Hvorfor?", "other")]
    assert page.files == []


# --- it was open when the case closed ---


async def test_a_question_that_is_open_when_everything_is_paid_becomes_a_task(
    story: Story, page: CustomerPage, api: Api
) -> None:
    await story.stands_released()
    await page.asks("Jeg betaler under protest, beløbet er forkert")
    before = len(story.heads_ups)
    await paid(story)
    assert story.freezes == []
    [line] = (await api.get("/tasks", kind="question"))["items"]
    assert (line["title"], line["owner"], line["amount"]) == (
        "kunden har endnu ikke fået svar på sit spørgsmål: svar kunden",
        f"{story.creditor}-rasmus",
        None,
    )
    task = await api.get(f"/tasks/{line['id']}", by="rasmus")
    assert task["text"] == "2026-08-10: the customer asks: wrong amount"
    assert task["results"] == ["answered", "not_needed"]
    await story.traveller.handle(story.case).result()
    assert any("har endnu ikke fået svar" in mail.text for mail in story.heads_ups[before:])
    assert all("protest" not in row.text for row in story.trail)
    done = await api.do(f"/tasks/{line['id']}/result", {"result": "answered", "note": "ringede"}, by="rasmus")
    assert (done["result"], done["done_by"]) == ("answered", f"rep {story.creditor}-rasmus")
    assert (await api.get("/tasks"))["total"] == 0
    assert story.told("task done")[-1].endswith(": answered")


async def test_an_answered_question_leaves_no_task_and_one_of_a_case_that_is_stopped_does(
    story: Story, page: CustomerPage
) -> None:
    await story.stands_released()
    await page.asks("Hvad dækker fakturaen?", topic="other")
    answered = Resolved(id="r-1", by=story.actor("anna"), outcome="answered", reason="we called them")
    await story.command("resolve", answered)
    await page.asks("Og hvorfor et gebyr?", topic="other")
    await story.command("end", Ended(id="e-1", by=story.actor("anna"), outcome="stopped", reason="not worth it"))
    await story.quiet()
    assert (story.case.state, story.case.outcome) == ("closed", "stopped")
    [task] = story.tasks
    assert (task.kind, task.text) == ("question", "2026-08-10: the customer asks: other")


async def test_without_an_open_question_payment_leaves_no_task(story: Story, page: CustomerPage) -> None:
    await story.stands_released()
    await page.asks("Hvad dækker fakturaen?", topic="other")
    answered = Resolved(id="r-1", by=story.actor("anna"), outcome="answered", reason="we called them")
    await story.command("resolve", answered)
    await paid(story)
    assert story.tasks == []
