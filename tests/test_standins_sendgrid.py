"""SendGrid as the real package meets it: what is accepted, recorded and refused."""

from __future__ import annotations

import base64
import http.client
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from python_http_client.exceptions import BadRequestsError, ForbiddenError, TooManyRequestsError, UnauthorizedError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Attachment, CustomArg, Disposition, FileContent, FileName, FileType, Mail

from standins.outbox import Outbox
from standins.sendgrid import SendGridStandin
from standins.sendgrid.server import KEY
from standins.server import running

SEND = "/v3/mail/send"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def server(outbox: Path) -> Iterator[SendGridStandin]:
    with running(SendGridStandin(outbox=Outbox(outbox), today=date(2026, 11, 22))) as standin:
        yield standin


def client(server: SendGridStandin, key: str = KEY) -> SendGridAPIClient:
    api = SendGridAPIClient(key, host=server.url)
    api.client.timeout = 1.5
    return api


def letter() -> Mail:
    mail = Mail(
        from_email=("rykker@nordlys.example", "Nordlys ApS"),
        to_emails=("faktura@havn.example", "Havn A/S"),
        subject="Rykker 1: faktura 1001 på 12.500 kr.",
        plain_text_content="Kære Havn\nÆØÅ",
        html_content="<p>Kære Havn</p>",
    )
    mail.add_custom_arg(CustomArg("reminder_id", "r-123"))
    pdf = FileContent(base64.b64encode(b"%PDF-1.4").decode())
    mail.add_attachment(
        Attachment(pdf, FileName("faktura-1001.pdf"), FileType("application/pdf"), Disposition("attachment"))
    )
    return mail


def body(**changes: Any) -> dict[str, Any]:
    """A valid request with changes; a change to None takes the key out."""
    valid: dict[str, Any] = {
        "personalizations": [{"to": [{"email": "faktura@havn.example"}]}],
        "from": {"email": "rykker@nordlys.example"},
        "subject": "Rykker",
        "content": [{"type": "text/plain", "value": "Hej"}],
    }
    return {name: value for name, value in {**valid, **changes}.items() if value is not None}


def post(server: SendGridStandin, value: Any, key: str = KEY) -> httpx.Response:
    return httpx.post(
        server.url + SEND, json=value, headers={"Authorization": f"Bearer {key}"}, trust_env=False, verify=False
    )


def test_an_accepted_mail_is_on_record_and_in_the_outbox(server: SendGridStandin, outbox: Path) -> None:
    answer = client(server).send(letter())
    assert (answer.status_code, answer.body) == (202, b"")
    [mail] = server.mails()
    assert answer.headers["X-Message-Id"] == mail.id
    assert (mail.to, mail.sender) == (("faktura@havn.example",), "Nordlys ApS <rykker@nordlys.example>")
    assert (mail.text, mail.custom_args) == ("Kære Havn\nÆØÅ", {"reminder_id": "r-123"})
    assert [(one.name, one.content) for one in mail.attachments] == [("faktura-1001.pdf", b"%PDF-1.4")]
    names = sorted(path.name for path in outbox.iterdir())
    stem = "0001-faktura@havn.example-rykker-1-faktura-1001-paa-12.500-kr"
    assert names == ["0001-faktura-1001.pdf", f"{stem}.html", f"{stem}.txt"]
    text = (outbox / f"{stem}.txt").read_text("utf-8")
    assert "Subject: Rykker 1: faktura 1001 på 12.500 kr.\n" in text
    assert text.endswith("\n\nKære Havn\nÆØÅ")


def test_the_recorded_mails_are_shown_to_other_processes(server: SendGridStandin) -> None:
    client(server).send(letter())
    [mail] = httpx.get(server.url + "/__standin/mails", trust_env=False, verify=False).json()["mails"]
    assert (mail["to"], mail["custom_args"]) == (["faktura@havn.example"], {"reminder_id": "r-123"})
    assert mail["attachments"] == [{"name": "faktura-1001.pdf", "type": "application/pdf", "size": 8}]
    server.reset()
    assert server.mails() == []


def test_numbers_go_on_where_the_folder_stopped(outbox: Path) -> None:
    for expected in ("0001-", "0002-"):
        with running(SendGridStandin(outbox=Outbox(outbox))) as server:
            assert post(server, body()).status_code == 202
        assert any(path.name.startswith(expected) for path in outbox.iterdir())


def test_many_at_once_are_each_recorded_once(server: SendGridStandin, outbox: Path) -> None:
    arguments = [body(custom_args={"reminder_id": str(n)}) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        statuses = [answer.status_code for answer in pool.map(lambda one: post(server, one), arguments)]
    assert statuses == [202] * 40
    assert len({mail.custom_args["reminder_id"] for mail in server.mails()}) == 40
    assert len({mail.id for mail in server.mails()}) == 40
    assert len({path.name[:4] for path in outbox.iterdir()}) == 40


def test_each_personalization_is_a_mail(server: SendGridStandin) -> None:
    people = [{"to": [{"email": f"{name}@havn.example"}], "subject": name} for name in ("a", "b")]
    post(server, body(personalizations=people, subject=None))
    assert [(mail.to[0], mail.subject) for mail in server.mails()] == [("a@havn.example", "a"), ("b@havn.example", "b")]


def test_a_wrong_key_is_401_and_a_revoked_one_too(server: SendGridStandin) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        client(server, "SG.other").send(letter())
    assert refused.value.to_dict == {"errors": [{"message": "authorization required", "field": "null"}]}
    server.fault("revoke")
    for _ in range(2):
        with pytest.raises(UnauthorizedError):
            client(server).send(letter())
    assert server.mails() == []


def test_an_unverified_sender_is_403() -> None:
    verified = frozenset({"rykker@nordlys.example"})
    with running(SendGridStandin(verified_senders=verified)) as server:
        client(server).send(letter())
        with pytest.raises(ForbiddenError):
            client(server).send(Mail("other@nordlys.example", "a@havn.example", "Rykker", "Hej"))


def test_the_sandbox_checks_and_records_nothing(server: SendGridStandin) -> None:
    sandbox = {"sandbox_mode": {"enable": True}}
    assert post(server, body(mail_settings=sandbox)).status_code == 200
    assert post(server, body(mail_settings=sandbox, subject=None)).status_code == 400
    assert server.mails() == []
    assert not any(entry.effect for entry in server.journal())


TOO_MANY = [{"email": f"a{n}@havn.example"} for n in range(2)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"personalizations": None}, "personalizations"),
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "a@havn.example b@havn.example"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [{"email": "havn"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [TOO_MANY[0]], "cc": [TOO_MANY[0]]}]}, "personalizations.0.cc"),
        ({"from": None}, "from.email"),
        ({"from": {"email": "nordlys"}}, "from.email"),
        ({"subject": None}, "subject"),
        ({"content": None}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"reply_to": {"email": "a@b.example"}, "reply_to_list": []}, "reply_to_list"),
        ({"headers": {"Subject": "x"}}, "headers.Subject"),
        ({"send_at": 4_000_000_000}, "send_at"),
        ({"categories": [str(n) for n in range(11)]}, "categories"),
        ({"custom_args": {"reminder_id": "x" * 10_000}}, "custom_args"),
        ({"attachments": [{"filename": "a.pdf", "content": "not base64!"}]}, "attachments.0.content"),
    ],
)
def test_what_is_wrong_is_refused_with_the_field_at_fault(
    server: SendGridStandin, changes: dict[str, Any], field: str
) -> None:
    refused = post(server, body(**changes))
    assert refused.status_code == 400
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert server.mails() == []


def test_the_package_sees_a_refusal_as_its_own_exception(server: SendGridStandin) -> None:
    with pytest.raises(BadRequestsError) as refused:
        client(server).send(body(subject=None))
    assert [error["field"] for error in refused.value.to_dict["errors"]] == ["subject"]


def test_other_paths_and_verbs_and_broken_bodies(server: SendGridStandin) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert httpx.get(server.url + SEND, headers=headers, trust_env=False, verify=False).status_code == 405
    assert httpx.get(server.url + "/v3/other", headers=headers, trust_env=False, verify=False).status_code == 404
    assert (
        httpx.post(server.url + SEND, content=b"{", headers=headers, trust_env=False, verify=False).status_code == 400
    )
    assert post(server, []).status_code == 400
    assert post(server, body(personalizations=["a@havn.example"])).status_code == 400


def test_more_than_thirty_megabytes_is_413(server: SendGridStandin) -> None:
    large = b" " * (30 * 1024 * 1024 + 1)
    headers = {"Authorization": f"Bearer {KEY}"}
    refused = httpx.post(server.url + SEND, content=large, headers=headers, trust_env=False, verify=False)
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (413, "content too large")


def test_the_duplicate_trap(server: SendGridStandin) -> None:
    """Accepted, but the answer never comes: whoever sends again sends twice."""
    server.fault("hang_after_effect")
    with pytest.raises(TimeoutError):
        client(server).send(letter())
    assert len(server.mails()) == 1
    client(server).send(letter())
    assert [mail.custom_args["reminder_id"] for mail in server.mails()] == ["r-123", "r-123"]


@pytest.mark.parametrize(
    ("kind", "raises", "recorded"),
    [
        ("drop_after_read", http.client.RemoteDisconnected, 0),
        ("drop_after_effect", http.client.RemoteDisconnected, 1),
        ("hang_after_read", TimeoutError, 0),
        ("cut", http.client.IncompleteRead, 1),
    ],
)
def test_lost_answers_look_as_the_package_shows_them(
    server: SendGridStandin, kind: str, raises: type[Exception], recorded: int
) -> None:
    server.fault(kind)
    with pytest.raises(raises):
        client(server).send(letter())
    assert len(server.mails()) == recorded


def test_refused_and_told_to_wait(server: SendGridStandin) -> None:
    server.fault("status", status=429, headers={"X-RateLimit-Reset": "1795341600"})
    with pytest.raises(TooManyRequestsError) as busy:
        client(server).send(letter())
    assert busy.value.headers["X-RateLimit-Reset"] == "1795341600"
    server.fault("refuse", seconds=0)
    with pytest.raises(urllib.error.URLError) as refused:
        client(server).send(letter())
    assert isinstance(refused.value.reason, ConnectionRefusedError)
    assert server.mails() == []
