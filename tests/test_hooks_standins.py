"""The stand-ins post what comes in also for another process, over their control paths."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import httpx

from standins.sendgrid.server import SendGridStandin
from standins.server import Standin, running
from standins.twilio.server import TwilioStandin


def fire(standin: Standin, what: dict[str, object]) -> httpx.Response:
    return httpx.post(f"{standin.url}/__standin/fire", json=what, trust_env=False)


def test_a_mail_and_a_text_are_posted_over_the_control_path() -> None:
    with running(Standin()) as hook, running(SendGridStandin()) as sendgrid, running(TwilioStandin()) as twilio:
        mail = {"hook": f"{hook.url}/mail", "to": "reply+a.b@x.example", "sender": "bo@havn.example", "kind": "latin1"}
        assert fire(sendgrid, {"inbound": mail}).json() == {"answers": {"inbound": [404]}}
        text = {
            "hook": f"{hook.url}/text?x=1",
            "sender": "+4520123401",
            "to": "+4592450000",
            "body": "STOP",
            "times": 2,
        }
        assert fire(twilio, {"inbound": text}).json() == {"answers": {"inbound": [404, 404]}}
        posted, first, again = hook.journal()
        assert 'name="charsets"' in (posted.body or "")
        assert first.body == again.body
        assert first.headers["i-twilio-idempotency-token"] == again.headers["i-twilio-idempotency-token"]
        assert parse_qs(first.body or "")["Body"] == ["STOP"]
        assert (first.path, first.query) == ("/text", {"x": "1"})


def test_an_unknown_word_is_refused_and_an_absent_hook_is_told() -> None:
    with running(TwilioStandin()) as twilio, running(Standin()) as gone:
        nowhere = gone.url
    with running(twilio):
        assert fire(twilio, {"outbound": {}}).status_code == 400
        assert fire(twilio, {"inbound": {"hook": nowhere}}).status_code == 400
        text = {"hook": nowhere, "sender": "+4520123401", "to": "+4592450000"}
        assert fire(twilio, {"inbound": text}).json() == {"answers": {"inbound": [0]}}
        assert fire(twilio, json.loads("{}")).json() == {"answers": {}}
