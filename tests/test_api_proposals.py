"""The queue through the API: what people see of a proposal, and who lets it go."""

from __future__ import annotations

import uuid

import pytest

from tests.api_fixtures import Api, wrong
from tests.story import Engines, Story, at


async def nudge_stands(story: Story) -> str:
    """Invoice 1001 is unpaid and its nudge stands since this morning; the id of the proposal."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-30 08:30")
    return story.proposal("nudge").id


@pytest.mark.anyio
async def test_the_queue_shows_what_stands_and_what_may_leave_first_stands_first(story: Story, api: Api) -> None:
    story.book.add_customer(1002, "Kaj ApS", email=f"kaj-{story.email}", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-04", customer=1002)
    proposal = await nudge_stands(story)
    await story.mirror(at("2026-07-30 12:00"))
    await story.until("2026-07-31 08:30")
    queue = await api.get("/proposals")
    assert [(line["customer"], line["invoices"]) for line in queue["items"]] == [
        ("Havn A/S", ["1001"]),
        ("Kaj ApS", ["2001"]),
    ]
    assert (queue["total"], queue["limit"], queue["offset"]) == (2, 50, 0)
    first = queue["items"][0]
    assert first["id"] == proposal
    assert first["amount"] == {"amount": "12500.00", "currency": "DKK"}
    assert first["proposed_at"].startswith("2026-07-30T08:00:")
    assert first["proposed_at"].endswith("+02:00")
    assert [line["customer"] for line in (await api.get("/proposals", limit=1, offset=1))["items"]] == ["Kaj ApS"]
    assert (await api.get("/proposals", state="sent"))["total"] == 0
    assert (await api.get("/proposals", by="ida"))["items"][0]["customer"] == "Kaj ApS"
    assert (await api.get("/proposals", by="rasmus"))["total"] == 1
    assert wrong(await api.refused(422, "GET", "/proposals?state=gone&limit=0")).keys() == {"state", "limit"}


@pytest.mark.anyio
async def test_a_proposal_shows_everything_that_a_release_approves(story: Story, api: Api) -> None:
    proposal = await nudge_stands(story)
    file = await api.get(f"/proposals/{proposal}")
    assert file["figures"] == [
        {
            "number": "1001",
            "invoice_date": "2026-07-04",
            "due_date": "2026-08-03",
            "days_late": -3,
            "amount": {"amount": "12500.00", "currency": "DKK"},
            "outstanding": {"amount": "12500.00", "currency": "DKK"},
        }
    ]
    assert {r["channel"]: r["address"] for r in file["recipients"]} == {"email": story.email, "sms": story.mobile}
    email, sms = file["texts"]
    assert "1001" in email["subject"]
    assert email["html"]
    assert email["sms_segments"] is None
    assert sms["sms_segments"] in (1, 2, 3)
    assert file["digest"] == story.proposal("nudge").digest
    assert file["heads_up_at"].startswith("2026-07-30T08:00:")
    assert file["hold_window_ends_at"].startswith("2026-07-31T08:00:")
    assert file["send_at"] == "2026-07-31T09:00:00+02:00"
    assert file["letter_date"] == "2026-07-31"
    assert file["rounds"] == file["messages"] == []


@pytest.mark.anyio
async def test_after_the_send_the_proposal_shows_the_verdict_of_every_guard_and_each_message(
    story: Story, api: Api
) -> None:
    proposal = await nudge_stands(story)
    await story.until("2026-07-31 09:30")
    assert (await api.get(f"/proposals/{proposal}"))["held_why"] == "released: no admin has released this proposal"
    digest = (await api.get("/proposals"))["items"][0]["digest"]
    said = await api.do(f"/proposals/{proposal}/release", {"digest": digest})
    assert "released" in said["said"]
    await story.until("2026-07-31 10:00")
    file = await api.get(f"/proposals/{proposal}")
    assert file["state"] == "sent"
    first, *_, last = file["rounds"]
    assert {v["guard"]: v["answer"] for v in first["verdicts"]}["released"] == "held"
    assert {v["answer"] for v in last["verdicts"]} == {"cleared"}
    assert {(m["channel"], m["state"]) for m in file["messages"]} == {("email", "sent"), ("sms", "sent")}
    assert (await api.get("/proposals"))["total"] == 0
    assert (await api.get("/proposals", state="sent"))["total"] == 1


@pytest.mark.anyio
async def test_releasing_twice_is_one_release_and_a_wrong_digest_is_none(story: Story, api: Api) -> None:
    proposal = await nudge_stands(story)
    digest = story.proposal("nudge").digest
    refusal = await api.refused(409, "POST", f"/proposals/{proposal}/release", {"digest": digest[:-1] + "x"})
    assert "read the proposal again" in refusal["detail"]
    first = await api.do(f"/proposals/{proposal}/release", {"digest": digest})
    again = await api.do(f"/proposals/{proposal}/release", {"digest": digest})
    assert first == again
    refusal = await api.refused(409, "POST", f"/proposals/{proposal}/release", {"digest": digest[:-1] + "x"})
    assert "digest" in refusal["detail"]
    assert len(story.told("released")) == 1
    assert story.proposal("nudge").released_by == f"admin {story.creditor}-anna"


@pytest.mark.anyio
async def test_a_proposal_that_is_gone_cannot_be_released_or_held(story: Story, api: Api) -> None:
    proposal = await nudge_stands(story)
    digest = story.proposal("nudge").digest
    await api.do(f"/proposals/{proposal}/hold", {"reason": "the customer called"})
    for command, body in (("release", {"digest": digest}), ("hold", {"reason": "again"})):
        refusal = await api.refused(409, "POST", f"/proposals/{proposal}/{command}", body)
        assert "was withdrawn (the case was stopped (hold): the customer called)" in refusal["detail"]


@pytest.mark.anyio
async def test_the_owning_rep_holds_a_proposal_but_cannot_release_it(story: Story, api: Api) -> None:
    proposal = await nudge_stands(story)
    digest = story.proposal("nudge").digest
    refusal = await api.refused(403, "POST", f"/proposals/{proposal}/release", {"digest": digest}, by="rasmus")
    assert refusal["detail"] == "Only an admin can release a reminder, and you are a rep. Ask Anna."
    await api.do(f"/proposals/{proposal}/hold", {"reason": "they pay tomorrow"}, by="rasmus")
    assert story.proposal("nudge").state == "withdrawn"
    assert story.told("frozen") == ["Stopped (hold): they pay tomorrow"]


@pytest.mark.anyio
async def test_for_another_rep_and_another_creditor_the_proposal_does_not_exist(
    story: Story, api: Api, engines: Engines
) -> None:
    proposal = await nudge_stands(story)
    digest = story.proposal("nudge").digest
    stranger = Story(engines, f"sydlys-{uuid.uuid4().hex[:8]}")
    stranger.connect()
    strange = Api(api.http, stranger.creditor)
    for who, by in ((api, "ida"), (strange, "anna"), (strange, "rasmus")):
        assert (await who.get("/proposals", by=by, state="all"))["total"] == 0
        await who.refused(404, "GET", f"/proposals/{proposal}", by=by)
        await who.refused(404, "POST", f"/proposals/{proposal}/release", {"digest": digest}, by=by)
        await who.refused(404, "POST", f"/proposals/{proposal}/hold", {"reason": "mine now"}, by=by)
    for unknown in ("no-such-proposal", "%00", proposal + "%0a"):
        await api.refused(404, "GET", f"/proposals/{unknown}")
    assert story.proposal("nudge").state == "proposed"
