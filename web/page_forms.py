"""What a customer sends from its page: texts made clean, days read, a file looked at. Nothing is believed."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from activities.inbox_files import file_name, media_type_of
from models.creditor import CreditorSettings
from web.bodies import LATEST

TOPICS = ("wrong_amount", "already_paid", "missing_delivery", "other")
LONGEST_TEXT = 4000
LARGEST_FILE = 5 * 1024 * 1024
JOINERS = "\u200c\u200d"
"""Invisible, but parts of words and of emoji; every other invisible sign is taken out."""
ENDINGS = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/heic": (".heic", ".heif"),
}


@dataclass(frozen=True)
class SentFile:
    """A file that may be kept: its cleaned name, and what its first bytes say it is."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Asked:
    """A question as it was sent; `problems` names the sentences that say what is wrong, by field."""

    form: str
    topic: str
    text: str
    file: SentFile | None
    problems: dict[str, str]

    def id(self, case_id: str) -> str:
        """The same for the same question sent again from the same form; one that was edited is another."""
        seen = hashlib.sha256(self.file.content).hexdigest() if self.file else ""
        return news_id("question", case_id, self.form, self.topic, self.text, seen)


def news_id(kind: str, *parts: str) -> str:
    """An id that the same thing, sent twice, has both times; of another case it never is the same."""
    return f"{kind}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[FormData]:
    """The fields and files of a form, however it was encoded; what cannot be read is a 400."""
    async with request.form(max_files=4, max_fields=20, max_part_size=256 * 1024) as form:
        yield form


async def read_question(form: FormData) -> Asked:
    """A question from its form, with everything that is wrong with it."""
    topic, raw = text_of(form, "topic"), text_of(form, "text")
    text, problems = clean_text(raw), {}
    if topic not in TOPICS:
        problems["topic"] = "problem_topic"
    if "\x00" in raw:
        problems["text"] = "problem_unreadable"
    elif not text:
        problems["text"] = "problem_empty"
    elif len(text) > LONGEST_TEXT:
        problems["text"] = "problem_long"
    file, wrong = await _file(form)
    if wrong:
        problems["file"] = wrong
    return Asked(text_of(form, "form"), topic, text, file, problems)


async def _file(form: FormData) -> tuple[SentFile | None, str]:
    """The one file, or which sentence says why it is not taken. A field in which none was chosen comes empty."""
    sent = [part for part in form.getlist("file") if isinstance(part, UploadFile) and (part.filename or part.size)]
    if not sent:
        return None, ""
    if len(sent) > 1:
        return None, "problem_files"
    content = await sent[0].read(LARGEST_FILE + 1)
    if not content:
        return None, "problem_file_empty"
    if len(content) > LARGEST_FILE:
        return None, "problem_file_large"
    media_type = media_type_of(content)
    if not media_type:
        return None, "problem_file_kind"
    return SentFile(_named(sent[0].filename or "", media_type), media_type, content), ""


def _named(told: str, media_type: str) -> str:
    """A file name that is only a name, and that says what the file is."""
    name = re.sub(r'[<>:"|?*;]', "_", file_name(told))
    endings = ENDINGS[media_type]
    return name if name.lower().endswith(endings) else f"{name[:95]}{endings[0]}"


def clean_text(raw: str) -> str:
    """What a person meant to write: line breaks and tabs stay, control characters and changes of direction go."""
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = (c for c in lines if c in "\n\t" or c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return "".join(kept).strip()


def text_of(form: FormData, name: str) -> str:
    """A field as text; a file in its place, or nothing, is empty."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def read_day(written: str) -> date | None:
    """A day as a date field sends it; None for anything else."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
        return None
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if day < LATEST else None


def promise_problem(day: date | None, today: date, settings: CreditorSettings) -> str:
    """Which sentence says why a day cannot be promised; empty when it can."""
    if day is None:
        return "problem_day"
    if day < today:
        return "problem_past"
    return "problem_promise_far" if day > today + timedelta(days=settings.promise_days) else ""
