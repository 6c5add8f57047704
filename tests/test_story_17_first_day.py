"""Story 17: a book with 400 invoices, some two years old, is connected."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import col, select

from activities.mirror import Mirror
from activities.open_cases import OpenCases
from models.cases import SetAsideRow
from models.database import transaction
from models.mirror import InvoiceRow
from models.parties import CreditorRow
from standins.economic.server import EconomicStandin
from tests.backlog_book import api_in, old_book, owed
from tests.story import HAVN, Story, at, clock

pytestmark = pytest.mark.anyio
NOON = "2026-08-10 12:00"


def aside(story: Story) -> list[str]:
    with transaction(story.engines.database) as session:
        query = select(SetAsideRow.invoice_number).where(
            SetAsideRow.creditor_id == story.creditor, col(SetAsideRow.released_at).is_(None)
        )
        return sorted(session.exec(query))


async def test_nothing_is_proposed_until_an_admin_releases_and_then_it_starts_at_the_first_step(story: Story) -> None:
    old_book(story)
    await story.begins(NOON, quarantines=True)
    assert (story.cases, story.proposals) == ([], [])
    assert story.told("quarantine") == [
        "The books are connected; overdue are 400 invoices of 40 customers, 400000.00 DKK, set aside for release"
    ]
    async with api_in(story) as api:
        listed = await api.get("/quarantine")
        assert (listed["totals"]["customers"], listed["totals"]["invoices"]) == (40, 400)
        oldest = listed["items"][0]["invoices"][0]
        assert (oldest["days_late"] > 730, oldest["starts_at"]) == (True, "rykker-1")
        await story.mirror(at("2026-08-10 12:15"))
        assert story.cases == [], "the next readings of the books change nothing"
        young = {"filter": {"max_days_late": 59}, "reason": "checked with the bank"}
        preview = await api.do("/quarantine/release", {**young, "dry_run": True})
        assert len(aside(story)) == 400
        done = await api.do("/quarantine/release", young)
    assert done["totals"] == preview["totals"]
    assert [i["number"] for c in done["items"] for i in c["invoices"]] == ["10030", "10020", "10010", "10000"]
    assert {i["starts_at"] for c in done["items"] for i in c["invoices"]} == {"rykker-1"}
    await story.mirror(at("2026-08-10 12:30"))
    assert [case.customer_number for case in story.cases] == ["2001", "2002", "2003", "2004"]
    await story.until("2026-08-12 12:00", released=True)
    assert {p.step for p in story.proposals} == {"rykker-1"}, "not the last step, however late"
    assert sorted(n for p in story.proposals for n in p.invoices) == ["10000", "10010", "10020", "10030"]
    assert {p.proposed_at.date() for p in story.proposals} == {date(2026, 8, 10)}
    assert all(line.startswith("2026-08-11") for line in story.sent), "the hold window and its release stay as they are"
    assert len(story.sent) == 4


async def test_a_first_round_that_breaks_off_opens_nothing_and_the_next_whole_one_counts(
    story: Story, economic: EconomicStandin
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "800.00", "2026-08-12")
    story.connect(quarantines=True)
    economic.fault("meanwhile", path="/customers*", action=lambda: None)
    economic.fault("status", status=403, path="/customers*", times=0)
    engines, morning = story.engines, at("2026-08-08 12:00")
    assert not Mirror(engines.database, engines.shelf).read_books(story.creditor, morning).complete
    economic.reset()
    cases = OpenCases(engines.database, engines.client, engines.task_queue)
    assert mirrored(story) == ["1001", "1002"]
    assert cases._customers(story.creditor, morning) == [], "what is backlog is not known yet"
    assert (first_read(story), aside(story)) == (None, [])
    await story.mirror(at("2026-08-13 12:00"))
    assert first_read(story) == "2026-08-13 12:00"
    assert (aside(story), story.cases) == (["1001", "1002"], []), "what fell due until then is backlog"


def mirrored(story: Story) -> list[str]:
    with transaction(story.engines.database) as session:
        return sorted(session.exec(select(InvoiceRow.number).where(InvoiceRow.creditor_id == story.creditor)))


def first_read(story: Story) -> str | None:
    with transaction(story.engines.database) as session:
        first = session.get_one(CreditorRow, story.creditor).first_read_at
        return None if first is None else clock(first)


async def test_what_falls_due_later_is_reminded_and_the_backlog_of_its_customer_joins_once_released(
    story: Story,
) -> None:
    story.invoice(1001, "12500.00", "2026-07-01")
    story.invoice(1002, "800.00", "2026-08-14")
    await story.begins("2026-08-10 12:00", quarantines=True)
    await story.until("2026-08-11 15:00", released=True)
    assert [(p.step, p.invoices) for p in story.proposals] == [("nudge", ["1002"])]
    assert story.balance(1001) == 0, "the case does not know it"
    async with api_in(story) as api:
        [line] = (await api.get("/quarantine"))["items"]
        assert line["case_id"] == story.case.id
        [waits] = line["invoices"]
        assert (waits["starts_at"], waits["earliest"]) == ("rykker-1", "2026-08-13T08:00:00+02:00")
        assert waits["why"].startswith("spacing: a message went to this customer on 2026-08-11")
        await api.do("/quarantine/release", {"invoices": ["1001"], "reason": "it is owed"})
    await story.quiet()
    assert story.balance(1001) == 12500, "told at once"
    assert "1 invoice of customer 1001, 12500.00 DKK, released from quarantine: it is owed" in [
        row.text for row in story.trail if row.case_id == story.case.id
    ]
    await story.until("2026-08-20 12:00", released=True)
    assert ("rykker-1", ["1001"]) in [(p.step, p.invoices) for p in story.proposals if p.state == "sent"]
    assert len(story.cases) == 1


async def test_what_could_not_be_read_on_the_first_day_is_backlog_too_but_a_new_invoice_is_not(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-07-01")
    await story.begins("2026-08-10 12:00", quarantines=True)
    owed(story, 1002, 400, HAVN)
    story.invoice(1003, "500.00", "2026-08-12")
    await story.mirror(at("2026-08-10 12:15"))
    assert aside(story) == ["1001", "1002"]
    assert story.told("quarantine")[1:] == [
        "The books show more that was overdue then: 1 invoice of 1 customer, 1000.00 DKK, set aside for release"
    ]


async def test_a_creditor_that_does_not_quarantine_is_reminded_of_everything(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-07-01")
    await story.begins("2026-08-10 12:00")
    assert (aside(story), len(story.cases)) == ([], 1)
