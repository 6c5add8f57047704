"""A case as one file that proves itself: its record, and the links of the creditor's trail that vouch for it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, select

from activities import export_parts as parts
from activities import ledger, trail
from activities.case_export_page import page_sums
from activities.export_check import EXPORTED, FORMAT
from activities.export_sums import sum_of, sums_of
from activities.facts import case_facts
from activities.hand_over import forbidden, open_numbers
from models.cases import CaseRow
from models.news import Actor
from models.record import TrailHeadRow, TrailRow
from rules.calendar import local_day

PROVES = (
    "The trail is one chain of hashes per creditor. The links of this case are given with every field that "
    "their hashes cover: SHA-256 over the link's fields without its own hash, as JSON with sorted keys.",
    "The last link was written when this file was made. It holds the SHA-256 of everything in the record and of every "
    "section that people read, and the hash of every link before it. So the one hash of that link vouches for all of "
    "it: change a figure, a word or a date, and it no longer fits. A sum for each row and field tells where.",
    "The command rykker trail verify FILE checks all of this with nothing but the file.",
    "Every message that went out is vouched for twice: the digest over its figures, addresses and words is what an "
    "admin released, and the release is a link of its own.",
)
PROVES_NOT = (
    "Links between those of this case belong to other cases. They are given by the hash of the last one of each run "
    "only, so this file does not show that those runs are whole.",
    "A file alone cannot show that its chain is the creditor's own. Compare the hash of the last link with the "
    "creditor's trail (GET /cases/{id}/trail; the command rykker trail verify checks the whole chain), or compare an "
    "anchor, which the admins get by e-mail every day (rykker trail verify FILE --anchor SEQ:HASH).",
    "What a provider accepted is told by its reference. Whether it was read, and what the invoices' PDFs and the "
    "attached files contain, is not part of this file; attached files are named with their SHA-256.",
)


def export(session: Session, case: CaseRow, by: Actor, at: datetime) -> dict[str, Any]:
    """Everything about a case, and the links that prove it. That it was taken is itself a link."""
    # Nobody adds a link until this one is written: the export ends with it.
    session.get(TrailHeadRow, case.creditor_id, with_for_update=True)
    # As a program reads it back, so that the sums are those of what it reads.
    record = json.loads(json.dumps(_record(session, case, by, at)))
    before = list(_chain(_links(session, case)))
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:exported:{uuid4().hex}",
        at,
        EXPORTED,
        "The case was exported as one file",
        case_id=case.id,
        actor=by,
        sha256=sum_of(record),
        sums=sums_of(record),
        links=[entry["hash"] for entry in before if "seq" in entry],
        page=page_sums(record, before),
    )
    links = list(_chain(_links(session, case)))
    return {"record": record, "chain": links, "head": {"seq": links[-1]["seq"], "hash": links[-1]["hash"]}}


# --- what stands in it ---


def _record(session: Session, case: CaseRow, by: Actor, at: datetime) -> dict[str, Any]:
    facts = case_facts(session, case)
    zone, day = facts.settings.tz, local_day(at, facts.settings)
    rows = ledger.entries(session, case.id)
    against = forbidden(session, facts, day, open_numbers(session, case))
    return {
        "format": FORMAT,
        "salt": secrets.token_hex(16),
        "exported_at": at.astimezone(zone).isoformat(timespec="seconds"),
        "exported_by": str(by),
        "proves": list(PROVES),
        "proves_not": list(PROVES_NOT),
        **parts.parties(session, case, facts),
        "invoices": parts.invoices(session, facts),
        "claim": parts.claim(session, facts, day),
        "hand_over": {"allowed": against is None, "why": against.sentence if against else ""},
        "ledger": parts.ledger_of(rows, zone),
        "left_to_pay": str(ledger.Balances(rows).total(facts.settings.currency)),
        "messages": parts.messages(session, case, zone),
        "questions": parts.questions(session, case, zone),
        "stops": parts.stops(session, case, zone),
        "plans": parts.plans(session, case, zone),
        "tasks": parts.tasks(session, case, zone),
        "trail_links": [row.seq for row in _links(session, case)],
    }


def _links(session: Session, case: CaseRow) -> list[TrailRow]:
    query = select(TrailRow).where(TrailRow.creditor_id == case.creditor_id, TrailRow.case_id == case.id)
    return list(session.exec(query.order_by(col(TrailRow.seq))))


def _chain(links: list[TrailRow]) -> Iterator[dict[str, Any]]:
    """The links of the case, and between them the runs of others by the hash of their last one."""
    expected = links[0].seq if links else 0
    for row in links:
        if row.seq > expected:
            yield {"from": expected, "to": row.seq - 1, "last_hash": row.previous}
        yield {
            **row.model_dump(mode="json"),
            "at": row.at.astimezone(UTC).isoformat(),
            "recorded_at": row.recorded_at.astimezone(UTC).isoformat(),
        }
        expected = row.seq + 1
