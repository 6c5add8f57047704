"""Files that people sent us, for staff: listed by name, and handed out as downloads that no browser opens by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from models.inbox import InboxFileRow
from web.problems import Problem

HANDED_OUT = ("application/pdf", "image/png", "image/jpeg", "image/heic")
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


class InboxFile(BaseModel):
    """A file that came with a text; GET /cases/{case_id}/inbox/{inbox_id}/files/{id} downloads it."""

    id: str
    name: str
    media_type: str
    """What its first bytes say it is."""
    size: int
    """In bytes."""


def files_of(session: Session, inbox_ids: Sequence[str]) -> dict[str, list[InboxFile]]:
    """The files of some texts, without their content."""
    query = (
        select(InboxFileRow, func.length(InboxFileRow.content))
        .where(col(InboxFileRow.inbox_id).in_(inbox_ids))
        .options(defer(InboxFileRow.content))  # type: ignore[arg-type]
        .order_by(InboxFileRow.id)
    )
    found: defaultdict[str, list[InboxFile]] = defaultdict(list)
    for row, size in session.exec(query):
        found[row.inbox_id].append(InboxFile(id=row.id, name=row.name, media_type=row.media_type, size=size))
    return found


def download(session: Session, inbox_id: str, file_id: str) -> Response:
    """One file of a text that the caller may see, as it came."""
    query = select(InboxFileRow).where(InboxFileRow.inbox_id == inbox_id, InboxFileRow.id == file_id)
    row = session.exec(query).first() if inbox_id.isprintable() and file_id.isprintable() else None
    if row is None:
        raise Problem(404, "There is no such file; the case shows which came with its texts.")
    media_type = row.media_type if row.media_type in HANDED_OUT else "application/octet-stream"
    headers = {
        "Content-Disposition": disposition(row.name),
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(row.content, media_type=media_type, headers=headers)


def disposition(name: str) -> str:
    """A name for old readers, in which nothing can end the header, and the real one for all others (RFC 6266)."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in " ._-()") else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
