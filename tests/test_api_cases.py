"""Cases through the API: reading them, and the commands of admins and reps."""

from __future__ import annotations

import uuid

import pytest

from models.database import transaction
from models.parties import PersonRow
from tests.api_fixtures import Api, wrong
from tests.story import Engines, Story


async def case_stands(story: Story) -> str:
    """Invoice 1001 is unpaid and its nudge stands since this morning; the path of the case."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-30 08:30")
    return f"/cases/{story.case.id}"


@pytest.mark.anyio
async def test_cases_are_listed_by_state_and_customer_page_by_page(story: Story, api: Api) -> None:
    story.book.add_customer(1002, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1002)
    await case_stands(story)
    both = await api.get("/cases")
    assert [(line["customer"], line["state"]) for line in both["items"]] == [
        ("Havn A/S", "proposed"),
        ("Kaj ApS", "proposed"),
    ]
    assert both["items"][0]["outstanding"] == [{"amount": "12500.00", "currency": "DKK"}]
    assert [line["customer"] for line in (await api.get("/cases", customer="1002"))["items"]] == ["Kaj ApS"]
    assert (await api.get("/cases", state="frozen"))["items"] == []
    assert (await api.get("/cases", state="open", limit=1, offset=1))["items"][0]["customer"] == "Kaj ApS"
    assert [line["customer"] for line in (await api.get("/cases", by="ida"))["items"]] == ["Kaj ApS"]
    assert wrong(await api.refused(422, "GET", "/cases?state=lost&customer=%00")).keys() == {"state", "customer"}


@pytest.mark.anyio
async def test_the_file_of_a_case_tells_its_story_with_times_on_the_creditors_clock(story: Story, api: Api) -> None:
    case = await case_stands(story)
    file = await api.get(case, by="rasmus")
    assert (file["customer"], file["owner"], file["ladder_name"], file["ladder_version"]) == (
        "Havn A/S",
        "1",
        "dk-standard",
        1,
    )
    assert file["next_at"] == "2026-07-31T09:00:00+02:00"
    assert file["why"] == "waits for an admin's release"
    assert [line["step"] for line in file["proposals"]] == ["nudge"]
    assert file["invoices"][0]["balance"] == {"amount": "12500.00", "currency": "DKK"}
    assert file["freezes"] == file["tasks"] == file["questions"] == file["passed_over"] == []


@pytest.mark.anyio
async def test_ledger_and_trail_are_read_as_they_were_written(story: Story, api: Api) -> None:
    case = await case_stands(story)
    book = await api.get(f"{case}/ledger")
    assert [(e["invoice_number"], e["kind"], e["amount"]["amount"]) for e in book["entries"]] == [
        ("1001", "principal", "12500.00")
    ]
    assert book["balances"][0]["settled"] == {"amount": "0.00", "currency": "DKK"}
    assert book["outstanding"] == [{"amount": "12500.00", "currency": "DKK"}]
    trail = await api.get(f"{case}/trail", by="rasmus")
    assert [line["kind"] for line in trail["items"]] == ["opened", "invoice joined", "planned", "proposed", "heads-up"]
    assert trail["items"][0]["at"].startswith("2026-07-29T12:00:")
    assert (await api.get(f"{case}/trail", limit=2, offset=3))["items"] == trail["items"][3:]
    assert [line["hash"] for line in trail["items"]] == [row.hash for row in story.trail]


@pytest.mark.anyio
async def test_the_owning_rep_holds_a_case_and_only_an_admin_resumes_it(story: Story, api: Api) -> None:
    case = await case_stands(story)
    done = await api.do(f"{case}/hold", {"reason": "  a dispute on the telephone "}, by="rasmus")
    assert done == {"said": "held", "case_id": story.case.id}
    [freeze] = (await api.get(case))["freezes"]
    assert (freeze["kind"], freeze["reason"], freeze["by"], freeze["ended_at"]) == (
        "hold",
        "a dispute on the telephone",
        f"rep {story.creditor}-rasmus",
        None,
    )
    refusal = await api.refused(403, "POST", f"{case}/resume", {"reason": "let me"}, by="rasmus")
    assert refusal["detail"] == "Only an admin can resume a case, and you are a rep. Ask Anna."
    assert (await api.do(f"{case}/resume", {"reason": "settled"}))["said"] == "resumed"
    refusal = await api.refused(409, "POST", f"{case}/resume", {"reason": "again"})
    assert refusal["detail"] == "Nothing stops this case; there is nothing to resume."
    [freeze] = (await api.get(case))["freezes"]
    assert freeze["ended_by"] == f"admin {story.creditor}-anna"


@pytest.mark.anyio
async def test_a_snooze_lasts_until_its_day_and_cannot_end_in_the_past(story: Story, api: Api) -> None:
    case = await case_stands(story)
    refusal = await api.refused(409, "POST", f"{case}/snooze", {"until": "2026-07-30", "reason": "later"})
    assert "a snooze ends after today" in refusal["detail"].lower()
    said = await api.do(f"{case}/snooze", {"until": "2026-08-12", "reason": "they asked for time"}, by="rasmus")
    assert said["said"] == "snoozed until 2026-08-12"
    file = await api.get(case)
    assert (file["state"], file["next_at"]) == ("frozen", "2026-08-12T08:00:00+02:00")
    mistakes = wrong(await api.refused(422, "POST", f"{case}/snooze", {"until": "tomorrow", "why": "x"}))
    assert mistakes.keys() == {"until", "reason", "why"}
    assert mistakes["reason"] == "is missing"


@pytest.mark.anyio
async def test_for_another_rep_and_another_creditor_the_case_does_not_exist(
    story: Story, api: Api, engines: Engines
) -> None:
    case = await case_stands(story)
    stranger = Story(engines, f"sydlys-{uuid.uuid4().hex[:8]}")
    stranger.connect()
    strange = Api(api.http, stranger.creditor)
    payment = {"amount": "1.00", "value_date": "2026-07-30", "reference": "x"}
    commands = {
        "hold": {"reason": "x"},
        "snooze": {"until": "2026-09-01", "reason": "x"},
        "resume": {"reason": "x"},
        "payments": payment,
        "questions": {"topic": "other", "text": "x"},
    }
    for who, by in ((api, "ida"), (strange, "anna"), (strange, "rasmus")):
        assert (await who.get("/cases", by=by))["total"] == 0
        for path in (case, f"{case}/ledger", f"{case}/trail"):
            await who.refused(404, "GET", path, by=by)
        for command, body in commands.items():
            await who.refused(404, "POST", f"{case}/{command}", body, by=by)
    for unknown in ("no-such-case", "%00", story.case.id + "%20"):
        await api.refused(404, "GET", f"/cases/{unknown}")
        await api.refused(404, "POST", f"/cases/{unknown}/hold", {"reason": "x"})
    assert (await api.get(case))["freezes"] == []


@pytest.mark.anyio
async def test_a_rep_without_a_number_in_the_books_owns_no_customer_that_has_no_owner(
    story: Story, api: Api, engines: Engines
) -> None:
    story.book.add_customer(1003, "Uden ejer ApS", email=f"uden-{story.email}")
    story.invoice(3001, "800.00", "2026-08-03", customer=1003)
    await case_stands(story)
    rename_in_books(engines, f"{story.creditor}-ida", "")
    assert (await api.get("/cases", by="ida"))["total"] == 0
    assert (await api.get("/cases"))["total"] == 2


def rename_in_books(engines: Engines, person: str, number: str) -> None:
    with transaction(engines.database) as session:
        session.get_one(PersonRow, person).books_number = number
