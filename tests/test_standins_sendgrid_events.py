"""SendGrid's event webhook as its own package checks it: signed batches, asked for and on their own."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, get_args

import httpx
import pytest
from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader

from standins.journal import Entry
from standins.sendgrid import SendGridStandin
from standins.sendgrid.events import EventKind, Signed
from standins.sendgrid.server import KEY
from standins.server import Standin, running
from tests.receiver import Receiver

BO, KAI = "faktura@havn.example", "kai@havn.example"
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with running(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def server() -> Iterator[SendGridStandin]:
    with running(SendGridStandin(today=date(2026, 11, 22))) as standin:
        yield standin


def send(server: SendGridStandin, message_id: str = "m-124", to: tuple[str, ...] = (BO,), **more: Any) -> str:
    """The X-Message-Id of a mail that was accepted."""
    value = {
        "personalizations": [{"to": [{"email": one} for one in to]}],
        "from": {"email": "rykker@nordlys.example"},
        "subject": "Rykker",
        "content": [{"type": "text/plain", "value": "Hej"}],
        "categories": ["reminder"],
        "custom_args": {"message_id": message_id},
        **more,
    }
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.post(f"{server.url}/v3/mail/send", json=value, headers=headers, trust_env=False, verify=False)
    assert answer.is_success
    return str(answer.headers.get("X-Message-Id", ""))


def state(server: Standin, change: dict[str, object]) -> None:
    httpx.post(f"{server.url}/__standin/state", json=change, trust_env=False, verify=False).raise_for_status()


def told(entry: Entry) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(entry.body or "")
    return events


def kinds(entry: Entry) -> list[tuple[str, str]]:
    return [(one["email"], one.get("type") or one["event"]) for one in told(entry)]


def is_signed(entry: Entry, key: str) -> bool:
    signature, stamp = (
        entry.headers[name.lower()] for name in (EventWebhookHeader.SIGNATURE, EventWebhookHeader.TIMESTAMP)
    )
    return bool(EventWebhook(key).verify_signature(entry.body, signature, stamp))


def test_a_delivery_is_reported_with_what_the_mail_was_sent_with(server: SendGridStandin, hook: Receiver) -> None:
    mail_id = send(server)
    assert server.events(f"{hook.url}/events", "m-124", "delivered", at=AT) == [204]
    [entry] = hook.journal()
    assert (entry.method, entry.path, entry.headers["content-type"]) == ("POST", "/events", "application/json")
    assert is_signed(entry, server.event_key)
    [event] = told(entry)
    assert 0 < len(event.pop("sg_event_id")) <= 100
    assert event == {
        "email": BO,
        "timestamp": 1795341600,
        "smtp-id": f"<{mail_id}@ismtpd-555>",
        "event": "delivered",
        "category": ["reminder"],
        "sg_message_id": f"{mail_id}.filter0001.16648.5515E0B88.0",
        "response": "250 OK",
        "message_id": "m-124",
    }


def test_every_kind_has_the_fields_that_sendgrid_gives_it(server: SendGridStandin, hook: Receiver) -> None:
    send(server)
    server.events(hook.url, "m-124", *get_args(EventKind))
    [entry] = hook.journal()
    common = {"email", "timestamp", "smtp-id", "event", "category", "sg_event_id", "sg_message_id", "message_id"}
    assert [(one["event"], sorted(one.keys() - common)) for one in told(entry)] == [
        ("processed", []),
        ("deferred", ["attempt", "response"]),
        ("delivered", ["response"]),
        ("bounce", ["bounce_classification", "reason", "status", "type"]),
        ("bounce", ["bounce_classification", "reason", "status", "type"]),
        ("dropped", ["reason"]),
        ("spamreport", []),
        ("open", ["ip", "useragent"]),
    ]
    assert [one["type"] for one in told(entry) if one["event"] == "bounce"] == ["bounce", "blocked"]


def test_every_recipient_has_events_of_its_own_in_the_order_asked_for(server: SendGridStandin, hook: Receiver) -> None:
    send(server, to=(BO, KAI))
    server.events(hook.url, "m-124", "delivered", "processed")
    server.events(hook.url, "m-124", "bounce", address=KAI.upper())
    both, one = hook.journal()
    assert kinds(both) == [(BO, "delivered"), (KAI, "delivered"), (BO, "processed"), (KAI, "processed")]
    assert kinds(one) == [(KAI, "bounce")]
    assert len({event["sg_event_id"] for event in told(both)}) == 4


def test_a_repeated_batch_is_the_same_to_the_byte(server: SendGridStandin, hook: Receiver) -> None:
    send(server)
    assert server.events(hook.url, "m-124", "delivered", times=2) == [204, 204]
    first, again = hook.journal()
    assert (first.body, first.headers) == (again.body, again.headers)


def test_a_mail_that_was_never_accepted_can_be_reported(server: SendGridStandin, hook: Receiver) -> None:
    server.events(hook.url, "m-999", "processed", "delivered", address=KAI)
    first, second = told(hook.journal()[0])
    assert (second["message_id"], second["email"], second["event"]) == ("m-999", KAI, "delivered")
    assert first["sg_message_id"] == second["sg_message_id"]


@pytest.mark.parametrize("signed", get_args(Signed))
def test_the_package_tells_good_signatures_from_bad_ones(
    server: SendGridStandin, hook: Receiver, signed: Signed
) -> None:
    send(server)
    server.events(hook.url, "m-124", "delivered", signed=signed)
    [entry] = hook.journal()
    if signed == "not":
        assert not [name for name in entry.headers if name.startswith("x-twilio")]
    elif signed == "garbled":
        with pytest.raises(binascii.Error):
            is_signed(entry, server.event_key)
    else:
        assert is_signed(entry, server.event_key) is (signed in ("well", "old"))
        age = datetime.now(UTC).timestamp() - int(entry.headers[EventWebhookHeader.TIMESTAMP.lower()])
        assert 0 <= age - (30 * 3600 if signed == "old" else 0) < 60
    assert kinds(entry) == [(BO, "delivered")]


def test_the_key_outlives_a_restart_and_belongs_to_the_account() -> None:
    assert SendGridStandin().event_key == SendGridStandin().event_key
    assert SendGridStandin(api_key="SG.other").event_key != SendGridStandin().event_key


def test_another_process_can_have_events_posted(server: SendGridStandin, hook: Receiver) -> None:
    send(server)
    asked = {"hook": hook.url, "message_id": "m-124", "kinds": ["dropped"], "at": "2026-11-22T10:00:00Z", "times": 2}
    fire = f"{server.url}/__standin/fire"
    answer = httpx.post(fire, json={"events": asked}, trust_env=False, verify=False)
    assert answer.json() == {"answers": {"events": [204, 204]}}
    assert told(hook.journal()[0])[0]["timestamp"] == 1795341600
    for wrong in ({"kinds": ["lost"]}, {"signed": "nicely"}, {"colour": "red"}):
        refused = httpx.post(fire, json={"events": {**asked, **wrong}}, trust_env=False, verify=False)
        assert refused.status_code == 400
    assert len(hook.journal()) == 2


def test_accepted_mails_are_reported_on_their_own(server: SendGridStandin, hook: Receiver) -> None:
    send(server, "m-123")
    state(server, {"events_to": f"{hook.url}/events"})
    send(server, "m-124")
    send(server, "m-125", mail_settings={"sandbox_mode": {"enable": True}})
    [entry] = hook.heard(1)
    assert is_signed(entry, server.event_key)
    assert [one["message_id"] for one in told(entry)] == ["m-124", "m-124"]
    assert kinds(entry) == [(BO, "processed"), (BO, "delivered")]


@pytest.mark.parametrize(
    ("fate", "events"),
    [
        ("bounce", ["processed", "bounce"]),
        ("blocked", ["processed", "blocked"]),
        ("deferred", ["processed", "deferred"]),
        ("dropped", ["dropped"]),
        ("silent", []),
    ],
)
def test_an_address_has_the_fate_that_it_was_given(
    server: SendGridStandin, hook: Receiver, fate: str, events: list[str]
) -> None:
    server.events_to = lambda: hook.url
    state(server, {"fate": {"address": KAI.upper(), "fate": fate}})
    send(server, to=(BO, KAI))
    [entry] = hook.heard(1)
    assert [kind for address, kind in kinds(entry) if address == KAI] == events
    assert [kind for address, kind in kinds(entry) if address == BO] == ["processed", "delivered"]


def test_a_fate_nobody_knows_is_refused_and_a_reset_forgets_fates(server: SendGridStandin, hook: Receiver) -> None:
    with pytest.raises(ValueError, match="known are delivered"):
        server.set_fate(BO, "lost")  # type: ignore[arg-type]
    server.set_fate(BO, "silent")
    server.reset()
    server.events_to = hook.url
    send(server)
    assert kinds(hook.heard(1)[0]) == [(BO, "processed"), (BO, "delivered")]


def test_what_is_not_taken_in_is_told_again_until_it_is(server: SendGridStandin) -> None:
    with running(Receiver(503, 401)) as hook:
        server.events_to = hook.url
        send(server)
        entries = hook.heard(3)
    assert [one.status for one in entries] == [503, 401, 204]
    assert len({one.body for one in entries}) == 1


def test_stop_ends_the_telling_also_while_a_hook_hangs() -> None:
    with running(Receiver()) as hook:
        hook.fault("hang_after_read")
        with running(SendGridStandin(events_to=hook.url)) as server:
            send(server)
            assert hook.wait(lambda entries: any(one.body for one in entries))
        [entry] = hook.journal()
        assert entry.status is None


def test_a_reset_ends_the_telling_and_later_mails_are_told_again(server: SendGridStandin) -> None:
    with running(Receiver(*[503] * 9)) as hook:
        server.events_to = hook.url
        send(server, "m-124")
        hook.heard(1)
        server.reset()
        before = len(hook.heard(1))  # it may have been told once more just before the reset
        send(server, "m-125")
        named = [told(one)[0]["message_id"] for one in hook.heard(before + 2)]
    assert named[:before] == ["m-124"] * before
    assert named[before:] == ["m-125"] * 2, "whose second telling comes when another of m-124 would have come before"
