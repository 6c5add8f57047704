"""Tells mail that a machine wrote from what a person wrote: only a person's reply stops a case."""

from __future__ import annotations

import re
from email.message import Message

from models.incoming import Topic

MARKS = ("X-Autoreply", "X-Autorespond")
BULK = ("bulk", "auto_reply", "junk")
MACHINES = ("mailer-daemon", "postmaster")
AWAY = re.compile(
    r"(automatisk svar|autosvar|auto-svar|frav[æa]rs?(besked|melding|svar|assistent)|ikke til stede|ikke på kontoret|"
    r"out of (the )?office|automatic reply|auto[- ]?reply|autoreply|auto[- ]?response)\b",
    re.IGNORECASE,
)
"""How mail programs in Danish, Norwegian and English begin the subject of an automatic answer."""


def topic_of(headers: Message, envelope_from: str | None, sender: str, subject: str) -> Topic:
    """What came. `envelope_from` is None where the provider did not tell it, and empty where the mail had none."""
    report = headers.get_content_type() == "multipart/report"
    receipt = str(headers.get_param("report-type", "")).lower() == "disposition-notification"
    machine = any(address.partition("@")[0].lower() in MACHINES for address in (envelope_from or "", sender))
    if (report and not receipt) or machine:
        return "bounce"
    if report or _marked(headers):
        return "automatic"
    if envelope_from == "":
        return "bounce"
    return "automatic" if AWAY.match(subject.strip()) else "reply"


def _marked(headers: Message) -> bool:
    told = _value(headers, "Auto-Submitted").partition(";")[0].strip()
    by_name = any(name in headers and _value(headers, name) != "no" for name in MARKS)
    return told not in ("", "no") or by_name or _value(headers, "Precedence") in BULK


def _value(headers: Message, name: str) -> str:
    return str(headers.get(name, "")).strip().lower()
