"""What was charged, wherever the API shows a case, its ledger or a proposal; and the script or apology of a task."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commands.demo import DAYS, first_day
from tests.api_fixtures import Api
from tests.story import Story


async def nobody_pays(story: Story, until: str) -> str:
    """Invoice 1001 is due on 3 August, every proposal is released; the path of the case."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until(until, released=True)
    return f"/cases/{story.case.id}"


def dkk(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "DKK"}


def amounts(charges: dict[str, Any]) -> dict[str, str]:
    return {name: money["amount"] for name, money in charges.items()}


@pytest.mark.anyio
async def test_list_file_and_ledger_show_principal_charges_and_total_after_rykker_1(story: Story, api: Api) -> None:
    case = await nobody_pays(story, "2026-08-12 12:00")
    [line] = (await api.get("/cases"))["items"]
    file, book = await api.get(case), await api.get(f"{case}/ledger")
    for shown in (line, file, book):
        assert shown["outstanding"] == [dkk("12500.00")], "the principal"
        assert [amounts(c) for c in shown["charges"]] == [
            {"interest": "27.40", "fees": "100.00", "compensation": "0.00"}
        ]
        assert shown["total"] == [dkk("12627.40")]
    for [invoice] in (file["invoices"], book["balances"]):
        assert invoice["balance"] == dkk("12500.00")
        assert (invoice["interest"], invoice["fees"], invoice["compensation"]) == (
            dkk("27.40"),
            dkk("100.00"),
            dkk("0.00"),
        )


@pytest.mark.anyio
async def test_before_the_first_letter_nothing_is_charged(story: Story, api: Api) -> None:
    case = await nobody_pays(story, "2026-08-01 12:00")
    file = await api.get(case)
    assert [amounts(c) for c in file["charges"]] == [{"interest": "0.00", "fees": "0.00", "compensation": "0.00"}]
    assert file["total"] == file["outstanding"] == [dkk("12500.00")]


@pytest.mark.anyio
async def test_a_payment_beyond_the_principal_pays_the_charges(story: Story, api: Api) -> None:
    case = await nobody_pays(story, "2026-08-12 12:00")
    await api.do(f"{case}/payments", {"amount": "12627.40", "value_date": "2026-08-11", "reference": "bank 1"})
    await story.quiet()
    file = await api.get(case)
    assert file["outstanding"] == file["total"] == [dkk("0.00")]
    claim = await api.get(f"{case}/claim", as_of="2026-08-12")
    assert claim["open"]["total"] == "0.00"
    assert [(p["principal"], p["fees"], p["interest"]) for p in claim["payments"]] == [
        ({"1001": "12500.00"}, "100.00", {"1001": "27.40"})
    ], "one payment, put against the principal first"


@pytest.mark.anyio
async def test_the_nudge_shows_that_it_announces_a_fee_and_charges_none(story: Story, api: Api) -> None:
    await nobody_pays(story, "2026-07-30 08:30")
    asked = (await api.get(f"/proposals/{story.proposal('nudge').id}"))["asked"]
    assert (asked["fee"], asked["interest"], asked["total"]) == (dkk("0.00"), dkk("0.00"), dkk("12500.00"))
    assert asked["announced_fee"] == dkk("100.00")
    assert float(asked["announced_rate"]) == 10


@pytest.mark.anyio
async def test_rykker_2_shows_every_part_of_what_it_asks_for(story: Story, api: Api) -> None:
    await nobody_pays(story, "2026-08-24 12:00")
    file = await api.get(f"/proposals/{story.proposal('rykker-2').id}")
    asked = file["asked"]
    shown = {name: money["amount"] for name, money in asked.items() if isinstance(money, dict) and "amount" in money}
    assert shown == {
        "principal": "12500.00",
        "fee": "100.00",
        "earlier_fees": "100.00",
        "interest": "75.34",
        "compensation": "0.00",
        "total": "12775.34",
    }
    [period] = asked["interest_periods"]
    assert (period["first_day"], period["last_day"]) == ("2026-08-03", "2026-08-24")
    assert file["amount"] == asked["total"]
    assert (file["letter_date"], file["final_date"], file["hold_hours"]) == ("2026-08-25", "2026-09-04", 24)
    assert file["notes"] == []


@pytest.mark.anyio
async def test_the_heads_up_names_the_total_that_the_letter_will_ask_for(story: Story, api: Api) -> None:
    await nobody_pays(story, "2026-08-10 12:00")
    assert (await api.get("/proposals"))["items"][0]["amount"] == dkk("12627.40")
    assert "12627.40 DKK" in story.heads_ups[-1].text
    assert "12500.00 DKK" not in story.heads_ups[-1].text


@pytest.mark.anyio
async def test_the_call_at_the_end_comes_with_its_script(story: Story, api: Api) -> None:
    case = await nobody_pays(story, "2026-10-01 12:00")
    [task] = (await api.get(case, by="rasmus"))["tasks"]
    assert task["step"] == "phone-call"
    assert "Look first whether it is paid" in task["text"]


def test_the_demo_plays_on_days_for_which_there_is_a_rate() -> None:
    assert first_day(date(2026, 8, 3), "DK") == date(2026, 8, 3)
    assert (first_day(date(2026, 11, 22), "DK") - date(2026, 12, 31)).days == -DAYS
