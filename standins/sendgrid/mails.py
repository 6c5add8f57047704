"""An accepted mail, as it is shown to tests and written to the outbox."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standins.outbox import slug


@dataclass(frozen=True)
class Attachment:
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail to the recipients of one personalization."""

    id: str
    received: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    custom_args: dict[str, str]
    categories: tuple[str, ...]
    attachments: tuple[Attachment, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address that the mail goes to."""
        return self.to + self.cc + self.bcc

    def shown(self) -> dict[str, Any]:
        """Everything as JSON, attachments by name and size."""
        files = [{"name": one.name, "type": one.kind, "size": len(one.content)} for one in self.attachments]
        return {**self.__dict__, "attachments": files}

    def name(self) -> str:
        return f"{slug(self.to[0])}-{slug(self.subject)}"

    def files(self) -> dict[str, bytes]:
        """A readable text with the headers on top, the page beside it, then the attachments."""
        lines = [
            f"From: {self.sender}",
            f"To: {', '.join(self.to)}",
            *([f"Cc: {', '.join(self.cc)}"] if self.cc else []),
            *([f"Reply-To: {self.reply_to}"] if self.reply_to else []),
            f"Subject: {self.subject}",
            f"Date: {self.received}",
            f"X-Message-Id: {self.id}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            *(f"Attachment: {one.name} ({len(one.content)} bytes)" for one in self.attachments),
            "",
            self.text,
        ]
        parts = {".txt": "\n".join(lines).encode("utf-8")}
        if self.html:
            parts[".html"] = self.html.encode("utf-8")
        for one in self.attachments:
            parts[f"-{slug(one.name, longest=80)}"] = one.content
        return parts


def mails_of(value: dict[str, Any], message_id: str, received: datetime) -> list[Mail]:
    """The mails that one accepted request sends, one for each personalization."""
    content = {part["type"]: part["value"] for part in value.get("content", [])}
    attachments = tuple(
        Attachment(one["filename"], one.get("type", ""), base64.b64decode(one["content"]))
        for one in value.get("attachments", [])
    )
    return [
        Mail(
            id=message_id,
            received=received.isoformat(),
            sender=_written(value["from"]),
            to=_addresses(one, "to"),
            cc=_addresses(one, "cc"),
            bcc=_addresses(one, "bcc"),
            reply_to=_written(value["reply_to"]) if "reply_to" in value else "",
            subject=one.get("subject") or value.get("subject", ""),
            text=content.get("text/plain", ""),
            html=content.get("text/html", ""),
            headers={**value.get("headers", {}), **one.get("headers", {})},
            custom_args={**value.get("custom_args", {}), **one.get("custom_args", {})},
            categories=tuple(value.get("categories", [])),
            attachments=attachments,
        )
        for one in value["personalizations"]
    ]


def _addresses(personalization: dict[str, Any], kind: str) -> tuple[str, ...]:
    return tuple(one["email"] for one in personalization.get(kind, []))


def _written(address: dict[str, str]) -> str:
    return f"{address['name']} <{address['email']}>" if address.get("name") else address["email"]
