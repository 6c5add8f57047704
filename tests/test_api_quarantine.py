"""The quarantine through the API: the list, its filters and flags, what is released and what is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from models.cases import SetAsideRow
from models.database import transaction
from tests.api_fixtures import Api, wrong
from tests.backlog_book import api_in, owed
from tests.story import HAVN, Story, at

pytestmark = pytest.mark.anyio
KAJ, LOST = 1002, 1003


@pytest.fixture
async def api(story: Story) -> AsyncIterator[Api]:
    """Havn owes 1001, 1002 and 1003; Kaj 2001, 2002; a customer without an address 3001. Connected on 10 August."""
    story.book.add_customer(KAJ, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    story.book.add_customer(LOST, "Tabt ApS")
    owed(story, 1001, 20, HAVN, "12500.00")
    owed(story, 1002, 90, HAVN, "800.00")
    owed(story, 1003, 91, HAVN, "900.00")
    owed(story, 2001, 12, KAJ, "49.99")
    owed(story, 2002, 1200, KAJ, "5000.00")
    owed(story, 3001, 30, LOST, "300.00")
    story.invoice(4001, "70.00", "2026-08-20")
    await story.begins("2026-08-10 12:00", quarantines=True)
    async with api_in(story) as api:
        yield api


def numbers(answer: Any) -> list[str]:
    return [invoice["number"] for customer in answer["items"] for invoice in customer["invoices"]]


async def test_the_list_shows_age_amount_first_step_and_what_needs_a_decision(api: Api) -> None:
    listed = await api.get("/quarantine")
    assert [c["customer"] for c in listed["items"]] == ["Kaj ApS", "Havn A/S", "Tabt ApS"], "the oldest first"
    assert listed["totals"] == {
        "customers": 3,
        "invoices": 6,
        "flagged": 4,
        "total": [{"amount": "19549.99", "currency": "DKK"}],
    }
    havn = listed["items"][1]
    assert havn["total"] == [{"amount": "14200.00", "currency": "DKK"}]
    by_number = {i["number"]: i for c in listed["items"] for i in c["invoices"]}
    first = by_number["1001"]
    assert (first["due_date"], first["days_late"], first["left"]["amount"]) == ("2026-07-21", 20, "12500.00")
    assert (first["starts_at"], first["title"], first["flags"]) == ("rykker-1", "first reminder", [])
    assert {i["starts_at"] for i in by_number.values()} == {"rykker-1"}, "never later than the first"
    flags = {number: [f["flag"] for f in i["flags"]] for number, i in by_number.items()}
    assert flags == {
        "1001": [],
        "1002": [],
        "1003": ["old"],
        "2001": ["trifle"],
        "2002": ["limitation", "old"],
        "3001": ["unreachable"],
    }
    limitation = by_number["2002"]["flags"][0]["reason"]
    assert limitation.startswith("due 2023-04-28: time-barred since 2026-04-28 unless the period was interrupted")
    assert "denmark.md 8.3" in limitation


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"max_days_late": 20}, ["1001", "2001"]),
        ({"min_days_late": 91}, ["2002", "1003"]),
        ({"min_amount": "900.00"}, ["2002", "1003", "1001"]),
        ({"customer": "1003"}, ["3001"]),
        ({"flagged": False}, ["1002", "1001"]),
        ({"flagged": True, "max_days_late": 30}, ["3001", "2001"]),
        ({"sort": "amount", "limit": 1}, ["1003", "1002", "1001"]),
        ({"sort": "customer", "limit": 1, "offset": 2}, ["3001"]),
        ({"customer": "9999"}, []),
    ],
)
async def test_filters_order_and_pages(api: Api, query: dict[str, Any], expected: list[str]) -> None:
    assert numbers(await api.get("/quarantine", **query)) == expected


async def test_a_rep_sees_its_own_customers_and_decides_nothing(api: Api) -> None:
    assert numbers(await api.get("/quarantine", by="rasmus")) == ["1003", "1002", "1001"]
    assert numbers(await api.get("/quarantine", by="ida")) == ["2002", "2001"]
    body = {"invoices": ["1001"], "reason": "x"}
    for path in ("release", "give-up"):
        refusal = await api.refused(403, "POST", f"/quarantine/{path}", body, by="rasmus")
        assert refusal["detail"].endswith("in the quarantine, and you are a rep. Ask Anna.") or "Ask Anna" in str(
            refusal
        )
    assert (await api.get("/quarantine"))["totals"]["invoices"] == 6


async def test_a_dry_run_shows_what_would_come_and_writes_nothing(story: Story, api: Api) -> None:
    before = len(story.trail)
    body = {"filter": {"max_days_late": 30, "flagged": False}, "reason": "first cohort", "dry_run": True}
    shown = await api.do("/quarantine/release", body)
    assert (numbers(shown), shown["id"], shown["dry_run"]) == (["1001"], "", True)
    assert shown["said"] == "This is what would be released; nothing was changed."
    assert shown["first_proposal"].startswith("2026-08-10T12:"), "within the hours of a business day"
    assert shown["items"][0]["invoices"][0]["earliest"] == shown["first_proposal"]
    assert (len(story.trail), (await api.get("/quarantine"))["totals"]["invoices"]) == (before, 6)


async def test_a_cohort_is_released_with_a_line_per_customer_and_one_for_all(story: Story, api: Api) -> None:
    done = await api.do("/quarantine/release", {"customers": ["1001", "1002"], "reason": "gone through with the bank"})
    assert done["id"].startswith("cohort-")
    assert done["totals"]["invoices"] == 5
    assert "within 15 minutes" in done["said"]
    assert story.told("quarantine released") == [
        "3 invoices of customer 1001, 14200.00 DKK, released from quarantine: gone through with the bank",
        "2 invoices of customer 1002, 5049.99 DKK, released from quarantine: gone through with the bank",
        "5 invoices of 2 customers, 19249.99 DKK, released from quarantine: gone through with the bank",
    ]
    assert {row.data["decision"] for row in story.trail if row.kind == "quarantine released"} == {done["id"]}
    assert numbers(await api.get("/quarantine")) == ["3001"]
    refusal = await api.refused(409, "POST", "/quarantine/release", {"customers": ["1003", "1001"], "reason": "x"})
    assert wrong(refusal) == {"customers[1]": "1001 has nothing in the quarantine"}
    assert numbers(await api.get("/quarantine")) == ["3001"], "refused as a whole"
    await story.mirror(at("2026-08-10 12:15"))
    assert sorted(case.customer_number for case in story.cases) == ["1001", "1002"]
    await story.until("2026-08-10 13:00")
    assert {p.step for p in story.proposals} == {"rykker-1"}


async def test_given_up_stays_out_for_good(story: Story, api: Api) -> None:
    done = await api.do("/quarantine/give-up", {"invoices": ["2002", "2002"], "reason": "too old to collect"})
    assert done["totals"]["invoices"] == 1
    lines = story.told("quarantine given up")
    assert lines[0] == "1 invoice of customer 1002, 5000.00 DKK, given up: too old to collect"
    with transaction(story.engines.database) as session:
        row = session.exec(
            select(SetAsideRow).where(SetAsideRow.creditor_id == story.creditor, SetAsideRow.invoice_number == "2002")
        ).one()
    assert (row.kind, row.reason, row.by, row.released_at) == (
        "stopped",
        "too old to collect",
        f"admin {story.creditor}-anna",
        None,
    )
    await api.do("/quarantine/release", {"filter": {"min_days_late": 0}, "reason": "all the rest"})
    await story.mirror(at("2026-08-10 12:15"))
    await story.until("2026-08-20 12:00", released=True)
    assert "2002" not in {number for p in story.proposals for number in p.invoices}


async def test_what_is_settled_released_or_unknown_is_refused_with_a_list(story: Story, api: Api) -> None:
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.mirror(at("2026-08-10 12:15"))
    assert "1001" not in numbers(await api.get("/quarantine")), "what is paid disappears from the list"
    await api.do("/quarantine/release", {"invoices": ["1002"], "reason": "x"})
    await api.do("/quarantine/give-up", {"invoices": ["2002"], "reason": "x"})
    asked = ["1001", "1002", "2002", "4001", "3001", "nothing"]
    before = len(story.trail)
    for path in ("give-up", "release"):
        refusal = await api.refused(409, "POST", f"/quarantine/{path}", {"invoices": asked, "reason": "x"})
        assert wrong(refusal) == {
            "invoices[0]": "1001 is settled; nothing is left to pay",
            "invoices[1]": f"1002 was released on 2026-08-10 by admin {story.creditor}-anna",
            "invoices[2]": "2002 was decided over before: stopped",
            "invoices[3]": "4001 is not in the quarantine",
            "invoices[5]": "nothing is not in the quarantine",
        }
    assert len(story.trail) == before
    assert "3001" in numbers(await api.get("/quarantine"))


async def test_bad_requests_change_nothing(story: Story, api: Api) -> None:
    before = len(story.trail)
    bodies: list[tuple[dict[str, Any], str]] = [
        ({"invoices": ["1001"]}, "reason"),
        ({"reason": "x"}, "body"),
        ({"invoices": ["1001"], "customers": ["1001"], "reason": "x"}, "body"),
        ({"filter": {}, "reason": "x"}, "filter"),
        ({"filter": {"max_days_late": -1}, "reason": "x"}, "filter.max_days_late"),
        ({"filter": {"older_than": 3}, "reason": "x"}, "filter.older_than"),
        ({"filter": {"min_amount": "1.001"}, "reason": "x"}, "filter.min_amount"),
        ({"invoices": [], "reason": "x"}, "invoices"),
        ({"invoices": ["10\n01"], "reason": "x"}, "invoices[0]"),
        ({"invoices": ["1001"], "reason": "\u0000"}, "reason"),
    ]
    for body, where in bodies:
        assert where in wrong(await api.refused(422, "POST", "/quarantine/release", body)), body
    assert "min_days_late" in wrong(await api.refused(422, "GET", "/quarantine?min_days_late=many"))
    done = await api.do("/quarantine/release", {"filter": {"min_days_late": 5000}, "reason": "x"})
    assert (done["id"], done["said"]) == ("", "Nothing in the quarantine fits; nothing was released.")
    assert len(story.trail) == before
    assert (await api.get("/quarantine"))["totals"]["invoices"] == 6


async def test_another_creditors_quarantine_is_not_seen(story: Story, api: Api) -> None:
    stranger = Story(story.engines, f"sydlys-{story.creditor}")
    await stranger.begins("2026-08-10 12:00", quarantines=True)
    strange = Api(api.http, stranger.creditor)
    assert (await strange.get("/quarantine"))["totals"]["invoices"] == 0
    refusal = await strange.refused(409, "POST", "/quarantine/release", {"invoices": ["1001"], "reason": "x"})
    assert wrong(refusal) == {"invoices[0]": "1001 is not in the quarantine"}


async def test_of_two_admins_who_release_the_same_at_once_one_finds_it_released(story: Story, api: Api) -> None:
    body = {"invoices": ["1001", "1002"], "reason": "checked"}
    answers = await asyncio.gather(*(api.call("POST", "/quarantine/release", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(story.told("quarantine released")) == 2, "a line for the customer and one for the cohort"
