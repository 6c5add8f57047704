"""The mail port against a loopback SendGrid: every way a send can end, and what may be said about it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from socket import create_server, socket
from threading import Thread
from typing import Any

import pytest
from pydantic import ValidationError

from activities.channels.mail import SendGridMail
from models.dispatch import Attachment, MailAddress, MailMessage
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown
from standins.sendgrid import SendGridStandin
from standins.server import Standin, running

KEY = "SG.standin-key"
# Longer than a name may be, so that the resolver gives up without asking anyone.
NOWHERE = "https://" + ".".join(["a" * 60] * 5)
NOW = datetime(2026, 8, 11, 7, 0, tzinfo=UTC)
MESSAGE = MailMessage(
    message_id="m-123",
    to=(MailAddress(address="bo@aero-vaerktoj.example", name="Ærø Værktøj ApS"),),
    sender=MailAddress(address="rykker@nordlys.example", name="Nordlys ApS"),
    reply_to=MailAddress(address="bogholderi@nordlys.example"),
    subject="Påmindelse om faktura 1001",
    text="Hej\n",
    html="<p>Hej</p>\n",
)
PDF = Attachment(filename="faktura-1001.pdf", content=b"%PDF-1.4 ...")


@pytest.fixture(scope="module")
def server() -> Iterator[SendGridStandin]:
    with running(SendGridStandin()) as standin:
        yield standin


@pytest.fixture
def sendgrid(server: SendGridStandin) -> Iterator[SendGridStandin]:
    server.reset()
    yield server
    server.reset()


def port(standin: Standin, **settings: Any) -> SendGridMail:
    return SendGridMail(KEY, standin.url, **{"timeout": 5.0, "deadline": 10.0, "clock": lambda: NOW, **settings})


def told(outcome: Outcome) -> str:
    return outcome.model_dump_json()


def test_an_accepted_mail_arrives_once_as_it_was_written(sendgrid: SendGridStandin) -> None:
    message = MESSAGE.model_copy(update={"attachments": (PDF,)})
    outcome = port(sendgrid).send(message)

    (mail,) = sendgrid.mails()
    assert outcome == Accepted(reference=mail.id)
    assert mail.to == ("bo@aero-vaerktoj.example",)
    assert mail.sender == "Nordlys ApS <rykker@nordlys.example>"
    assert mail.reply_to == "bogholderi@nordlys.example"
    assert (mail.subject, mail.text, mail.html) == (message.subject, message.text, message.html)
    assert mail.custom_args == {"message_id": "m-123"}
    assert mail.headers == {"X-Entity-Ref-ID": "m-123"}
    assert [(file.name, file.kind, file.content) for file in mail.attachments] == [
        ("faktura-1001.pdf", "application/pdf", PDF.content)
    ]


def test_tracking_is_off_and_neither_groups_nor_bypasses_are_used(sendgrid: SendGridStandin) -> None:
    port(sendgrid).send(MESSAGE)
    body = sendgrid.journal()[0].body or ""
    assert '"click_tracking": {"enable": false, "enable_text": false}, "open_tracking": {"enable": false}' in body
    assert not any(word in body for word in ("asm", "bypass", "mail_settings", "categories"))


def test_all_addresses_of_a_customer_stand_in_one_mail(sendgrid: SendGridStandin) -> None:
    to = (MailAddress(address="bo@aero.example"), MailAddress(address="ida@aero.example"))
    port(sendgrid).send(MESSAGE.model_copy(update={"to": to}))
    assert [mail.to for mail in sendgrid.mails()] == [("bo@aero.example", "ida@aero.example")]


NOT_SENT, UNKNOWN, REFUSED = NotSent, Unknown, Refused
FAULTS: list[tuple[dict[str, Any], type[Outcome], int]] = [
    ({"kind": "refuse", "seconds": 0}, NOT_SENT, 0),
    ({"kind": "status", "status": 429}, NOT_SENT, 0),
    *(({"kind": "status", "status": status}, REFUSED, 0) for status in (400, 401, 403, 404, 405, 413, 415, 451)),
    ({"kind": "html", "status": 413}, REFUSED, 0),
    ({"kind": "status", "status": 200}, REFUSED, 0),
    ({"kind": "html", "status": 200}, UNKNOWN, 0),
    ({"kind": "status", "status": 204}, UNKNOWN, 0),
    *(({"kind": "status", "status": status}, UNKNOWN, 0) for status in (408, 418, 500, 503, 504)),
    ({"kind": "html", "status": 502}, UNKNOWN, 0),
    ({"kind": "html", "status": 503}, UNKNOWN, 0),
    ({"kind": "status_after_effect", "status": 500}, UNKNOWN, 1),
    ({"kind": "hang_before_read"}, UNKNOWN, 0),
    ({"kind": "hang_after_read"}, UNKNOWN, 0),
    ({"kind": "hang_after_effect"}, UNKNOWN, 1),
    ({"kind": "drop_before_read"}, UNKNOWN, 0),
    ({"kind": "drop_after_read"}, UNKNOWN, 0),
    ({"kind": "drop_after_effect"}, UNKNOWN, 1),
    ({"kind": "drop_before_read", "rst": True}, UNKNOWN, 0),
    ({"kind": "drop_after_read", "rst": True}, UNKNOWN, 0),
    ({"kind": "drop_after_effect", "rst": True}, UNKNOWN, 1),
    ({"kind": "slow", "seconds": 5.0}, UNKNOWN, 1),
    ({"kind": "slow", "seconds": 0.05}, Accepted, 1),
    ({"kind": "cut"}, UNKNOWN, 1),
    ({"kind": "bad_json"}, Accepted, 1),
    ({"kind": "empty"}, Accepted, 1),
    ({"kind": "revoke"}, REFUSED, 0),
]


def patience(fault: dict[str, Any]) -> float:
    """Seconds: short only where no answer comes, so that a busy machine is not taken for a silent one."""
    return 0.8 if fault["kind"].startswith("hang") or fault.get("seconds") == 5.0 else 5.0


@pytest.mark.parametrize(("fault", "kind", "recorded"), FAULTS, ids=lambda value: str(value))
def test_every_fault_has_its_outcome_and_leaves_at_most_one_mail(
    sendgrid: SendGridStandin, fault: dict[str, Any], kind: type[Outcome], recorded: int
) -> None:
    sendgrid.fault(**fault)
    outcome = port(sendgrid, timeout=patience(fault)).send(MESSAGE)
    assert type(outcome) is kind
    assert sendgrid.wait(lambda seen: any(one.effect for one in seen) or not recorded)
    assert len(sendgrid.mails()) == recorded
    assert len(sendgrid.journal()) <= 1
    assert not any(secret in told(outcome) for secret in (KEY, "aero", "nordlys", "Hej"))


def test_an_accepted_mail_without_an_id_is_still_accepted(sendgrid: SendGridStandin) -> None:
    sendgrid.fault("status", status=202)
    assert port(sendgrid).send(MESSAGE) == Accepted(reference="")


def test_a_dripping_answer_is_given_up_at_the_deadline(sendgrid: SendGridStandin) -> None:
    sendgrid.fault("slow", seconds=20.0, drip=True)
    outcome = port(sendgrid, deadline=1.0).send(MESSAGE)
    assert outcome == Unknown(reason="no complete answer within 1 s")
    assert len(sendgrid.mails()) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_revoked_in_mid_run_stops_the_channel(sendgrid: SendGridStandin, status: int) -> None:
    first = port(sendgrid).send(MESSAGE)
    sendgrid.fault("revoke", status=status)
    second = port(sendgrid).send(MESSAGE)
    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert second.channel_stopped
    assert not second.address_unusable


def test_a_wrong_key_and_an_unverified_sender_stop_the_channel() -> None:
    with running(SendGridStandin(verified_senders=frozenset({"other@nordlys.example"}))) as standin:
        stranger = SendGridMail("SG.other", standin.url, timeout=5.0).send(MESSAGE)
        unverified = port(standin).send(MESSAGE)
    assert isinstance(stranger, Refused)
    assert isinstance(unverified, Refused)
    assert stranger.channel_stopped
    assert unverified.channel_stopped


def test_sandbox_mode_is_an_alarm_and_not_a_sent_mail(sendgrid: SendGridStandin) -> None:
    sendgrid.fault("status", status=200)
    outcome = port(sendgrid).send(MESSAGE)
    assert isinstance(outcome, Refused)
    assert outcome.channel_stopped
    assert "sandbox" in outcome.reason


def test_a_bad_recipient_is_told_apart_from_a_bad_message(sendgrid: SendGridStandin) -> None:
    bad_to = port(sendgrid).send(MESSAGE.model_copy(update={"to": (MailAddress(address="bo@aero"),)}))
    bad_from = port(sendgrid).send(MESSAGE.model_copy(update={"sender": MailAddress(address="rykker@nordlys")}))
    assert isinstance(bad_to, Refused)
    assert isinstance(bad_from, Refused)
    assert (bad_to.address_unusable, bad_from.address_unusable) == (True, False)
    assert bad_to.reason.endswith("personalizations.0.to.0.email")
    assert sendgrid.mails() == []


def test_of_several_recipients_only_those_at_fault_are_named_by_their_places(sendgrid: SendGridStandin) -> None:
    to = tuple(MailAddress(address=address) for address in ("bo@aero.example", "bo@aero", "kaj@aero.example", "kaj@x"))
    outcome = port(sendgrid).send(MESSAGE.model_copy(update={"to": to}))
    assert isinstance(outcome, Refused)
    assert (outcome.address_unusable, outcome.faulty) == (True, (1, 3))
    assert "aero" not in told(outcome)


def test_the_errors_of_a_refusal_may_be_of_any_shape(sendgrid: SendGridStandin) -> None:
    for body in ("", "[]", "null", '{"errors": null}', '{"errors": [{"field": "null"}, {"field": null}]}', '{"errors"'):
        sendgrid.fault("status", status=400, body=body)
        assert port(sendgrid).send(MESSAGE) == Refused(reason="SendGrid found a fault in the message (400)")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "86400"}, 300),
        ({"Retry-After": "Tue, 11 Aug 2026 10:00:20 GMT", "Date": "Tue, 11 Aug 2026 10:00:00 GMT"}, 20),
        ({"X-RateLimit-Reset": str(int((NOW + timedelta(seconds=42)).timestamp()))}, 42),
        ({"X-RateLimit-Reset": "1000"}, 0),
        ({"X-RateLimit-Reset": "99999999999"}, 300),
    ],
)
def test_a_rate_limit_says_when_to_come_again_within_bounds(
    sendgrid: SendGridStandin, headers: dict[str, str], wait: int
) -> None:
    sendgrid.fault("status", status=429, headers=headers)
    outcome = port(sendgrid).send(MESSAGE)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_at == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize(
    "headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "-1"}, {"X-RateLimit-Reset": "9" * 30}]
)
def test_a_rate_limit_that_names_no_time_is_kept_for_a_minute(
    sendgrid: SendGridStandin, headers: dict[str, str]
) -> None:
    sendgrid.fault("status", status=429, headers=headers)
    outcome = port(sendgrid).send(MESSAGE)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_its_target_sees_no_key(sendgrid: SendGridStandin, status: int) -> None:
    with running(SendGridStandin()) as other:
        sendgrid.fault("redirect", status=status, location=f"{other.url}/v3/mail/send")
        outcome = port(sendgrid).send(MESSAGE)
        assert isinstance(outcome, Refused)
        assert other.journal() == []
    assert sendgrid.mails() == []


def test_an_unreadable_large_body_is_unknown(sendgrid: SendGridStandin) -> None:
    large = Attachment(filename="scan.pdf", content=b"\0" * 12_000_000)
    sendgrid.fault("hang_before_read")
    message = MESSAGE.model_copy(update={"attachments": (large,)})
    assert isinstance(port(sendgrid, timeout=0.8).send(message), Unknown)
    sendgrid.fault("drop_before_read", rst=True)
    assert isinstance(port(sendgrid).send(message), Unknown)
    assert sendgrid.mails() == []


def test_an_answer_without_tls_where_tls_is_asked_for_leaves_it_open() -> None:
    with create_server(("127.0.0.1", 0)) as listening:
        plain = Thread(target=answer_in_clear, args=(listening,))
        plain.start()
        outcome = SendGridMail(KEY, tls_address(listening), timeout=10.0).send(MESSAGE)
        plain.join()
    assert outcome == Unknown(reason="the connection to SendGrid broke while sending (SSLError)")


def test_a_server_that_never_greets_back_was_certainly_not_sent_to() -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        outcome = SendGridMail(KEY, tls_address(silent), timeout=0.3).send(MESSAGE)
    assert outcome == NotSent(reason="SendGrid could not be reached (timeout)")


def tls_address(listening: socket) -> str:
    return f"https://127.0.0.1:{listening.getsockname()[1]}"


def answer_in_clear(listening: socket) -> None:
    with listening.accept()[0] as connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_a_name_that_does_not_resolve_was_certainly_not_sent_to() -> None:
    assert isinstance(
        SendGridMail(KEY, "https://" + "a" * 64 + ".example", timeout=0.5).send(MESSAGE), NotSent | Unknown
    )
    assert isinstance(SendGridMail(KEY, NOWHERE, timeout=0.5, deadline=5.0).send(MESSAGE), NotSent)


def test_proxies_of_the_environment_are_not_used_on_loopback(
    sendgrid: SendGridStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert isinstance(port(sendgrid, environment_proxies=True).send(MESSAGE), Accepted)


def test_nothing_personal_and_no_key_reaches_the_log(
    sendgrid: SendGridStandin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    port(sendgrid).send(MESSAGE)
    sendgrid.fault("status", status=400, body='{"errors":[{"message":"bo@aero-vaerktoj.example is bad"}]}')
    outcome = port(sendgrid).send(MESSAGE)
    assert not any(secret in caplog.text + told(outcome) for secret in (KEY, "aero-vaerktoj", "rykker@", "Hej"))


@pytest.mark.parametrize("host", ["http://api.sendgrid.com", "ftp://127.0.0.1", "api.sendgrid.com", "https://u:p@x.dk"])
def test_only_https_or_loopback_is_spoken_to(host: str) -> None:
    with pytest.raises(ValueError, match="address must"):
        SendGridMail(KEY, host)


@pytest.mark.parametrize("key", ["", "SG.a b", "SG.a\r\nX: y", "SG.ø"])
def test_a_key_that_fits_in_no_header_is_refused_at_once(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as refused:
        SendGridMail(key)
    assert key == "" or key not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "a\r\nBcc: x@y.dk"},
        {"subject": ""},
        {"to": ()},
        {"to": ({"address": "a@b.dk\nBcc: x@y.dk"},)},
        {"to": ({"address": "a@b.dk,c@d.dk"},)},
        {"sender": {"address": "a@b.dk", "name": "Nord\nlys"}},
        {"message_id": "with blank"},
    ],
)
def test_a_message_that_could_forge_a_header_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        MailMessage.model_validate({**MESSAGE.model_dump(), **change})
    assert "x@y.dk" not in str(refused.value)
