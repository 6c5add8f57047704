"""Settings through the API: read by all, replaced as a whole by an admin, and heard by every open case."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_fixtures import Api, wrong
from tests.story import Story


@pytest.mark.anyio
async def test_new_settings_reach_the_open_cases_and_the_trail(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-30 08:30")
    settings = await api.get("/settings", by="rasmus")
    assert settings["payment_lines"] == ["Reg. 1234 konto 0012345678"]
    saved = await api.do("/settings", {**settings, "module_on": False}, method="PUT")
    assert (saved["changed"], saved["cases_told"], saved["cases_not_told"]) == (["module_on"], 1, 0)
    await story.quiet()
    file = await api.get(f"/cases/{story.case.id}")
    assert (file["state"], file["why"]) == ("frozen", "the reminder module is switched off")
    assert story.proposal("nudge").ended_why == "the reminder module was switched off"
    [line] = [row for row in story.trail if row.kind == "settings"]
    assert (line.text, line.actor) == ("Settings changed: module_on", f"admin {story.creditor}-anna")
    assert line.data["changes"] == {"module_on": {"before": True, "after": False}}
    again = await api.do("/settings", {**settings, "module_on": False}, method="PUT")
    assert (again["changed"], again["cases_told"]) == ([], 0)
    assert len(story.told("settings")) == 1


@pytest.mark.anyio
async def test_settings_are_replaced_as_a_whole_so_that_none_is_lost_by_leaving_it_out(story: Story, api: Api) -> None:
    story.connect()
    settings = await api.get("/settings")
    mistakes = wrong(await api.refused(422, "PUT", "/settings", {"module_on": False}))
    assert mistakes.keys() == settings.keys() - {"module_on"}
    assert mistakes["address"] == "is missing; send all settings"
    assert await api.get("/settings") == settings


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"hold_hours": 0}, "hold_hours"),
        ({"zone": "Europe/Kopenhagen"}, "zone"),
        ({"country": "SE"}, "country"),
        ({"country": "NO", "day_count": "30E/360"}, "day_count"),
        ({"agreed_rate": "101"}, "agreed_rate"),
        ({"colour": "red"}, "colour"),
        ({"ladder": "none"}, "ladder"),
        ({"send_until": "08:00"}, "send_until"),
        ({"send_from": "09:00+02:00"}, "send_from"),
        ({"propose_from": "17:00"}, "propose_from"),
        ({"sender_email": ""}, "sender_email"),
        ({"sender_email": "nobody"}, "sender_email"),
        ({"reply_to": "a@b.example, c@d.example"}, "reply_to"),
        ({"sender_name": "Nordlys\r\nBcc: all@nordlys.example"}, "sender_name"),
        ({"payment_lines": ["fine", "not\x00fine"]}, "payment_lines[1]"),
        ({"payment_lines": ["x" * 201]}, "payment_lines[0]"),
    ],
)
async def test_settings_with_which_nothing_could_be_sent_are_refused(
    story: Story, api: Api, changes: dict[str, Any], where: str
) -> None:
    story.connect()
    settings = await api.get("/settings")
    mistakes = wrong(await api.refused(422, "PUT", "/settings", {**settings, **changes}))
    assert where in mistakes
    assert await api.get("/settings") == settings


@pytest.mark.anyio
async def test_the_currency_stays_while_cases_are_open(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    settings = await api.get("/settings")
    mistakes = wrong(await api.refused(422, "PUT", "/settings", {**settings, "currency": "EUR"}))
    assert mistakes["currency"] == "cannot change while cases are open (1 are); their claims are in DKK"


@pytest.mark.anyio
async def test_only_an_admin_changes_settings_and_only_its_own_creditors(story: Story, api: Api) -> None:
    story.connect()
    settings = await api.get("/settings")
    refusal = await api.refused(403, "PUT", "/settings", {**settings, "hold_hours": 48}, by="rasmus")
    assert refusal["detail"] == "Only an admin can change the settings, and you are a rep. Ask Anna."
    assert (await api.get("/settings"))["hold_hours"] == 24
