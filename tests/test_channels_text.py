"""The SMS port against a loopback Twilio: every way a send can end, and what may be said about it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.channels.text import TwilioText, code_in
from models.dispatch import TextMessage
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown
from standins.server import Standin, running
from standins.twilio import TwilioStandin

SID, TOKEN = "AC" + "5" * 32, "standin-token"
# Longer than a name may be, so that the resolver gives up without asking anyone.
NOWHERE = "https://" + ".".join(["a" * 60] * 5)
NOW = datetime(2026, 8, 11, 7, 0, tzinfo=UTC)
MESSAGE = TextMessage(message_id="m-124", to="+4520123456", body="Hej Ærø. Faktura 1001, sag K7Q2")


@pytest.fixture(scope="module")
def server() -> Iterator[TwilioStandin]:
    with running(TwilioStandin()) as standin:
        yield standin


@pytest.fixture
def twilio(server: TwilioStandin) -> Iterator[TwilioStandin]:
    server.reset()
    yield server
    server.reset()


def port(standin: Standin, **settings: Any) -> TwilioText:
    defaults = {"timeout": 5.0, "deadline": 10.0, "clock": lambda: NOW}
    return TwilioText(SID, TOKEN, "Nordlys", standin.url, **{**defaults, **settings})


def told(outcome: Outcome) -> str:
    return outcome.model_dump_json()


def test_an_accepted_text_arrives_once_as_it_was_written(twilio: TwilioStandin) -> None:
    outcome = port(twilio, status_callback="https://app.example.dk/hooks/twilio/status").send(MESSAGE)

    (text,) = twilio.texts()
    assert outcome == Accepted(reference=text.sid)
    assert (text.to, text.sender, text.body) == (MESSAGE.to, "Nordlys", MESSAGE.body)
    assert text.validity == "14400"
    assert text.callback == "https://app.example.dk/hooks/twilio/status?message_id=m-124"


def test_sends_at_the_same_time_do_not_get_each_others_answers(twilio: TwilioStandin) -> None:
    one_port = port(twilio)
    messages = [MESSAGE.model_copy(update={"to": f"+45201234{place:02}"}) for place in range(16)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one_port.send, messages))
    recorded = {text.to: text.sid for text in twilio.texts()}
    assert outcomes == [Accepted(reference=recorded[message.to]) for message in messages]


def test_without_a_public_address_no_callback_is_asked_for(twilio: TwilioStandin) -> None:
    port(twilio).send(MESSAGE)
    assert twilio.texts()[0].callback == ""


FAULTS: list[tuple[dict[str, Any], type[Outcome], int]] = [
    ({"kind": "refuse", "seconds": 0}, NotSent, 0),
    ({"kind": "status", "status": 429, "body": '{"code": 20429, "message": "Too Many Requests"}'}, NotSent, 0),
    *(({"kind": "status", "status": status}, Refused, 0) for status in (400, 401, 403, 404, 405)),
    ({"kind": "html", "status": 413}, Refused, 0),
    *(({"kind": "status", "status": status}, Unknown, 0) for status in (500, 503, 504)),
    ({"kind": "html", "status": 502}, Unknown, 0),
    ({"kind": "html", "status": 503}, Unknown, 0),
    ({"kind": "html", "status": 200}, Unknown, 0),
    ({"kind": "status", "status": 201, "body": "[]"}, Unknown, 0),
    ({"kind": "status", "status": 201, "body": '{"sid": null}'}, Unknown, 0),
    ({"kind": "status", "status": 201, "body": "{}", "headers": {"Content-Encoding": "gzip"}}, Unknown, 0),
    ({"kind": "status_after_effect", "status": 500}, Unknown, 1),
    ({"kind": "hang_before_read"}, Unknown, 0),
    ({"kind": "hang_after_read"}, Unknown, 0),
    ({"kind": "hang_after_effect"}, Unknown, 1),
    ({"kind": "drop_before_read"}, Unknown, 0),
    ({"kind": "drop_after_read"}, Unknown, 0),
    ({"kind": "drop_after_effect"}, Unknown, 1),
    ({"kind": "drop_before_read", "rst": True}, Unknown, 0),
    ({"kind": "drop_after_read", "rst": True}, Unknown, 0),
    ({"kind": "drop_after_effect", "rst": True}, Unknown, 1),
    ({"kind": "slow", "seconds": 5.0}, Unknown, 1),
    ({"kind": "slow", "seconds": 0.05}, Accepted, 1),
    ({"kind": "cut"}, Unknown, 1),
    ({"kind": "bad_json"}, Unknown, 1),
    ({"kind": "empty"}, Unknown, 1),
    ({"kind": "revoke"}, Refused, 0),
]


def patience(fault: dict[str, Any]) -> float:
    """Seconds: short only where no answer comes, so that a busy machine is not taken for a silent one."""
    return 0.8 if fault["kind"].startswith("hang") or fault.get("seconds") == 5.0 else 5.0


@pytest.mark.parametrize(("fault", "kind", "recorded"), FAULTS, ids=lambda value: str(value))
def test_every_fault_has_its_outcome_and_leaves_at_most_one_text(
    twilio: TwilioStandin, fault: dict[str, Any], kind: type[Outcome], recorded: int
) -> None:
    twilio.fault(**fault)
    outcome = port(twilio, timeout=patience(fault)).send(MESSAGE)
    assert type(outcome) is kind
    assert twilio.wait(lambda seen: any(one.effect for one in seen) or not recorded)
    assert len(twilio.texts()) == recorded
    assert len(twilio.journal()) <= 1
    assert not any(secret in told(outcome) for secret in (TOKEN, "20123456", "Ærø"))


def test_a_dripping_answer_is_given_up_at_the_deadline(twilio: TwilioStandin) -> None:
    twilio.fault("slow", seconds=20.0, drip=True)
    outcome = port(twilio, deadline=1.0).send(MESSAGE)
    assert outcome == Unknown(reason="no complete answer within 1 s")
    assert len(twilio.texts()) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_revoked_in_mid_run_stop_the_channel(twilio: TwilioStandin, status: int) -> None:
    first = port(twilio).send(MESSAGE)
    twilio.fault("revoke", status=status)
    second = port(twilio).send(MESSAGE)
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.channel_stopped
    assert "20003" in second.reason


@pytest.mark.parametrize(
    ("code", "unusable", "opted_out", "stopped"),
    [
        (21211, True, False, False),
        (21614, True, False, False),
        (21610, False, True, False),
        (21408, False, False, False),
        (21608, False, False, False),
        (21612, False, False, False),
        (21617, False, False, False),
        (21606, False, False, True),
        (20404, False, False, True),
        (20003, False, False, True),
    ],
)
def test_each_code_says_whether_number_or_account_is_at_fault(
    twilio: TwilioStandin, code: int, unusable: bool, opted_out: bool, stopped: bool
) -> None:
    twilio.set_code(MESSAGE.to, code)
    outcome = port(twilio).send(MESSAGE)
    assert isinstance(outcome, Refused)
    assert (outcome.address_unusable, outcome.opted_out, outcome.channel_stopped) == (unusable, opted_out, stopped)
    assert code_in(outcome.reason) == str(code)
    assert "20123456" not in outcome.reason


def test_stop_holds_until_start(twilio: TwilioStandin) -> None:
    twilio.opt_out(MESSAGE.to)
    assert isinstance(port(twilio).send(MESSAGE), Refused)
    twilio.opt_in(MESSAGE.to)
    assert isinstance(port(twilio).send(MESSAGE), Accepted)


def test_the_answers_own_status_counts_and_not_the_one_in_its_body(twilio: TwilioStandin) -> None:
    body = '{"type": "about:blank", "title": "x", "status": 403, "code": 20003}'
    twilio.fault("status", status=503, body=body)
    assert isinstance(port(twilio).send(MESSAGE), Unknown)


def test_a_rate_limit_says_when_to_come_again(twilio: TwilioStandin) -> None:
    twilio.fault("status", status=429, headers={"Retry-After": "12"})
    outcome = port(twilio).send(MESSAGE)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_at == NOW + timedelta(seconds=12)
    twilio.set_code(MESSAGE.to, 20429)
    silent = port(twilio).send(MESSAGE)
    assert isinstance(silent, NotSent)
    assert silent.retry_at == NOW + timedelta(minutes=1), "it names no time"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_its_target_sees_no_credentials(twilio: TwilioStandin, status: int) -> None:
    with running(TwilioStandin()) as other:
        twilio.fault("redirect", status=status, location=f"{other.url}/2010-04-01/Accounts/{SID}/Messages.json")
        assert isinstance(port(twilio).send(MESSAGE), Refused)
        assert other.journal() == []
    assert twilio.texts() == []


def test_a_name_that_does_not_resolve_was_certainly_not_sent_to() -> None:
    assert isinstance(TwilioText(SID, TOKEN, "Nordlys", NOWHERE, timeout=0.5).send(MESSAGE), NotSent)


def test_a_server_without_tls_where_tls_is_asked_for_is_unknown(twilio: TwilioStandin) -> None:
    text = TwilioText(SID, TOKEN, "Nordlys", twilio.url.replace("http:", "https:"), timeout=0.5)
    assert isinstance(text.send(MESSAGE), Unknown)


def test_proxies_of_the_environment_are_not_used_on_loopback(
    twilio: TwilioStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert isinstance(port(twilio, environment_proxies=True).send(MESSAGE), Accepted)


def test_nothing_personal_and_no_token_reaches_the_log(twilio: TwilioStandin, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    port(twilio).send(MESSAGE)
    twilio.set_code(MESSAGE.to, 21211)
    outcome = port(twilio).send(MESSAGE)
    assert not any(secret in caplog.text + told(outcome) for secret in (TOKEN, "20123456", "Ærø", "Basic"))


def test_only_https_or_loopback_is_spoken_to() -> None:
    with pytest.raises(ValueError, match="https"):
        TwilioText(SID, TOKEN, "Nordlys", "http://api.twilio.com")
    with pytest.raises(ValueError, match="auth token"):
        TwilioText(SID, "", "Nordlys")
    with pytest.raises(ValueError, match="no sender of texts is named"):
        TwilioText(SID, TOKEN, "")


@pytest.mark.parametrize("change", [{"to": "20123456"}, {"to": "+45 20 12"}, {"body": ""}, {"body": "x" * 1601}])
def test_a_text_that_twilio_must_refuse_cannot_be_made(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        TextMessage.model_validate({**MESSAGE.model_dump(), **change})
    assert change.get("to", "nothing") not in str(refused.value)
