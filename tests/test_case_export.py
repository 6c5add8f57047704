"""The export of a case: one file that says everything, needs nothing else, and no longer fits once it is changed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from activities.export_check import faults
from activities.export_file import read
from activities.trail import first_broken_link, link_hash
from models.database import transaction
from models.record import TrailHeadRow
from tests.api_fixtures import Api
from tests.story import Story

HOSTILE = "<script>alert(1)</script> </pre><img src=x onerror=alert(1)> \u202egnp.exe \" ' & æøå"


async def exported(story: Story, api: Api) -> dict[str, Any]:
    """Two customers write links in turn; the case climbed the ladder, was asked about, and is exported."""
    story.book.add_customer(1000, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1000)
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "3000.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    for day in ("2026-08-12", "2026-08-26", "2026-09-09", "2026-09-20"):
        await story.until(f"{day} 12:00", released=True)
    [call] = [task for task in story.tasks if task.kind == "call"]
    await api.do(f"/tasks/{call.id}/result", {"result": "question", "note": HOSTILE})
    await api.do(f"{path(story)}/resolve", {"outcome": "answered", "reason": "sent them the delivery note"})
    await api.do(f"{path(story)}/payments", {"amount": "5000", "value_date": "2026-09-20", "reference": "b-1"})
    await story.quiet()
    found: dict[str, Any] = await api.get(f"{path(story)}/export", by="rasmus", format="json")
    return found


def path(story: Story) -> str:
    return f"/cases/{story.case.id}"


@pytest.mark.anyio
async def test_an_export_says_everything_and_is_sound(story: Story, api: Api) -> None:
    found = await exported(story, api)
    assert faults(found) == []
    record = found["record"]
    assert (record["creditor"]["name"], record["customer"]["name"]) == ("Nordlys ApS", "Havn A/S")
    assert (record["customer"]["debtor"], record["customer"]["counts_as_consumer"]) == ("business", False)
    sent = [message for message in record["messages"] if message["state"] == "sent"]
    assert [m["step"] for m in sent] == ["nudge", "rykker-1", "rykker-2", "inkassovarsel"]
    words = {r["channel"]: r["text"] for r in sent[-1]["composition"]["rendered"]}
    assert words["email"] == story.mails[-1].text, "exactly as it was sent"
    email = next(d for d in sent[-1]["delivery"] if d["channel"] == "email")
    assert email["state"] == "sent"
    assert email["provider_reference"]
    assert [r["address"] for r in sent[-1]["composition"]["recipients"]] == [story.email, story.mobile]
    assert record["claim"]["open"]["principal"] == "10500.00"
    assert any("renteloven" in line for line in record["claim"]["explained"])
    assert record["ledger"][0]["kind"] == "principal"
    assert [q["text"] for q in record["questions"]] == [HOSTILE]
    assert ("question", "answered") in [(s["kind"], s["outcome"]) for s in record["stops"]]
    assert [(t["kind"], t["result"]) for t in record["tasks"]] == [("call", "question")]
    runs = [link for link in found["chain"] if "seq" not in link]
    assert runs, "links of the other case lie between"
    assert "Kaj ApS" not in json.dumps(found), "and nothing is told of it but hashes"


@pytest.mark.anyio
async def test_its_links_are_those_of_the_trail_and_taking_it_is_one_of_them(story: Story, api: Api) -> None:
    found = await exported(story, api)
    rows = {row.seq: row for row in story.trail}
    for link in found["chain"]:
        if "seq" in link:
            assert link["hash"] == rows[link["seq"]].hash == link_hash(rows[link["seq"]])
        else:
            assert link["last_hash"] == rows[link["to"]].hash
    last = rows[found["head"]["seq"]]
    assert (last.kind, last.actor) == ("exported", f"rep {story.creditor}-rasmus")
    with transaction(story.engines.database) as session:
        assert first_broken_link(story.trail, session.get_one(TrailHeadRow, story.creditor)) == ""
    again = await api.get(f"{path(story)}/export", format="json")
    assert faults(again) == []
    assert again["head"]["seq"] > found["head"]["seq"], "each export is a link of its own"


@pytest.mark.anyio
async def test_the_page_is_a_download_without_script_or_network_and_holds_the_same_for_programs(
    story: Story, api: Api
) -> None:
    await exported(story, api)
    response = await api.call("GET", f"{path(story)}/export", "rasmus")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-disposition"] == f'attachment; filename="case-{story.case.id}.html"'
    page = response.text
    assert read(response.content)[1] == []
    assert "<script" not in page
    assert "<img" not in page, "what people wrote stays text"
    assert not [mark for mark in ("src=", 'href="http', "@import", "url(", "onerror=a") if mark in outside_data(page)]
    as_json = await api.call("GET", f"{path(story)}/export?format=json", "rasmus")
    assert as_json.headers["content-disposition"] == f'attachment; filename="case-{story.case.id}.json"'
    assert read(as_json.content)[1] == []
    if keep := os.environ.get("RYKKER_KEEP_PAGES"):
        Path(keep, "case-export.html").write_bytes(response.content)
        Path(keep, "case-export.json").write_bytes(as_json.content)


@pytest.mark.anyio
async def test_who_may_not_see_a_case_does_not_export_it_and_no_trace_is_left(story: Story, api: Api) -> None:
    await exported(story, api)
    before = len(story.told("exported"))
    await api.refused(404, "GET", f"{path(story)}/export", by="ida")
    await api.refused(422, "GET", f"{path(story)}/export?format=pdf")
    assert len(story.told("exported")) == before


@pytest.mark.anyio
async def test_a_closed_case_is_exported_too(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-09-20 12:00", released=True)
    before = await api.get(f"{path(story)}/export", format="json")
    assert before["record"]["hand_over"] == {"allowed": True, "why": ""}
    await api.do(f"{path(story)}/hand-over", {"reason": "to Inkasso A/S"})
    after = await api.get(f"{path(story)}/export", format="json")
    assert faults(before) == faults(after) == []
    assert after["record"]["case"]["outcome"] == "handed_over"
    assert after["record"]["claim"]["open"]["principal"] == "12500.00", "what the collector is to claim"
    assert [link["kind"] for link in after["chain"] if "seq" in link][-3:] == ["handed over", "closed", "exported"]


def outside_data(page: str) -> str:
    """The page without what people wrote: tags and attributes of our own."""
    return "".join(part.split(">", 1)[0] for part in page.split("<")[1:])
