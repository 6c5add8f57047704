"""Tasks through the API: who sees which, how they can end, and what a closed case leaves behind."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from activities.tasks import finish
from models.cases import CaseRow, TaskRow
from models.database import transaction
from models.inbox import InboxRow
from models.news import TaskDone
from rules.task_results import RESULTS
from tests.api_fixtures import Api, wrong
from tests.story import Story, at


async def reminded_with_a_fee(story: Story) -> None:
    """Rykker 1 of invoice 1001 went out on 11 August with a fee of 100.00 and interest of 27.40."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)


async def paid_with_charges_left(story: Story) -> TaskRow:
    """Invoice 1001 is paid without the fee and the interest: a person decides on what is left."""
    await reminded_with_a_fee(story)
    story.book.register_payment(1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 14:00")
    assert (story.case.state, story.case.outcome) == ("closed", "paid")
    [task] = story.tasks
    assert (task.kind, task.amount_minor) == ("charges", 100_00 + 27_40)
    return task


async def call_is_asked(story: Story) -> TaskRow:
    await story.stands_released()
    await story.until("2026-09-19 12:00", released=True)
    [task] = story.tasks
    return task


def waivers(story: Story) -> list[Decimal]:
    return [amount for _, kind, amount in story.ledger if kind == "waiver"]


@pytest.mark.anyio
async def test_charges_of_a_closed_case_are_waived_later_and_once(story: Story, api: Api) -> None:
    task = await paid_with_charges_left(story)
    [line] = (await api.get("/tasks", kind="charges"))["items"]
    assert (line["id"], line["amount"]) == (task.id, {"amount": "127.40", "currency": "DKK"})
    refused = await api.refused(403, "POST", f"/tasks/{task.id}/result", {"result": "waive"}, by="rasmus")
    assert refused["detail"].startswith("Only an admin waives what is still open")
    done = await api.do(f"/tasks/{task.id}/result", {"result": "waive", "note": "a good customer"})
    assert (done["result"], done["note"], done["done_by"]) == (
        "waive",
        "a good customer",
        f"admin {story.creditor}-anna",
    )
    assert sorted(waivers(story)) == [Decimal("-100.00"), Decimal("-27.40")]
    assert story.told("waived") == [f"127.40 DKK of interest and fees waived: decided by admin {story.creditor}-anna"]
    assert story.told("task done")[0].endswith(": waive")
    again = await api.refused(409, "POST", f"/tasks/{task.id}/result", {"result": "keep"})
    assert again["detail"].startswith(f"This task was done before, by admin {story.creditor}-anna on 2026-08-12: waive")
    assert len(waivers(story)) == 2
    assert (await api.get("/tasks"))["total"] == 0
    assert [t["id"] for t in (await api.get("/tasks", state="done"))["items"]] == [task.id]
    assert story.case.state == "closed"


@pytest.mark.anyio
async def test_charges_that_are_kept_stay_on_the_ledger(story: Story, api: Api) -> None:
    task = await paid_with_charges_left(story)
    await api.do(f"/tasks/{task.id}/result", {"result": "keep"})
    assert waivers(story) == []
    assert len(story.told("task done")) == 1
    with transaction(story.engines.database) as session:
        case = session.get_one(CaseRow, story.case.id)
        late = TaskDone(id="late", by=story.actor("anna"), task_id=task.id, result="waive")
        finish(session, case, late, at("2026-08-13 12:00"))
    assert waivers(story) == [], "past the API the first answer counts, too"


@pytest.mark.anyio
async def test_an_overpayment_is_settled_and_an_apology_sent_in_a_case_that_is_closed(story: Story, api: Api) -> None:
    await reminded_with_a_fee(story)
    body = {"amount": "13000.00", "value_date": "2026-08-10", "reference": "b-1"}
    await api.do(f"/cases/{story.case.id}/payments", body)
    await story.quiet()
    kinds = {task.kind: task for task in story.tasks}
    assert set(kinds) == {"apology", "overpaid"}
    shown = await api.get(f"/tasks/{kinds['apology'].id}")
    assert shown["text"], "the words to send"
    assert shown["results"] == ["sent", "not_sent"]
    await api.do(f"/tasks/{kinds['apology'].id}/result", {"result": "sent"}, by="rasmus")
    await api.do(f"/tasks/{kinds['overpaid'].id}/result", {"result": "settled"}, by="rasmus")
    assert (await api.get("/tasks"))["total"] == 0


@pytest.mark.anyio
async def test_a_call_that_was_not_made_is_no_task_any_more_once_its_case_is_closed(story: Story, api: Api) -> None:
    task = await call_is_asked(story)
    assert (await api.get("/tasks", by="rasmus"))["total"] == 1
    body = {"amount": "12923.29", "value_date": "2026-09-19", "reference": "b-1"}
    await api.do(f"/cases/{story.case.id}/payments", body)
    await story.quiet()
    assert story.case.state == "closed"
    assert (await api.get("/tasks", kind="call"))["total"] == 0
    assert (await api.get("/tasks", kind="call", state="all"))["total"] == 1
    refused = await api.refused(409, "POST", f"/tasks/{task.id}/result", {"result": "reached"})
    assert "is closed (paid)" in refused["detail"]


@pytest.mark.anyio
async def test_people_see_the_tasks_of_their_own_customers_page_by_page(story: Story, api: Api) -> None:
    story.book.add_customer(1000, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1000)
    task = await call_is_asked(story)
    both = await api.get("/tasks")
    assert {t["customer"] for t in both["items"]} == {"Havn A/S", "Kaj ApS"}
    assert {t["owner"] for t in both["items"]} == {f"{story.creditor}-rasmus", f"{story.creditor}-ida"}
    assert [t["id"] for t in (await api.get("/tasks", by="rasmus"))["items"]] == [task.id]
    first, second = [await api.get("/tasks", limit=1, offset=n) for n in (0, 1)]
    assert first["total"] == 2
    assert first["items"] != second["items"]
    await api.refused(404, "GET", f"/tasks/{task.id}", by="ida")
    await api.refused(404, "GET", "/tasks/nothing-of-the-kind")
    await api.refused(404, "GET", "/tasks/%00")
    assert set(wrong(await api.refused(422, "GET", "/tasks?kind=laundry&state=lost"))) == {"kind", "state"}


BAD: list[tuple[Any, str]] = [
    ({"result": "paid"}, "result"),
    ({"result": "waive"}, "result"),
    ({"result": ""}, "result"),
    ({}, "result"),
    ({"result": "promise"}, "day"),
    ({"result": "promise", "day": "yesterday"}, "day"),
    ({"result": "promise", "day": "1999-12-31"}, "day"),
    ({"result": "reached", "day": "2026-10-01"}, "day"),
    ({"result": "reached", "note": "x" * 501}, "note"),
    ({"result": "reached", "note": "a\x00b"}, "note"),
    ({"result": "reached", "outcome": "fine"}, "outcome"),
]


@pytest.mark.anyio
async def test_a_result_that_cannot_be_is_refused_with_those_that_can_and_changes_nothing(
    story: Story, api: Api
) -> None:
    task = await call_is_asked(story)
    before = len(story.trail)
    for body, where in BAD:
        refused = await api.refused(422, "POST", f"/tasks/{task.id}/result", body)
        assert where in wrong(refused), body
    said = wrong(await api.refused(422, "POST", f"/tasks/{task.id}/result", {"result": "paid"}))["result"]
    assert said == f"a task of kind call ends with {' or '.join(RESULTS['call'])}, not with paid"
    assert len(story.trail) == before
    assert story.tasks[0].done_at is None
    assert story.freezes == []


@pytest.mark.anyio
async def test_of_two_who_report_at_once_one_is_told_that_the_other_came_first(story: Story, api: Api) -> None:
    task = await call_is_asked(story)
    body = {"result": "reached", "note": "spoke to the bookkeeper"}
    both = [api.call("POST", f"/tasks/{task.id}/result", by, json=body) for by in ("rasmus", "anna")]
    answers = sorted(await asyncio.gather(*both), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 409]
    first = answers[0].json()["done_by"]
    assert answers[1].json()["detail"] == (
        f"This task was done before, by {first} on 2026-09-19: reached. Nothing was changed."
    )
    assert len(story.told("task done")) == 1
    with transaction(story.engines.database) as session:
        kept = session.exec(select(InboxRow.topic).where(InboxRow.case_id == story.case.id)).all()
    assert list(kept) == ["note"], "what the second one wrote belongs to nothing"
    assert (await api.get(f"/cases/{story.case.id}"))["questions"] == [], "a note of staff is no question"
