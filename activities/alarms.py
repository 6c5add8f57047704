"""Keeps what sweeps found: watched from the first sight, an alarm once it lasts, over when it is no longer found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from activities import trail
from models.alarms import AlarmRow
from models.forgotten import Finding
from rules.forgotten import lasts

REPAIRED, ALARM, OVER = "repair", "alarm", "alarm over"
SAID_BY_SWEEPS = (REPAIRED, ALARM, OVER)
"""Kinds of trail entries that are no sign of life of a case."""


@dataclass(frozen=True)
class Kept:
    """What became of the findings of one sweep."""

    raised: int = 0
    over: int = 0


def keep_findings(
    session: Session, creditor: str, findings: Sequence[Finding], done: Mapping[Finding, str], as_of: datetime
) -> Kept:
    """Bring the alarms in line with what was found, and say on the trail what was done about it.

    Without findings and without alarms nothing is written.
    """
    query = select(AlarmRow).where(AlarmRow.creditor_id == creditor, col(AlarmRow.cleared_at).is_(None))
    before = {(row.matter, row.about): row for row in session.exec(query.with_for_update())}
    rows = [_seen(session, creditor, finding, as_of) for finding in findings]
    repaired = [(row, done[finding]) for row, finding in zip(rows, findings, strict=True) if finding in done]
    gone = [row for key, row in before.items() if key not in {(f.matter, f.about) for f in findings}]
    raised = [row for row in rows if row.opened_at is None and lasts(row.first_seen_at, as_of)]
    over = [row for row in gone if row.opened_at is not None]
    for row in raised:
        row.opened_at = as_of
    for row in gone:
        row.cleared_at = as_of
    session.flush()  # the rows before the trail: all writers take their locks in this order
    for row, how in repaired:
        _on_trail(session, row, REPAIRED, f"{row.says}; {how}", as_of)
    for row in raised:
        _on_trail(session, row, ALARM, row.says, as_of)
    for row in over:
        _on_trail(session, row, OVER, f"no longer so: {row.says}", as_of)
    return Kept(raised=len(raised), over=len(over))


def _on_trail(session: Session, row: AlarmRow, kind: str, says: str, as_of: datetime) -> None:
    """Say something about a finding on the trail, once for each time that it began."""
    key = f"{kind}:{row.matter}:{row.about}:{row.first_seen_at.astimezone(UTC).isoformat()}"
    text = f"{says[:1].upper()}{says[1:]}"
    trail.write(
        session, row.creditor_id, key, as_of, kind, text, case_id=row.case_id, matter=row.matter, about=row.about
    )


def _seen(session: Session, creditor: str, finding: Finding, as_of: datetime) -> AlarmRow:
    row = session.get(AlarmRow, (creditor, finding.matter, finding.about))
    if row is None:
        row = AlarmRow(
            creditor_id=creditor,
            matter=finding.matter,
            about=finding.about,
            says="",
            first_seen_at=as_of,
            last_seen_at=as_of,
        )
        session.add(row)
    if row.cleared_at is not None:
        row.first_seen_at, row.opened_at, row.told_at, row.cleared_at = as_of, None, None, None
    row.says, row.case_id, row.last_seen_at = finding.says, finding.case_id, as_of
    return row
