"""Payments and questions through the API: what people tell a case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.case import CaseInput
from models.cases import CaseRow
from models.database import transaction
from models.inbox import InboxRow
from tests.api_fixtures import Api, problem, wrong
from tests.story import Engines, Story
from web import engine

PAID: dict[str, Any] = {"amount": "5000.00", "value_date": "2026-07-30", "reference": "bank 77"}


async def case_stands(story: Story) -> str:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-30 08:30")
    return f"/cases/{story.case.id}"


@pytest.mark.anyio
async def test_a_payment_posted_twice_is_registered_once(story: Story, api: Api) -> None:
    case = await case_stands(story)
    first = await api.do(f"{case}/payments", PAID)
    assert first["amount"] == {"amount": "5000.00", "currency": "DKK"}
    await story.quiet()
    again = await api.do(f"{case}/payments", {**PAID, "amount": 5000})
    assert again["id"] == first["id"]
    assert again["said"].startswith("Registered before and not again")
    await api.do(f"{case}/payments", {**PAID, "reference": "bank 78", "amount": 0.5})
    await story.quiet()
    book = await api.get(f"{case}/ledger")
    assert [e["amount"]["amount"] for e in book["entries"]] == ["12500.00", "-5000.00", "-0.50"]
    assert book["balances"][0]["settled"]["amount"] == "5000.50"
    assert book["outstanding"] == [{"amount": "7499.50", "currency": "DKK"}]
    assert book["entries"][1]["basis"]["by"] == f"admin {story.creditor}-anna"


@pytest.mark.anyio
async def test_two_identical_posts_at_once_register_one_payment(story: Story, api: Api) -> None:
    case = await case_stands(story)
    for _ in range(2):
        response = await api.call("POST", f"{case}/payments", json=PAID)
        assert response.status_code == 202
    await story.quiet()
    assert len((await api.get(f"{case}/ledger"))["entries"]) == 2


@pytest.mark.anyio
async def test_a_full_payment_closes_the_case_and_a_closed_case_takes_in_nothing_more(story: Story, api: Api) -> None:
    case = await case_stands(story)
    await api.do(f"{case}/payments", {**PAID, "amount": "12500.00", "invoice_number": "1001"})
    await story.quiet()
    file = await api.get(case)
    assert (file["state"], file["outcome"], file["outstanding"][0]["amount"]) == ("closed", "paid", "0.00")
    for command, body in (
        ("payments", PAID),
        ("hold", {"reason": "x"}),
        ("resume", {"reason": "x"}),
        ("questions", {"topic": "other", "text": "x"}),
    ):
        refusal = await api.refused(409, "POST", f"{case}/{command}", body)
        assert "is closed (paid)" in refusal["detail"]
    assert (await api.get("/cases", state="closed"))["total"] == 1
    assert (await api.get("/cases", state="open"))["total"] == 0


@pytest.mark.anyio
async def test_a_payment_that_makes_no_sense_is_refused_and_changes_nothing(story: Story, api: Api) -> None:
    case = await case_stands(story)
    senseless: list[Any] = ["0", "-5.00", "12.345", "NaN", "Infinity", "1e400", "12,50", "", True, None, [], 10**30]
    for amount in senseless:
        mistakes = wrong(await api.refused(422, "POST", f"{case}/payments", {**PAID, "amount": amount}))
        assert mistakes.keys() == {"amount"}, amount
    for changes, where in (
        ({"reference": " "}, "reference"),
        ({"reference": "a\x00b"}, "reference"),
        ({"value_date": "2026-02-30"}, "value_date"),
        ({"currency": "EUR"}, "currency"),
        ({"invoice_number": "9999"}, "invoice_number"),
    ):
        assert wrong(await api.refused(422, "POST", f"{case}/payments", {**PAID, **changes})).keys() == {where}
    refusal = await api.refused(403, "POST", f"{case}/payments", PAID, by="rasmus")
    assert refusal["detail"] == "Only an admin can register a payment, and you are a rep. Ask Anna."
    assert len((await api.get(f"{case}/ledger"))["entries"]) == 1


@pytest.mark.anyio
async def test_a_question_is_kept_first_and_stops_the_case(story: Story, api: Api) -> None:
    case = await case_stands(story)
    asked = {"topic": "wrong_amount", "text": "Fakturaen er på 12.500,\nvi aftalte 10.000 🙁"}
    answer = await api.do(f"{case}/questions", asked, by="rasmus")
    await story.quiet()
    file = await api.get(case)
    assert file["state"] == "frozen"
    assert [(q["id"], q["topic"], q["text"]) for q in file["questions"]] == [(answer["id"], *asked.values())]
    assert [f["kind"] for f in file["freezes"]] == ["question"]
    assert story.proposal("nudge").state == "withdrawn"
    assert all("12.500" not in str(row.data) + row.text for row in story.trail)
    assert wrong(await api.refused(422, "POST", f"{case}/questions", {"topic": "refund", "text": "\x00"})).keys() == {
        "topic",
        "text",
    }
    assert wrong(await api.refused(422, "POST", f"{case}/questions", {"topic": "other", "text": " "})) == {
        "text": "is empty"
    }


@pytest.mark.anyio
async def test_without_a_worker_a_command_ends_with_what_to_do_and_a_payment_is_kept(
    story: Story, api: Api, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    await case_stands(story)
    case = CaseRow(**{**story.case.model_dump(), "id": f"{story.creditor}.77.1", "customer_number": "77"})
    with transaction(engines.database) as session:
        session.add(case)
    await engines.client.start_workflow(
        "ReminderCase",
        CaseInput(case_id=case.id, creditor=case.creditor_id, customer_number="77", time_shift=timedelta()),
        id=case.workflow_id,
        task_queue="nobody works here",
    )
    monkeypatch.setattr(engine, "PATIENCE", 2.0)
    refusal = await api.refused(503, "POST", f"/cases/{case.id}/hold", {"reason": "stop"})
    assert "the worker run" in refusal["detail"]
    await api.do(f"/cases/{case.id}/payments", PAID)
    await engines.client.get_workflow_handle(case.workflow_id).terminate()
    for command, body in (("hold", {"reason": "stop"}), ("payments", {**PAID, "reference": "another"})):
        refusal = await api.refused(409, "POST", f"/cases/{case.id}/{command}", body)
        assert "is not running" in refusal["detail"]


@pytest.mark.anyio
async def test_a_question_is_kept_even_when_the_case_cannot_be_told(story: Story, api: Api, engines: Engines) -> None:
    case = await case_stands(story)
    await engines.client.get_workflow_handle(story.case.workflow_id).terminate()
    response = await api.call("POST", f"{case}/questions", json={"topic": "other", "text": "Hvornår?"})
    assert "is not running" in problem(response, 409)["detail"]
    with transaction(engines.database) as session:
        [kept] = session.exec(select(InboxRow).where(InboxRow.case_id == story.case.id))
    assert kept.text == "Hvornår?"
