"""Reads what SendGrid's Inbound Parse posts: a form whose parts may each be in another character set."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from email import message_from_string
from email.message import Message
from email.utils import getaddresses, parseaddr
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from activities.inbox_files import LARGEST_FILE, file_name, media_type_of, why_left_out
from models.incoming import Incoming, IncomingFile
from web.automatic_mail import topic_of
from web.cleaning import cleaned, one_clean_line, text_of_page
from web.problems import Problem

LARGEST_MAIL = 30 * 1024 * 1024
MOST_PARTS = 200
LONGEST_LINE = 300
LONGEST_LIST = 10_000
"""Characters of a line of addresses."""
NO_CHARSETS = ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7")
"""Ways to write text that no mail is written in, and that may take hours to read."""
RAW = "everything, for it came raw; in SendGrid switch off 'POST the raw, full MIME message' for this address"
NOT_A_MAIL = "This is not what Inbound Parse posts: a form (multipart/form-data) with the parts of one mail."


async def read_mail(request: Request) -> Incoming:
    """The mail in a request; Problem when it is none."""
    form = await _form(request)
    try:
        return await _read(form)
    finally:
        await form.close()


async def _read(form: FormData) -> Incoming:
    fields = _fields(form)
    envelope = _object(fields.get("envelope", ""))
    headers = _headers(fields.get("headers", ""))
    name, from_address = parseaddr(one_clean_line(fields.get("from", "") or str(headers.get("From", "")), LONGEST_LIST))
    envelope_from = _envelope_from(envelope)
    if not (from_address or envelope or fields.get("to")):
        raise Problem(400, NOT_A_MAIL)
    subject = one_clean_line(fields.get("subject", ""), LONGEST_LINE)
    text = cleaned(fields.get("text", "")) or cleaned(text_of_page(fields.get("html", "")))
    files, left_out = await _files(form, fields)
    if "email" in fields and not text:
        left_out.append(RAW)
    sender = from_address or envelope_from or ""
    return Incoming(
        channel="email",
        topic=topic_of(headers, envelope_from, from_address, subject),
        source=_source(headers, envelope_from or "", sender, subject, text),
        sender=one_clean_line(f"{name} <{sender}>" if name else sender, LONGEST_LINE),
        senders=tuple(dict.fromkeys(address for address in (from_address, envelope_from) if address)),
        to=_recipients(envelope, fields),
        text="\n".join([text, *(f"[Left out: {what}]" for what in left_out)]).strip(),
        subject=subject,
        files=tuple(files),
    )


async def _form(request: Request) -> FormData:
    """The form with its text as bytes in disguise (Latin-1), because each part tells its character set elsewhere."""
    told = request.headers.get("content-type", "")
    if not told.lower().startswith("multipart/form-data"):
        raise Problem(400, NOT_A_MAIL)
    kept = [part for part in told.split(";") if not part.strip().lower().startswith("charset=")]
    headers = Headers({"content-type": ";".join([*kept, " charset=latin-1"])})
    parser = MultiPartParser(
        headers, request.stream(), max_files=MOST_PARTS, max_fields=MOST_PARTS, max_part_size=LARGEST_MAIL
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise Problem(400, f"{NOT_A_MAIL} {error.message}") from error


def _fields(form: FormData) -> dict[str, str]:
    """The text of every part in its own character set; of parts that come twice the first."""
    disguised = {name: value for name, value in reversed(form.multi_items()) if isinstance(value, str)}
    charsets = _object(decoded(disguised.get("charsets", ""), "utf-8"))
    return {name: decoded(value, str(charsets.get(name) or "utf-8")) for name, value in disguised.items()}


def decoded(disguised: str, charset: str) -> str:
    """Bytes in disguise as the text they are; what is not in the named character set is taken for UTF-8 or Latin-1."""
    content = disguised.encode("latin-1", "replace")
    for name in (charset, "utf-8"):
        with suppress(UnicodeError, LookupError, ValueError):
            if codecs.lookup(name).name not in NO_CHARSETS:
                return content.decode(name)
    return disguised


def _object(text: str) -> Mapping[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _headers(text: str) -> Message:
    """The head of the mail; what cannot be read as one has no headers."""
    return message_from_string(text.lstrip("\r\n").partition("\n\n")[0].replace("\x00", "") + "\n\n")


def _envelope_from(envelope: Mapping[str, Any]) -> str | None:
    """Empty for mail that wants no answer (RFC 5321: bounces); None where nobody said."""
    told = envelope.get("from")
    return parseaddr(one_clean_line(told, LONGEST_LINE))[1] if isinstance(told, str) else None


def _recipients(envelope: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[str, ...]:
    told = envelope.get("to")
    lines = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, str)]
    lines += [fields.get("to", ""), fields.get("cc", "")]
    found = [address for _, address in getaddresses([one_clean_line(line, LONGEST_LIST) for line in lines])]
    return tuple(dict.fromkeys(address for address in found if address))[:50]


def _source(headers: Message, envelope_from: str, sender: str, subject: str, text: str) -> str:
    """The mail's own id with what it says: some programs give every mail the same id, and none may be lost."""
    parts = [str(headers.get("Message-ID", "")).strip(), str(headers.get("Date", "")), envelope_from, sender]
    return hashlib.sha256(json.dumps([*parts, subject, text]).encode()).hexdigest()


async def _files(form: FormData, fields: Mapping[str, str]) -> tuple[list[IncomingFile], list[str]]:
    """The files that are kept, those that are no pictures inside of the mail first, and what is left out and why."""
    uploads = [(part, value) for part, value in form.multi_items() if isinstance(value, UploadFile)]
    inside = {str(part) for part in _object(fields.get("content-ids", "")).values()}
    told = _object(fields.get("attachment-info", ""))
    files: list[IncomingFile] = []
    left_out: list[str] = []
    for part, upload in sorted(uploads, key=lambda one: one[0] in inside):
        name = file_name(_told_name(told.get(part)) or decoded(upload.filename or "", "utf-8"))
        content = await upload.read(LARGEST_FILE + 1)
        if why := why_left_out(content, len(files)):
            left_out.append(f"{name} ({why})")
        else:
            files.append(IncomingFile(name, media_type_of(content), content))
    return files, left_out


def _told_name(info: Any) -> str:
    return str(info.get("filename") or info.get("name") or "") if isinstance(info, dict) else ""
