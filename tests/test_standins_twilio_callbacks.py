"""Twilio's status callbacks as its own package checks them: asked for, on their own, and before the answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from standins.hooks import Line
from standins.journal import Entry
from standins.server import Standin, running
from standins.twilio import TwilioStandin
from standins.twilio.callbacks import report
from standins.twilio.server import SID, TOKEN
from tests.receiver import Receiver

TO = "+4520123401"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with running(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def server() -> Iterator[TwilioStandin]:
    with running(TwilioStandin(today=date(2026, 11, 22))) as standin:
        yield standin


def send(server: TwilioStandin, callback: str | None, to: str = TO, **more: Any) -> Any:
    client = Client(SID, TOKEN, http_client=TwilioHttpClient(pool_connections=False, timeout=5))
    client.api.base_url = server.url
    options = {"from_": "Nordlys", **({"status_callback": callback} if callback is not None else {}), **more}
    return client.messages.create(to=to, body="Hej Bo", **options)


def at(hook: Standin) -> str:
    """The address with which our texts come."""
    return f"{hook.url}/hooks/twilio/status?message_id=m-124"


def control(server: Standin, path: str, what: dict[str, object]) -> httpx.Response:
    return httpx.post(f"{server.url}/__standin/{path}", json=what, trust_env=False, verify=False)


def form(entry: Entry) -> dict[str, str]:
    return dict(parse_qsl(entry.body or "", keep_blank_values=True))


def statuses(entries: list[Entry]) -> list[str]:
    return [form(entry)["MessageStatus"] for entry in entries]


def is_signed(entry: Entry, address: str) -> bool:
    signature = entry.headers.get("x-twilio-signature", "")
    return bool(RequestValidator(TOKEN).validate(address, form(entry), signature))


def test_what_became_of_a_text_is_told_to_the_address_it_came_with(server: TwilioStandin, hook: Receiver) -> None:
    sent = send(server, at(hook))
    assert server.call_back(sent.sid, "delivered") == [204]
    [entry] = hook.journal()
    assert (entry.path, entry.query) == ("/hooks/twilio/status", {"message_id": "m-124"})
    assert entry.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert is_signed(entry, at(hook))
    assert not is_signed(entry, f"{hook.url}/hooks/twilio/status?message_id=m-125")
    told = form(entry)
    assert len(told.pop("RawDlrDoneDate")) == 10
    assert told == {
        "MessageSid": sent.sid,
        "SmsSid": sent.sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": SID,
        "From": "Nordlys",
        "To": TO,
        "ApiVersion": "2010-04-01",
    }
    # Told by hand, it changes nothing on record.
    assert server.texts()[0].status == "queued"


def test_statuses_come_in_the_order_asked_for_and_as_often(server: TwilioStandin, hook: Receiver) -> None:
    send(server, at(hook))
    assert server.call_back(at(hook), "undelivered", "sent", error_code=30005, times=2) == [204] * 4
    entries = hook.journal()
    assert statuses(entries) == ["undelivered", "undelivered", "sent", "sent"]
    assert [form(entry).get("ErrorCode") for entry in entries] == ["30005", "30005", None, None]
    tokens = [entry.headers["i-twilio-idempotency-token"] for entry in entries]
    assert [tokens[0] == tokens[1], tokens[1] == tokens[2], tokens[2] == tokens[3]] == [True, False, True]


def test_a_text_that_was_never_accepted_can_be_told_of(server: TwilioStandin, hook: Receiver) -> None:
    unknown = "SM" + "0" * 32
    server.call_back(unknown, "delivered", url=at(hook))
    server.call_back(at(hook), "delivered")
    by_sid, by_address = hook.journal()
    assert form(by_sid)["MessageSid"] == unknown
    assert form(by_address)["MessageSid"] not in ("", unknown)
    assert is_signed(by_sid, at(hook))
    assert is_signed(by_address, at(hook))
    with pytest.raises(ValueError, match="say `url`"):
        server.call_back(unknown, "delivered")


def test_a_bad_signature_and_none(server: TwilioStandin, hook: Receiver) -> None:
    send(server, at(hook))
    server.call_back(at(hook), "sent", signed="badly")
    server.call_back(at(hook), "sent", signed="not")
    badly, unsigned = hook.journal()
    assert badly.headers["x-twilio-signature"]
    assert not is_signed(badly, at(hook))
    assert "x-twilio-signature" not in unsigned.headers


def test_another_process_can_have_a_callback_made(server: TwilioStandin, hook: Receiver) -> None:
    sent = send(server, at(hook), from_=None, messaging_service_sid="MG" + "0" * 32)
    asked = {"sid": sent.sid, "statuses": ["failed"], "error_code": 30007}
    assert control(server, "fire", {"status": asked}).json() == {"answers": {"status": [204]}}
    told = form(hook.journal()[0])
    assert (told["ErrorCode"], told["MessagingServiceSid"], told["From"]) == ("30007", "MG" + "0" * 32, "")
    assert control(server, "fire", {"status": {**asked, "colour": "red"}}).status_code == 400


@pytest.mark.parametrize("address", ["ftp://app.example/cb", "app.example/cb", "https://", "http://my_app.example/cb"])
def test_an_address_that_cannot_be_called_back_is_refused(server: TwilioStandin, address: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        send(server, address)
    assert (refused.value.status, refused.value.code) == (400, 21609)
    assert server.texts() == []


def test_accepted_texts_are_followed_by_what_becomes_of_them(server: TwilioStandin, hook: Receiver) -> None:
    control(server, "state", {"calls_back": True}).raise_for_status()
    sent = send(server, at(hook))
    assert sent.status == "queued"
    entries = hook.heard(2)
    assert statuses(entries) == ["sent", "delivered"]
    assert all(is_signed(entry, at(hook)) for entry in entries)
    assert server.texts()[0].status == "delivered"


@pytest.mark.parametrize(
    ("fate", "told", "seen"),
    [
        ({"fate": "undelivered", "error_code": 30005}, ["sent", "undelivered"], ("undelivered", 30005)),
        ({"fate": "failed"}, ["failed"], ("failed", 30008)),
        ({"fate": "sent"}, ["sent"], ("sent", None)),
        ({"fate": "silent"}, [], ("queued", None)),
    ],
)
def test_a_number_has_the_fate_that_it_was_given(
    hook: Receiver, fate: dict[str, object], told: list[str], seen: tuple[str, int | None]
) -> None:
    with running(TwilioStandin(calls_back=True)) as server:
        control(server, "state", {"fate": {"number": TO, **fate}}).raise_for_status()
        send(server, at(hook))
        # The hook has heard all of the first text, or nothing, when it hears of another number.
        hook.heard(len(told))
        send(server, f"{hook.url}/other", to="+4520123402")
        entries = hook.heard(len(told) + 2)
        assert statuses([one for one in entries if one.path == "/hooks/twilio/status"]) == told
        text = server.texts()[0]
        assert (text.status, text.error_code) == seen


def test_the_list_shows_why_a_text_did_not_arrive(hook: Receiver) -> None:
    with running(TwilioStandin(calls_back=True)) as server:
        server.set_fate(TO, "undelivered", 30005)
        sid = send(server, at(hook)).sid
        hook.heard(2)
        client = Client(SID, TOKEN, http_client=TwilioHttpClient(pool_connections=False, timeout=5))
        client.api.base_url = server.url
        [found] = client.messages.list(to=TO, date_sent=server.now().date())
    assert (found.sid, found.status, found.error_code) == (sid, "undelivered", 30005)
    assert found.error_message == "Unknown destination handset"
    assert found.date_sent is not None


def test_a_fate_nobody_knows_is_refused_and_a_reset_forgets_fates(hook: Receiver) -> None:
    with running(TwilioStandin(calls_back=True)) as server:
        with pytest.raises(ValueError, match="known are delivered"):
            server.set_fate(TO, "lost")  # type: ignore[arg-type]
        server.set_fate(TO, "silent")
        server.reset()
        send(server, at(hook))
        assert statuses(hook.heard(2)) == ["sent", "delivered"]


def test_an_absent_hook_is_called_once_more(server: TwilioStandin) -> None:
    with running(Receiver()) as hook:
        send(server, at(hook))
    told = report(server.texts()[0], "sent", 30008, TOKEN, server.now())
    assert (told.post(Line()), len(told.pauses)) == (False, 1)
    with running(hook):
        assert told.post(Line())
        assert statuses(hook.journal()) == ["sent"]


def test_a_hook_that_does_not_want_it_is_not_called_again(server: TwilioStandin) -> None:
    server.calls_back = True
    with running(Receiver(500, 403)) as hook:
        send(server, at(hook))
        entries = hook.heard(2)
    assert [(one.status, form(one)["MessageStatus"]) for one in entries] == [(500, "sent"), (403, "delivered")]


def test_a_callback_can_come_before_the_answer(server: TwilioStandin) -> None:
    answered, seen = threading.Event(), []
    with running(Receiver(meanwhile=lambda: seen.append(answered.is_set()))) as hook:
        control(server, "state", {"early_callbacks": True}).raise_for_status()
        sent = send(server, at(hook))
        answered.set()
        assert sent.status == "queued"
        assert statuses(hook.journal()) == ["sent", "delivered"]
        assert seen == [False, False]
        server.reset()
        send(server, at(hook))
        assert len(hook.journal()) == 2
