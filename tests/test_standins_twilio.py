"""Twilio as the real package meets it: texts accepted, listed and refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from standins.outbox import Outbox
from standins.server import running
from standins.twilio import TwilioStandin
from standins.twilio.codes import CODES
from standins.twilio.server import SID, TOKEN
from standins.twilio.texts import segments

TO = "+4520123401"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def server(outbox: Path) -> Iterator[TwilioStandin]:
    with running(TwilioStandin(outbox=Outbox(outbox), today=date(2026, 11, 22))) as standin:
        yield standin


@pytest.fixture
def client(server: TwilioStandin) -> Client:
    return connected(server)


def connected(server: TwilioStandin, token: str = TOKEN, sid: str = SID) -> Client:
    # Without a pool each request closes its connection, so that no socket outlives a test.
    client = Client(sid, token, http_client=TwilioHttpClient(pool_connections=False, timeout=1.5))
    client.api.base_url = server.url
    return client


def send(client: Client, to: str = TO, body: str = "Hej Bo. Faktura 1001 forfaldt 14.11. Æøå", **more: Any) -> Any:
    return client.messages.create(to=to, body=body, **{"from_": "Nordlys", **more})


def test_an_accepted_text_is_on_record_and_in_the_outbox(server: TwilioStandin, client: Client, outbox: Path) -> None:
    sent = send(client, status_callback="https://app.example/hooks?m=42", validity_period=3600)
    assert (sent.status, sent.to, sent.from_, sent.num_segments) == ("queued", TO, "Nordlys", "1")
    assert sent.sid.startswith("SM")
    assert len(sent.sid) == 34
    assert sent.date_created.date() in (date(2026, 11, 21), date(2026, 11, 22))
    [text] = server.texts()
    assert (text.sid, text.body[-3:], text.validity) == (sent.sid, "Æøå", "3600")
    assert text.callback == "https://app.example/hooks?m=42"
    [written] = outbox.iterdir()
    assert written.name == "0001-+4520123401.sms.txt"
    assert written.read_text("utf-8").endswith("\n\nHej Bo. Faktura 1001 forfaldt 14.11. Æøå")


def test_the_recorded_texts_are_shown_to_other_processes(server: TwilioStandin, client: Client) -> None:
    send(client)
    [text] = httpx.get(server.url + "/__standin/texts", trust_env=False, verify=False).json()["texts"]
    assert (text["to"], text["sender"], text["status"]) == (TO, "Nordlys", "queued")


def test_a_messaging_service_accepts_without_a_sender(client: Client) -> None:
    sent = client.messages.create(to=TO, body="Hej", messaging_service_sid="MG" + "0" * 32)
    assert (sent.status, sent.from_, sent.num_segments) == ("accepted", None, "0")


def test_sent_texts_can_be_found_again(server: TwilioStandin, client: Client) -> None:
    sids = [send(client, body=f"Nummer {n}").sid for n in range(5)]
    send(client, to="+4520123402")
    day = server.now().date()
    found = client.messages.list(to=TO, date_sent=day, page_size=2)
    assert [one.sid for one in found] == sids[::-1]
    assert client.messages.list(to=TO, date_sent=date(2026, 11, 1)) == []
    assert len(client.messages.list(date_sent_after=day)) == 6
    assert client.messages.list(date_sent_before=date(2026, 11, 1)) == []
    everything = f"{server.url}/2010-04-01/Accounts/{SID}/Messages.json?To=&From=&DateSent="
    listed = httpx.get(everything, auth=(SID, TOKEN), trust_env=False, verify=False).json()["messages"]
    assert len(listed) == 6
    assert client.messages(sids[0]).fetch().body == "Nummer 0"
    with pytest.raises(TwilioRestException) as unknown:
        client.messages("SM" + "0" * 32).fetch()
    assert unknown.value.code == 20404


def test_what_became_of_a_text_can_be_set(server: TwilioStandin, client: Client) -> None:
    sid = send(client).sid
    change = {"status": {"sid": sid, "status": "undelivered", "error_code": 30005}}
    assert httpx.post(server.url + "/__standin/state", json=change, trust_env=False, verify=False).status_code == 200
    later = client.messages(sid).fetch()
    assert (later.status, later.error_code) == ("undelivered", 30005)
    assert later.date_sent is not None


def test_wrong_credentials(server: TwilioStandin) -> None:
    with pytest.raises(TwilioRestException) as wrong:
        send(connected(server, token="other"))
    assert (wrong.value.status, wrong.value.code) == (401, 20003)
    path = f"{server.url}/2010-04-01/Accounts/AC1/Messages.json"
    other = httpx.post(path, data={"To": TO}, auth=(SID, TOKEN), trust_env=False, verify=False)
    assert (other.status_code, other.json()["code"]) == (404, 20404)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_number_that_provokes_it(server: TwilioStandin, client: Client, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        send(client, to=f"+45201{code}")
    assert (refused.value.code, refused.value.status) == (code, CODES[code][0])
    assert server.texts() == []


def test_any_number_can_be_given_a_code_and_a_stop_holds_until_start(server: TwilioStandin, client: Client) -> None:
    server.opt_out(TO)
    for _ in range(2):
        with pytest.raises(TwilioRestException) as refused:
            send(client)
        assert refused.value.code == 21610
    server.opt_in(TO)
    assert send(client).status == "queued"
    server.set_code(TO, 21614)
    with pytest.raises(TwilioRestException) as landline:
        send(client)
    assert landline.value.code == 21614


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": "Nordlys", "Body": "x"}, 21604),
        ({"To": TO, "Body": "x"}, 21603),
        ({"To": TO, "From": "Nordlys"}, 21602),
        ({"To": TO, "From": "Nordlys", "Body": "x" * 1601}, 21617),
        ({"To": "20123401", "From": "Nordlys", "Body": "x"}, 21211),
    ],
)
def test_what_is_missing_is_refused(server: TwilioStandin, form: dict[str, str], code: int) -> None:
    path = f"{server.url}/2010-04-01/Accounts/{SID}/Messages.json"
    refused = httpx.post(path, data=form, auth=(SID, TOKEN), trust_env=False, verify=False)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


def test_a_revoked_account_can_answer_in_the_newer_form(server: TwilioStandin, client: Client) -> None:
    server.fault("revoke", status=403)
    with pytest.raises(TwilioServiceException) as forbidden:
        send(client)
    assert forbidden.value.detail == "Permission denied."


@pytest.mark.parametrize(
    ("kind", "raises", "recorded"),
    [
        ("drop_after_read", requests.exceptions.ConnectionError, 0),
        ("drop_after_effect", requests.exceptions.ConnectionError, 1),
        ("hang_after_effect", requests.exceptions.ReadTimeout, 1),
        ("cut", requests.exceptions.ChunkedEncodingError, 1),
        ("bad_json", json.JSONDecodeError, 1),
        ("status_after_effect", TwilioRestException, 1),
        ("refuse", requests.exceptions.ConnectionError, 0),
    ],
)
def test_lost_answers_look_as_the_package_shows_them(
    server: TwilioStandin, client: Client, kind: str, raises: type[Exception], recorded: int
) -> None:
    server.fault(kind, **({"seconds": 0} if kind == "refuse" else {}))
    with pytest.raises(raises):
        send(client)
    assert len(server.texts()) == recorded


def test_an_empty_answer_passes_without_a_sid(server: TwilioStandin, client: Client) -> None:
    server.fault("empty")
    assert send(client).sid is None
    assert len(server.texts()) == 1


@pytest.mark.parametrize(
    ("body", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("æ" * 160, 1), ("€" * 81, 2), ("á" * 70, 1), ("á" * 71, 2), ("a\u00a0" * 36, 2)],
)
def test_segments_are_counted_as_the_networks_do(body: str, parts: int) -> None:
    assert segments(body) == parts
