"""What stands in a mail: files, words, and what is meant to do harm."""

from __future__ import annotations

import base64

import pytest

from tests.hooks import SECRET, Hooks, hooks
from tests.story import Story

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_files_are_kept_by_what_they_are_and_the_others_are_named(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    files = {
        "../../etc/kvittering.pdf": base64_of(b"%PDF-1.7 x"),
        'skade "1"\u202egnp.exe': base64_of(PNG),
        "virus.exe": base64_of(b"MZ\x90"),
        "regning.pdf": base64_of(b"<html><script>alert(1)</script>"),
        "stor.pdf": base64_of(b"%PDF-" + b"0" * (10 * 1024 * 1024)),
    }
    assert await hooks.mail(kind="attachment", files=files, text="Se bilag") == [200]
    [row] = hooks.inbox
    assert [(file.name, file.media_type) for file in hooks.files] == [
        ("kvittering.pdf", "application/pdf"),
        ('skade "1"gnp.exe', "image/png"),
    ]
    assert row.text.splitlines() == [
        "Se bilag",
        "[Left out: virus.exe (not a PDF, PNG, JPEG or HEIC)]",
        "[Left out: regning.pdf (not a PDF, PNG, JPEG or HEIC)]",
        "[Left out: stor.pdf (larger than 10 MB)]",
    ]


async def test_five_files_are_kept(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    files = {f"side-{n}.png": base64_of(PNG) for n in range(1, 8)}
    assert await hooks.mail(kind="attachment", files=files) == [200]
    assert [file.name for file in hooks.files] == [f"side-{n}.png" for n in range(1, 6)]
    assert "side-6.png (more than 5 files)" in hooks.inbox[0].text


async def test_mail_without_words_and_mail_of_html_only_stop_the_case_too(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.mail(kind="empty") == [200]
    assert await hooks.mail(kind="html", text="<b>Betalt</b> i går<script>alert(1)</script>") == [200]
    await story.quiet()
    assert sorted(row.text for row in hooks.inbox) == ["", "Betalt i går"]
    assert len(story.freezes) == 2


async def test_hostile_mail_is_kept_as_harmless_text(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    text = "A\x00B\u202eC\x1b[31m\r\nlinje 2 " + "x" * 50_000
    sender = f"=?utf-8?q?Bo=0D=0ABcc?= \u202e<{story.email}>"
    assert await hooks.mail(text=text, sender=sender, subject="S\x00\u2028u" + "b" * 1000) == [200]
    [row] = hooks.inbox
    assert row.text.startswith("ABC[31m\nlinje 2 xxx")
    assert row.text.endswith("[The rest is left out.]")
    assert len(row.text) < 21_000
    assert len(row.subject) == 300
    assert row.subject.startswith("Sub")
    assert row.sender.isprintable()


async def test_thirty_megabytes_come_in_and_thirty_one_do_not(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    path = f"/hooks/sendgrid/inbound/{SECRET}"
    fields = {"from": story.email, "to": hooks.tag, "subject": "Re", "text": "Se bilag"}
    for size, status in ((31 * 1024 * 1024, 413), (29 * 1024 * 1024, 200)):
        content = b"%PDF-" + b"0" * size
        response = await hooks.api.http.post(path, data=fields, files={"attachment1": ("stor.pdf", content)})
        assert response.status_code == status
        assert len(hooks.inbox) == (status == 200)
    guessed = await hooks.api.http.post(
        "/hooks/sendgrid/inbound/guess", data=fields, files={"attachment1": ("x.pdf", b"0" * 70_000)}
    )
    assert guessed.status_code == 413, "who does not know the secret gets no room"


async def test_what_is_no_mail_is_refused_and_changes_nothing(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    path = f"/hooks/sendgrid/inbound/{SECRET}"
    for content, kind in (
        (b"{}", "application/json"),
        (b"to=x", "application/x-www-form-urlencoded"),
        (b"--b\r\nrubbish", "multipart/form-data; boundary=b"),
        (b"", "multipart/form-data"),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b--\r\n', "multipart/form-data; boundary=b"),
    ):
        response = await hooks.api.http.post(path, content=content, headers={"Content-Type": kind})
        assert response.status_code == 400, response.text
    lying = {
        "from": story.email,
        "to": hooks.tag,
        "text": "Hej",
        "charsets": '{"text": "no-such-set", "from": 5}',
        "envelope": '{"to": "' + hooks.tag + '", "from": [1]}',
        "attachment-info": "[" * 2000,
        "headers": "no header at all\n\n\x00",
    }
    response = await hooks.api.http.post(path, data=lying, files={"attachment1": ("", b"")})
    assert response.status_code == 200
    assert [row.text for row in hooks.inbox] == ["Hej"]


async def test_a_raw_mail_stops_its_case_and_says_what_to_change(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    fields = {"from": story.email, "to": hooks.tag, "email": "From: x\n\nBetalt"}
    response = await hooks.api.http.post(
        f"/hooks/sendgrid/inbound/{SECRET}", data=fields, files={"attachment1": ("a.png", PNG)}
    )
    assert response.status_code == 200
    await story.quiet()
    assert len(story.freezes) == 1
    assert "switch off 'POST the raw" in hooks.inbox[0].text
