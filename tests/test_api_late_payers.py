"""Who pays late, through the API, from what the mirror saw and what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import Engine, event

from activities.payment_habits import followed
from commands.time_travel import shift_to
from models.database import transaction
from models.money import Money
from models.news import PaymentRegistered
from tests.api_fixtures import Api
from tests.backlog_book import api_in
from tests.story import HAVN, Story, at

pytestmark = pytest.mark.anyio
KAJ = 1002


@pytest.fixture
async def api(story: Story) -> AsyncIterator[Api]:
    async with api_in(story) as api:
        yield api


async def three_paid_late(story: Story) -> None:
    """Havn settles three invoices 0, 40 and 50 days late; Kaj pays one in time and owes another since yesterday."""
    story.book.add_customer(KAJ, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    for number, due in ((1001, "2026-06-01"), (1002, "2026-06-01"), (1003, "2026-06-01")):
        story.invoice(number, "1000.00", due)
    story.invoice(2001, "1000.00", "2026-06-01", customer=KAJ)
    story.invoice(2002, "1000.00", "2026-07-23", customer=KAJ)
    await story.begins("2026-05-20 12:00")
    for number, day in ((1001, "2026-06-01"), (2001, "2026-05-28"), (1002, "2026-07-11"), (1003, "2026-07-21")):
        story.book.register_payment(number, on=date.fromisoformat(day))
    story.time_shift = shift_to(at("2026-07-24 12:00"))
    await story.mirror(at("2026-07-24 12:00"))


async def test_customers_are_listed_with_their_habits_worst_first(story: Story, api: Api) -> None:
    await three_paid_late(story)
    listed = await api.get("/customers/late")
    assert [line["customer"] for line in listed["items"]] == ["Havn A/S", "Kaj ApS"]
    havn, kaj = listed["items"]
    assert (havn["invoices"], havn["settled"], havn["average_days_late"]) == (3, 3, "30.0")
    assert (havn["over_30_days"], havn["share_over_30_days"], havn["prepayment"]) == (2, "66.7", True)
    assert havn["reason"].startswith("Ask for prepayment: 2 of 3 invoices")
    assert (kaj["invoices"], kaj["overdue"], kaj["average_days_overdue"], kaj["prepayment"]) == (2, 1, "1.0", False)
    assert [line["customer"] for line in (await api.get("/customers/late", flagged=True))["items"]] == ["Havn A/S"]
    assert [line["customer"] for line in (await api.get("/customers/late", flagged=False))["items"]] == ["Kaj ApS"]
    second = await api.get("/customers/late", limit=1, offset=1)
    assert ([line["customer"] for line in second["items"]], second["total"]) == (["Kaj ApS"], 2)


async def test_a_rep_sees_its_own_customers_and_of_others_not_even_that_they_exist(story: Story, api: Api) -> None:
    await three_paid_late(story)
    assert [line["customer"] for line in (await api.get("/customers/late", by="ida"))["items"]] == ["Kaj ApS"]
    file = await api.get(f"/customers/{HAVN}/late", by="rasmus")
    assert [(i["number"], i["settled_on"], i["days_late"]) for i in file["looked_at"]] == [
        ("1001", "2026-06-01", 0),
        ("1002", "2026-07-11", 40),
        ("1003", "2026-07-21", 50),
    ]
    await api.refused(404, "GET", f"/customers/{HAVN}/late", by="ida")
    for unknown in ("4711", "%00"):
        await api.refused(404, "GET", f"/customers/{unknown}/late")


async def test_reminders_that_were_sent_are_counted_per_invoice_and_nudges_are_not(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-26 12:00", released=True)
    story.time_shift = shift_to(at("2026-08-26 12:00"))
    assert [line[17:] for line in story.sent] == ["nudge", "rykker-1", "rykker-2"]
    file = await api.get(f"/customers/{HAVN}/late")
    assert file["reminders_per_invoice"] == "2.0"
    assert file["prepayment"] is False, "one invoice is not enough to judge by"


async def test_what_a_person_registered_as_paid_counts_from_its_value_date(story: Story, api: Api) -> None:
    await story.stands_released()
    money = Money.of("12500.00", "DKK")
    paid = PaymentRegistered(id="p-1", amount=money, value_date=date(2026, 8, 7), invoice_number="1001")
    await story.tell("payment_registered", paid)
    [line] = (await api.get(f"/customers/{HAVN}/late"))["looked_at"]
    assert (line["settled_on"], line["days_late"]) == ("2026-08-07", 4)


async def test_what_was_credited_says_nothing_about_paying(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    story.book.book_credit_note(9001, HAVN, story.book.invoices[1001].gross, invoice=1001, on=date(2026, 8, 10))
    await story.mirror(at("2026-08-10 13:00"))
    assert (await api.get("/customers/late"))["items"] == []
    assert (await api.get(f"/customers/{HAVN}/late"))["invoices"] == 0


async def test_however_many_invoices_there_are_the_database_is_asked_three_times(story: Story) -> None:
    await three_paid_late(story)
    assert queries_for(story.engines.database, story.creditor) == 3


def queries_for(database: Engine, creditor: str) -> int:
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    with transaction(database) as session:
        # Of this connection only: a case may ask at the same time.
        event.listen(session.connection(), "before_cursor_execute", note)
        assert followed(session, creditor)
    return sum(statement.startswith("SELECT") for statement in asked)
