"""The trail: one hash chain per creditor, written in the transaction of the effect it tells of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from models.anchor import Anchor
from models.clock import real_now
from models.news import ENGINE, Actor
from models.parties import CreditorRow
from models.record import TrailHeadRow, TrailRow

LONGEST_KEY = 300


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
    head = session.get(TrailHeadRow, creditor, with_for_update=True) or _first_head(session, creditor)
    known = _link(session, creditor, key)
    if known is not None:
        return known
    row = TrailRow(
        creditor_id=creditor,
        seq=head.seq + 1,
        key=_fitting(key),
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
    return session.exec(select(TrailRow).where(TrailRow.creditor_id == creditor, TrailRow.key == _fitting(key))).first()


def _first_head(session: Session, creditor: str) -> TrailHeadRow:
    """The head of a chain that has no link yet; those who write its first links at once meet at the creditor's row."""
    session.get_one(CreditorRow, creditor, with_for_update={"key_share": True})
    head = session.get(TrailHeadRow, creditor, with_for_update=True)
    if head is None:
        head = TrailHeadRow(creditor_id=creditor)
        session.add(head)
        session.flush()
    return head


def _fitting(key: str) -> str:
    """A key as it fits into an index of PostgreSQL; reasons that people give stand in keys and can be long."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 65]}:{hashlib.sha256(key.encode()).hexdigest()}"


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
    written, last = (head.seq, head.hash) if head is not None else (0, "")
    if written > seq:
        return f"the chain ends at link {seq}, but {written} links were written; the last ones are missing"
    if (written, last) != (seq, previous):
        return f"link {seq} is not the last one that was written: the head of the chain names another"
    return ""


def other_than_anchored(session: Session, creditor: str, anchor: Anchor) -> str:
    """Why a creditor's trail is not the one whose head was noted down earlier, in words; empty when it is.

    Together with an unbroken chain this shows that no link up to the anchor's was changed, added or taken away.
    """
    link = session.get(TrailRow, (creditor, anchor.seq))
    if link is None:
        return f"link {anchor.seq} of the anchor is missing: the chain was cut off after the anchor was mailed"
    if link.hash != anchor.hash:
        return (
            f"link {anchor.seq} ({link.kind}, {link.at.isoformat()}) has another hash than the anchor: the chain was "
            f"written anew, at link {anchor.seq} or before it, after the anchor was mailed"
        )
    return ""
