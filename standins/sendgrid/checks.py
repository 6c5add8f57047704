"""What Mail Send refuses with 400, as a list of checks that each name the field at fault."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
FORBIDDEN_HEADERS = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)
LONGEST_ARGUMENTS = 10_000
Fault = tuple[str, str | None]


def faults(value: Any, now: datetime) -> list[Fault]:
    """Message and field of everything wrong with a request; an empty list means that it is accepted."""
    if not isinstance(value, dict):
        return [("Bad Request", None)]
    try:
        return [fault for check in CHECKS for fault in check(value, now)]
    except (AttributeError, TypeError):
        # A list where an object belongs, or the like: no field can be named.
        return [("Bad Request", None)]


def _personalizations(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    given = value.get("personalizations")
    if not isinstance(given, list) or not given:
        yield "The personalizations field is required and must have at least one personalization.", "personalizations"
        return
    if len(given) > 1000:
        yield "At most 1000 personalizations are allowed.", "personalizations"
    for place, one in enumerate(given):
        yield from _recipients(one, f"personalizations.{place}")


def _recipients(one: dict[str, Any], field: str) -> Iterator[Fault]:
    if not one.get("to"):
        yield "The to array is required for all personalization objects.", f"{field}.to"
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for place, address in enumerate(one.get(kind) or []):
            email = str(address.get("email", "")).lower()
            if not ADDRESS.fullmatch(email):
                yield "Does not contain a valid address.", f"{field}.{kind}.{place}.email"
            elif email in seen:
                yield "Each email address in the personalization block should be unique.", f"{field}.{kind}"
            seen.add(email)


def _sender(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    sender = value.get("from")
    if not isinstance(sender, dict) or not sender.get("email"):
        yield "The from object must be provided for every email send.", "from.email"
    elif not ADDRESS.fullmatch(sender["email"]):
        yield "The from email does not contain a valid address.", "from.email"


def _reply_to(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    if "reply_to" in value and "reply_to_list" in value:
        yield "Only one of reply_to and reply_to_list may be given.", "reply_to_list"
    elif "reply_to" in value and not ADDRESS.fullmatch(value["reply_to"].get("email", "")):
        yield "The reply_to email does not contain a valid address.", "reply_to.email"


def _subject(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    if value.get("subject") or value.get("template_id"):
        return
    if not all(one.get("subject") for one in value.get("personalizations") or [{}]):
        yield "The subject is required.", "subject"


def _content(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    parts = value.get("content")
    if not parts and not value.get("template_id"):
        yield "Unless a valid template_id is provided, the content parameter is required.", "content"
    for place, part in enumerate(parts or []):
        if not part.get("value"):
            yield "The content value must be a string at least one character in length.", f"content.{place}.value"
    kinds = [part.get("type") for part in parts or []]
    if "text/plain" in kinds[1:]:
        yield "The text/plain content must come first.", "content"


def _attachments(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    for place, one in enumerate(value.get("attachments") or []):
        if not one.get("filename"):
            yield "The attachment filename is required.", f"attachments.{place}.filename"
        try:
            base64.b64decode(one.get("content") or "?", validate=True)
        except binascii.Error:
            yield "The attachment content must be base64 encoded.", f"attachments.{place}.content"


def _headers(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    places = [
        ("", value),
        *((f"personalizations.{n}.", one) for n, one in enumerate(value.get("personalizations") or [])),
    ]
    for field, holder in places:
        for name in holder.get("headers") or {}:
            if name.lower() in FORBIDDEN_HEADERS:
                yield f"The header {name} is reserved.", f"{field}headers.{name}"


def _send_at(value: dict[str, Any], now: datetime) -> Iterator[Fault]:
    if "send_at" in value and value["send_at"] > (now + timedelta(hours=72)).timestamp():
        yield "Scheduling more than 72 hours ahead is not allowed.", "send_at"


def _categories(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    given = value.get("categories") or []
    if len(given) > 10:
        yield "At most 10 categories are allowed.", "categories"
    if len(set(given)) < len(given):
        yield "Categories must be unique.", "categories"


def _custom_args(value: dict[str, Any], _: datetime) -> Iterator[Fault]:
    for one in [value, *(value.get("personalizations") or [])]:
        given = {**(value.get("custom_args") or {}), **(one.get("custom_args") or {})}
        if not all(isinstance(text, str) for text in given.values()):
            yield "Custom arguments must be strings.", "custom_args"
        if len(json.dumps(given, ensure_ascii=False).encode("utf-8")) > LONGEST_ARGUMENTS:
            yield "Custom arguments are limited to 10000 bytes.", "custom_args"


CHECKS: tuple[Callable[[dict[str, Any], datetime], Iterator[Fault]], ...] = (
    _personalizations,
    _sender,
    _reply_to,
    _subject,
    _content,
    _attachments,
    _headers,
    _send_at,
    _categories,
    _custom_args,
)
