"""What stops a case, and what lets it go on; each with its line on the trail."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from activities import trail
from models.case import ENGINE, News, Resumed
from models.cases import CaseRow, FreezeRow


def freeze(
    session: Session,
    case: CaseRow,
    news: News,
    at: datetime,
    kind: str,
    reason: str,
    until: datetime | None = None,
) -> None:
    """Stop the case until a person, or a time, ends it."""
    freeze_id = f"{case.id}:{news.id}"
    if session.get(FreezeRow, freeze_id) is not None:
        return
    session.add(
        FreezeRow(id=freeze_id, case_id=case.id, kind=kind, reason=reason, since=at, until=until, by=str(news.by))
    )
    ends = f" until {until.date()}" if until else ""
    trail.write(
        session,
        case.creditor_id,
        f"{freeze_id}:frozen",
        at,
        "frozen",
        f"Stopped{ends} ({kind}): {reason}",
        case_id=case.id,
        actor=news.by,
        freeze=kind,
        until=until,
    )


def end_freezes(session: Session, case: CaseRow, as_of: datetime) -> None:
    """End the freezes whose time is over."""
    query = select(FreezeRow).where(
        FreezeRow.case_id == case.id, col(FreezeRow.ended_at).is_(None), col(FreezeRow.until) <= as_of
    )
    for row in session.exec(query):
        row.ended_at, row.ended_by = as_of, str(ENGINE)
        trail.write(
            session,
            case.creditor_id,
            f"{row.id}:ended",
            as_of,
            "thawed",
            f"The {row.kind} is over: {row.reason}",
            case_id=case.id,
        )


def resume(session: Session, case: CaseRow, news: Resumed, at: datetime) -> None:
    """End everything that stops the case; what came after a resume that is taken in again goes on stopping it."""
    key = f"{case.id}:resumed:{news.id}"
    if trail.has(session, case.creditor_id, key):
        return
    query = select(FreezeRow).where(FreezeRow.case_id == case.id, col(FreezeRow.ended_at).is_(None))
    kinds = []
    for row in session.exec(query):
        row.ended_at, row.ended_by = at, str(news.by)
        kinds.append(row.kind)
    trail.write(
        session,
        case.creditor_id,
        key,
        at,
        "resumed",
        f"Resumed ({', '.join(kinds) or 'nothing stopped it'}): {news.reason}",
        case_id=case.id,
        actor=news.by,
        ended=kinds,
    )
