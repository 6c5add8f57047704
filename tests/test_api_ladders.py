"""Ladders and wording through the API: what is saved, what is refused, and that running cases keep theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from activities.wording import BUILT_IN
from models.database import transaction
from models.parties import LadderRow
from tests.api_fixtures import Api, wrong
from tests.story import Story

LADDER = "/ladders/dk-standard"


async def standard(api: Api) -> Any:
    """The document of the ladder that every creditor starts with."""
    return (await api.get(LADDER))["document"]


@pytest.mark.anyio
async def test_a_sound_ladder_becomes_a_new_version_and_running_cases_keep_theirs(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    ladder = await standard(api)
    ladder["steps"][1]["offset_days"] = 9
    saved = await api.do(LADDER, ladder, method="PUT")
    assert (saved["version"], saved["new"], saved["saved_by"]) == (2, True, f"{story.creditor}-anna")
    assert (
        saved["said"] == "Saved as version 2; new cases climb it. Running cases keep the version they were opened on."
    )
    assert (await api.get(f"/cases/{story.case.id}"))["ladder_version"] == 1
    again = await api.do(LADDER, ladder, method="PUT")
    assert (again["version"], again["new"]) == (2, False)
    assert "nothing was saved" in again["said"]
    assert story.told("ladder") == ["Ladder dk-standard saved as version 2; running cases keep theirs"]
    assert [row.actor for row in story.trail if row.kind == "ladder"] == [f"admin {story.creditor}-anna"]


@pytest.mark.anyio
async def test_every_version_can_be_read_and_the_list_names_the_newest(story: Story, api: Api) -> None:
    story.connect()
    ladder = await standard(api)
    await api.do(LADDER, {**ladder, "title": "Ours"}, method="PUT")
    await api.do("/ladders/short", {**ladder, "name": "short", "steps": ladder["steps"][:2]}, method="PUT")
    assert (await api.get(LADDER, by="rasmus"))["document"]["title"] == "Ours"
    first = await api.get(LADDER, version=1)
    assert (first["document"], first["version"], first["newest"]) == (ladder, 1, 2)
    lines = {line["name"]: line for line in await api.get("/ladders", by="ida")}
    assert lines.keys() == {"dk-gentle", "dk-standard", "short"}
    assert (lines["dk-standard"]["version"], lines["dk-standard"]["for_new_cases"]) == (2, True)
    assert (lines["short"]["steps"], lines["short"]["for_new_cases"]) == (["nudge", "rykker-1"], False)
    # An older document, put again, is a new version: the newest is the one that new cases climb.
    assert (await api.do(LADDER, ladder, method="PUT"))["version"] == 3
    for missing in ("/ladders/none", "/ladders/%00", f"{LADDER}?version=9"):
        await api.refused(404, "GET", missing)


@pytest.mark.anyio
async def test_an_unsound_ladder_is_refused_with_every_problem_it_has(story: Story, api: Api) -> None:
    story.connect()
    ladder = await standard(api)
    ladder["steps"][1]["offset_days"] = 30
    ladder["steps"][2]["gap_days"] = -1
    ladder["steps"][3]["wording"] = "../../secret"
    ladder["steps"][4]["gap_days"] = 10**9
    ladder["steps"][4]["title"] = "call\x00"
    refusal = await api.refused(422, "PUT", LADDER, ladder)
    told = " ".join(error["what"] for error in refusal["errors"])
    assert [error["where"] for error in refusal["errors"]] == ["steps[4].title", "steps", "steps", "steps", "steps"]
    assert "a gap is at most 365" in told
    assert "the steps must be in order of their days" in told
    assert "a gap is 0 or more" in told
    assert (
        "names the wording '../../secret', which does not exist; there are: collection-notice, due-date, nudge," in told
    )
    assert (await api.get(LADDER))["version"] == 1


@pytest.mark.anyio
async def test_a_ladder_that_is_no_ladder_is_refused_with_the_place(story: Story, api: Api) -> None:
    story.connect()
    ladder = await standard(api)
    ladder["steps"][0]["offset_days"] = "soon"
    ladder["steps"][1]["colour"] = "red"
    del ladder["title"]
    mistakes = wrong(await api.refused(422, "PUT", LADDER, ladder))
    assert mistakes.keys() == {"title", "steps[0].offset_days", "steps[1].colour"}
    assert mistakes["steps[1].colour"].startswith("is not known here")
    sound = await standard(api)
    assert wrong(await api.refused(422, "PUT", "/ladders/other", sound)).keys() == {"name"}
    refusal = await api.refused(403, "PUT", LADDER, sound, by="rasmus")
    assert refusal["detail"] == "Only an admin can change a ladder, and you are a rep. Ask Anna."


@pytest.mark.anyio
async def test_a_ladder_on_a_template_with_an_unknown_placeholder_is_refused(story: Story, api: Api) -> None:
    story.connect()
    own = story.own_wording / "da"
    own.mkdir(parents=True)
    (own / "reminder-1.sms.txt.j2").write_text("Kære {{ customer_nam }}, betal {{ total }}.", encoding="utf-8")
    ladder = await standard(api)
    mistakes = wrong(await api.refused(422, "PUT", LADDER, {**ladder, "title": "Ours"}))
    assert mistakes["da/reminder-1.sms.txt.j2, line 1"].startswith(
        "there is no placeholder customer_nam. Did you mean customer_name?"
    )
    checked = await api.get("/wording/check")
    assert not checked["sound"]
    assert {p["where"] for p in checked["problems"]} == {"da/reminder-1.sms.txt.j2, line 1"}
    (own / "reminder-1.sms.txt.j2").write_text("Kære {{ customer_name }}, betal {{ total }}.", encoding="utf-8")
    assert (await api.do(LADDER, {**ladder, "title": "Ours"}, method="PUT"))["version"] == 2


@pytest.mark.anyio
async def test_a_wording_of_ones_own_can_be_used_once_it_is_there_in_every_language(story: Story, api: Api) -> None:
    story.connect()
    ladder = await standard(api)
    ladder["steps"][1]["wording"] = "softly"
    assert "steps" in wrong(await api.refused(422, "PUT", LADDER, ladder))
    for language in ("da", "nb", "en"):
        own = story.own_wording / language
        own.mkdir(parents=True)
        for part in ("subject.txt", "email.txt", "email.html", "sms.txt"):
            text = (BUILT_IN / language / f"reminder-1.{part}.j2").read_text(encoding="utf-8")
            (own / f"softly.{part}.j2").write_text(text, encoding="utf-8")
    (story.own_wording / "en" / "softly.sms.txt.j2").unlink()
    assert wrong(await api.refused(422, "PUT", LADDER, ladder)) == {
        "en/softly.sms.txt.j2": "no wording folder has this file"
    }
    (story.own_wording / "en" / "softly.sms.txt.j2").write_text("Pay {{ total }}.", encoding="utf-8")
    assert (await api.do(LADDER, ladder, method="PUT"))["version"] == 2
    checked = await api.get("/wording/check")
    assert {"collection-notice", "nudge", "reminder-1", "reminder-2", "softly"} <= set(checked["wordings"])
    assert checked["sound"]
    await api.refused(403, "GET", "/wording/check", by="rasmus")


# --- the law ---


@pytest.mark.anyio
async def test_an_illegal_ladder_is_refused_with_step_rule_source_and_the_nearest_legal_value(
    story: Story, api: Api
) -> None:
    story.connect()
    ladder = await standard(api)
    ladder["steps"][1]["offset_days"] = 0
    ladder["steps"][3] |= {"gap_days": 6, "deadline_days": 8, "sufficient": ["email", "sms"]}
    mistakes = wrong(await api.refused(422, "PUT", LADDER, ladder))
    assert mistakes.keys() == {
        *("steps[1].offset_days", "steps[3].gap_days", "steps[3].deadline_days", "steps[3].sufficient")
    }
    assert mistakes["steps[1].offset_days"] == (
        "Step rykker-1: a fee on day +0 is too early: a fee letter goes after the due date. "
        "Source: renteloven § 9 b, https://www.retsinformation.dk/print.aspx?id=1111. Nearest legal value: day +1."
    )
    for where, nearest in (("steps[3].gap_days", "10 days"), ("steps[3].deadline_days", "10 days")):
        assert mistakes[where].endswith(f"Nearest legal value: {nearest}.")
    assert (await api.get(LADDER))["version"] == 1


@pytest.mark.anyio
async def test_a_danish_creditor_keeps_no_norwegian_ladder(story: Story, api: Api) -> None:
    story.connect()
    ladder = {**await standard(api), "country": "NO"}
    mistakes = wrong(await api.refused(422, "PUT", LADDER, ladder))
    assert mistakes == {
        "country": "The ladder: it keeps the law of NO, but the creditor's country is DK. "
        "Source: our own rule. Nearest legal value: DK."
    }
    assert wrong(await api.refused(422, "PUT", LADDER, {**ladder, "country": "SE"})).keys() == {"country"}


def keep(story: Story, document: dict[str, Any]) -> None:
    """A ladder that was saved before the law said what it says now."""
    with transaction(story.engines.database) as session:
        session.add(
            LadderRow(
                creditor_id=story.creditor, name=document["name"], version=1, document=document, saved_by="rykker"
            )
        )


@pytest.mark.anyio
async def test_new_cases_are_not_put_on_a_ladder_that_has_become_illegal(story: Story, api: Api) -> None:
    story.connect()
    old = await standard(api)
    old["steps"][2]["offset_days"] = 12
    keep(story, {**old, "name": "old"})
    settings = await api.get("/settings")
    refused = wrong(await api.refused(422, "PUT", "/settings", {**settings, "ladder": "old"}))
    assert refused.keys() == {"ladder"}
    assert refused["ladder"].startswith("Step rykker-2: a fee on day +12 is too early: 10 days since the reminder")
    assert refused["ladder"].endswith("Nearest legal value: day +17.")
    saved = await api.do("/settings", {**settings, "ladder": "dk-gentle"}, method="PUT")
    assert saved["changed"] == ["ladder"]


@pytest.mark.anyio
async def test_an_illegal_ladder_never_keeps_an_admin_from_switching_the_module_off(story: Story, api: Api) -> None:
    story.settings = story.settings.model_copy(update={"ladder": "old"})
    story.connect()
    document = await standard(api)
    document["steps"][2]["offset_days"] = 12
    keep(story, {**document, "name": "old"})
    settings = await api.get("/settings")
    off = {**settings, "module_on": False}
    assert (await api.do("/settings", off, method="PUT"))["changed"] == ["module_on"]
    assert (await api.do("/settings", {**off, "hold_hours": 48}, method="PUT"))["changed"] == ["hold_hours"]
    assert wrong(await api.refused(422, "PUT", "/settings", settings)).keys() == {"ladder"}


@pytest.mark.anyio
async def test_a_creditor_that_moves_to_norway_gets_norways_ladders_as_long_as_its_law_is_reviewed(
    story: Story, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.connect()
    norway = {"country": "NO", "currency": "NOK", "zone": "Europe/Oslo", "ladder": "no-standard"}
    moved = {**await api.get("/settings"), **norway}
    monkeypatch.setattr("web.settings.law_day", lambda _: date(2027, 1, 1))
    refused = await api.refused(422, "PUT", "/settings", moved)
    assert {error["where"] for error in refused["errors"]} == {"ladder"}
    assert "until somebody records a review for 2027-01-01 in rules/law/tables/reviews.csv" in refused["detail"]
    assert {line["name"] for line in await api.get("/ladders")} == {"dk-gentle", "dk-standard"}
    monkeypatch.setattr("web.settings.law_day", lambda _: date(2026, 11, 22))
    assert wrong(await api.refused(422, "PUT", "/settings", {**moved, "ladder": "dk-standard"})).keys() == {"ladder"}
    assert set((await api.do("/settings", moved, method="PUT"))["changed"]) == norway.keys()
    assert {line["name"] for line in await api.get("/ladders")} >= {"no-guide", "no-standard"}


@pytest.mark.anyio
async def test_the_country_stays_while_cases_are_open(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    moved = {**await api.get("/settings"), "country": "EU", "ladder": "eu-standard"}
    assert wrong(await api.refused(422, "PUT", "/settings", moved)) == {
        "country": "cannot change while cases are open (1 are); they keep the law of DK"
    }
