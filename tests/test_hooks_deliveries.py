"""Reports of providers at the door: signed or refused, kept once, and whatever is in them harms nobody."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlmodel import col, select

from api import create_app
from models.database import transaction
from models.deliveries import DeliveryRow
from standins.sendgrid.events import batch, signing_key
from tests.delivered import follow_deliveries
from tests.hooks import Hooks, hooks
from tests.story import Engines, Story

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio
SENDGRID = signing_key("SG.test")
"""What the stand-in of the session signs with: it follows from its API key."""


def ed25519() -> str:
    """A public key, though not of the kind that SendGrid signs with."""
    key = Ed25519PrivateKey.generate().public_key()
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


async def post(hooks: Hooks, body: bytes, headers: Any) -> int:
    response = await hooks.api.http.post("/hooks/sendgrid/events", content=body, headers=dict(headers))
    return response.status_code


def kept(story: Story, *sources: str) -> list[DeliveryRow]:
    with transaction(story.engines.database) as session:
        return list(session.exec(select(DeliveryRow).where(col(DeliveryRow.source).in_(sources))))


@pytest.mark.parametrize("signed", ["badly", "not", "garbled", "old", "rewrapped"])
async def test_what_sendgrid_did_not_sign_for_these_very_bytes_is_refused_and_not_kept(
    story: Story, hooks: Hooks, signed: Any
) -> None:
    event = {"event": "delivered", "sg_event_id": f"{story.creditor}-{signed}", "timestamp": int(time.time())}
    assert await post(hooks, *batch([event], SENDGRID, signed)) == 403
    assert kept(story, f"sendgrid:{story.creditor}-{signed}") == []


async def test_without_a_key_nothing_is_taken_in(story: Story, hooks: Hooks) -> None:
    reach = hooks.app.state.reach
    settings = reach.settings.model_copy(update={"sendgrid_event_key": ""})
    hooks.app.state.reach = type(reach)(**{**reach.__dict__, "settings": settings})
    assert await post(hooks, *batch([{"event": "delivered"}], SENDGRID)) == 403


@pytest.mark.parametrize("key", ["SG.an-api-key", "line\nline", ed25519()], ids=["api key", "two lines", "other kind"])
async def test_a_key_that_cannot_be_sendgrids_is_told_at_the_start(engines: Engines, key: str) -> None:
    settings = engines.settings.model_copy(update={"sendgrid_event_key": key})
    with pytest.raises(ValueError, match="SENDGRID_EVENT_KEY is not the verification key that SendGrid shows"):
        create_app(settings, engines.database, engines.client)


async def test_a_report_of_a_message_nobody_knows_is_kept_and_is_no_error(story: Story, hooks: Hooks) -> None:
    source = f"{story.creditor}-nobody"
    event = {"event": "bounce", "sg_event_id": source, "timestamp": 1, "email": "x@havn.example", "message_id": "m1"}
    assert await post(hooks, *batch([event, event], SENDGRID)) == 200
    [row] = kept(story, f"sendgrid:{source}")
    assert (row.message_id, row.case_id, row.word, row.taken_at) == ("m1", None, "failed", None)


async def test_whatever_stands_in_an_event_it_is_read_or_left_out(story: Story, hooks: Hooks) -> None:
    odd: list[Any] = [
        "not an event",
        {"event": "delivered"},
        {"event": 7, "sg_event_id": "x"},
        {"event": "delivered", "sg_event_id": f"{story.creditor}-1", "timestamp": "soon", "email": ["a"], "reason": {}},
        {"event": "deliv\r\nered", "sg_event_id": f"{story.creditor}-2", "timestamp": 10**30, "message_id": "m\u202e"},
        {"event": "open", "sg_event_id": f"{story.creditor}-3", "timestamp": -1, "reason": "<script>" * 200},
    ]
    assert await post(hooks, *batch(odd, SENDGRID)) == 200
    rows = {row.source[-1]: row for row in kept(story, *(f"sendgrid:{story.creditor}-{n}" for n in (1, 2, 3)))}
    assert {n: (row.word, row.said) for n, row in rows.items()} == {
        "1": ("delivered", "delivered"),
        "2": ("other", "deliv ered"),
        "3": ("other", "open"),
    }
    assert len(rows["3"].reason) == 300
    for body in (b"{}", b"[", b"null", json.dumps({"events": []}).encode()):
        signed, headers = batch([], SENDGRID)
        assert signed != body
        assert await post(hooks, body, headers) == 403, "not what was signed"


@pytest.mark.parametrize(("signed", "status"), [("well", 200), ("badly", 403), ("not", 403)])
async def test_twilios_signature_covers_the_address_with_the_id_of_our_message(
    story: Story, hooks: Hooks, signed: Any, status: int
) -> None:
    hook = f"{hooks.url}/hooks/twilio/status?message_id=m-{story.creditor}"
    sid = f"SM{story.creditor}"
    call = partial(story.engines.twilio.call_back, sid, "delivered", url=hook, signed=signed)
    assert await asyncio.to_thread(call) == [status]
    rows = kept(story, f"twilio:{sid}:delivered")
    assert [row.message_id for row in rows] == ([f"m-{story.creditor}"] if status == 200 else [])


async def test_while_temporal_is_away_a_report_is_kept_and_the_sweep_tells_it(story: Story, hooks: Hooks) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    async with hooks.without_temporal():
        assert await hooks.reported("rykker-1", "email", "bounce") == [200]
    assert story.told("not delivered") == []
    assert await follow_deliveries(story, "2026-08-12 12:15") == 1
    assert len(story.told("not delivered")) == 1
