"""Inbound Parse: posts a mail that somebody sent to a hook, as a form whose parts have their own character sets."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Literal

from standins.hooks import post

MailKind = Literal["plain", "auto_reply", "bounce", "latin1", "attachment", "html", "empty"]
HEADERS: dict[str, Sequence[str]] = {
    "auto_reply": ("Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply"),
    "bounce": (
        "Auto-Submitted: auto-replied",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    ),
}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
Part = tuple[str, bytes, str]
"""Name of the file, content, type as the sender told it."""


def post_mail(
    hook: str,
    to: str,
    sender: str,
    *,
    kind: MailKind = "plain",
    subject: str = "Re: rykker",
    text: str = "Hej, det passer ikke. Hilsen Bo på Ærø",
    message_id: str = "",
    headers: Sequence[str] = (),
    envelope_to: Sequence[str] | None = None,
    files: Mapping[str, str] | None = None,
    times: int = 1,
) -> list[int]:
    """Post a mail to a hook, several times the same; the statuses it was answered with.

    `files`: names and contents in base64; an attachment comes with a PDF where none are given.
    """
    if kind == "attachment" and files is None:
        files = {"kvittering.pdf": base64.b64encode(PDF).decode()}
    parts = [(name, base64.b64decode(content), "application/octet-stream") for name, content in (files or {}).items()]
    content_type, body = mail_form(
        to, sender, kind, subject, text, message_id or f"<{uuid.uuid4().hex}@mail.example>", headers, envelope_to, parts
    )
    return [post(hook, body, {"Content-Type": content_type}) for _ in range(times)]


def mail_form(
    to: str,
    sender: str,
    kind: MailKind,
    subject: str,
    text: str,
    message_id: str,
    headers: Sequence[str],
    envelope_to: Sequence[str] | None,
    files: Sequence[Part],
) -> tuple[str, bytes]:
    """Content type and body of the form."""
    charset = "iso-8859-1" if kind == "latin1" else "UTF-8"
    bare = sender.rpartition("<")[2].rstrip(">")
    charsets = {"to": "UTF-8", "subject": "UTF-8", "from": "UTF-8", "text": charset}
    head = [f"From: {sender}", f"To: {to}", f"Message-ID: {message_id}", *HEADERS.get(kind, ()), *headers]
    fields: dict[str, bytes] = {
        "headers": "\n".join(head).encode() + b"\n",
        "dkim": b"{@mail.example : pass}",
        "to": to.encode(),
        "from": sender.encode(),
        "sender_ip": b"192.0.2.1",
        "envelope": json.dumps({"to": list(envelope_to or [to]), "from": "" if kind == "bounce" else bare}).encode(),
        "attachments": str(len(files)).encode(),
        "subject": subject.encode(),
        "SPF": b"pass",
        "spam_score": b"0.1",
    }
    if kind == "html":
        fields["html"] = f"<html><head><style>p {{}}</style></head><body><p>{text}</p></body></html>".encode()
        charsets["html"] = "UTF-8"
    elif kind != "empty":
        fields["text"] = text.encode(charset, "replace")
    if files:
        told = {
            f"attachment{n}": {"filename": name, "name": name, "type": type_} for n, (name, _, type_) in _each(files)
        }
        fields["attachment-info"] = json.dumps(told).encode()
    fields["charsets"] = json.dumps(charsets).encode()
    boundary = uuid.uuid4().hex
    body = b"".join(_part(boundary, f'name="{name}"', value) for name, value in fields.items())
    for n, (name, content, type_) in _each(files):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
        body += _part(boundary, f'name="attachment{n}"; filename="{quoted}"', content, type_)
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _each(files: Sequence[Part]) -> list[tuple[int, Part]]:
    return list(enumerate(files, 1))


def _part(boundary: str, disposition: str, content: bytes, type_: str = "") -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n"
    if type_:
        head += f"Content-Type: {type_}\r\n"
    return f"{head}\r\n".encode() + content + b"\r\n"
