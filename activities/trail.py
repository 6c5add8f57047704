"""The trail: one hash chain per creditor, written in the transaction of the effect it tells of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from models.case import ENGINE, Actor
from models.columns import real_now
from models.record import TrailHeadRow, TrailRow


def write(
    session: Session,
    creditor: str,
    key: str,
    at: datetime,
    kind: str,
    text: str,
    *,
    case_id: str = "",
    actor: Actor = ENGINE,
    **data: Any,
) -> TrailRow:
    """Add a link to a creditor's trail; writing the same key again changes nothing and returns the first."""
    head = session.get(TrailHeadRow, creditor, with_for_update=True)
    if head is None:
        head = TrailHeadRow(creditor_id=creditor)
        session.add(head)
        session.flush()
    known = _link(session, creditor, key)
    if known is not None:
        return known
    row = TrailRow(
        creditor_id=creditor,
        seq=head.seq + 1,
        key=key,
        case_id=case_id,
        at=at.astimezone(UTC),
        actor=str(actor),
        kind=kind,
        text=text,
        data=json.loads(json.dumps(data, default=str)),
        recorded_at=real_now(),
        previous=head.hash,
        hash="",
    )
    row.hash = link_hash(row)
    session.add(row)
    head.seq, head.hash = row.seq, row.hash
    session.add(head)
    session.flush()
    return row


def has(session: Session, creditor: str, key: str) -> bool:
    """Whether a link of that key stands on a creditor's trail."""
    return _link(session, creditor, key) is not None


def _link(session: Session, creditor: str, key: str) -> TrailRow | None:
    return session.exec(select(TrailRow).where(TrailRow.creditor_id == creditor, TrailRow.key == key)).first()


def link_hash(row: TrailRow) -> str:
    """SHA-256 over every field of a link, the hash of the link before included."""
    fields = row.model_dump(mode="json", exclude={"hash", "at", "recorded_at"})
    fields["at"] = row.at.astimezone(UTC).isoformat()
    fields["recorded_at"] = row.recorded_at.astimezone(UTC).isoformat()
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def first_broken_link(links: Iterable[TrailRow], head: TrailHeadRow | None) -> str:
    """Where a creditor's chain is broken first, in words; empty when it is whole."""
    previous, seq = "", 0
    for row in links:
        seq += 1
        if row.seq != seq:
            return f"link {seq} is missing; the next one found is {row.seq} ({row.kind}, {row.at.isoformat()})"
        if row.previous != previous:
            return f"link {row.seq} ({row.kind}, {row.at.isoformat()}) does not follow the link before it"
        if row.hash != link_hash(row):
            return f"link {row.seq} ({row.kind}, {row.at.isoformat()}) was changed after it was written"
        previous = row.hash
    if head is not None and (head.seq, head.hash) != (seq, previous):
        return f"the chain ends at link {seq}, but {head.seq} links were written; the last ones are missing"
    return ""
