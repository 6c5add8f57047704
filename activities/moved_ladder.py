"""Moves a case to another ladder, or to another version of its own: the pin, and the line on the trail."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from activities import trail
from activities.climbed_ladders import MOVED
from activities.facts import settings_of
from models.cases import CaseRow
from models.ladder import Ladder
from models.news import LadderMoved, pin
from models.parties import LadderRow
from rules.calendar import local_day
from rules.lawful_ladder import problems_in


def move_to_ladder(session: Session, case: CaseRow, news: LadderMoved, at: datetime) -> None:
    """Pin a version to the case; taking in the same again changes nothing.

    The API has asked the same before. What it did not see, such as a law that changes meanwhile, must not stop the
    case: it stays on its ladder, and the trail says why.
    """
    before = pin(case.ladder_name, case.ladder_version)
    key = f"{case.id}:{MOVED}:{news.id}"
    if before == news.target or trail.has(session, case.creditor_id, key):
        return
    if why := _refused(session, case, news, at):
        text = f"Not moved to ladder {news.target}: {why}"
        trail.write(
            session, case.creditor_id, f"{key}:refused", at, "ladder not moved", text, case_id=case.id, actor=news.by
        )
        return
    trail.write(
        session,
        case.creditor_id,
        key,
        at,
        MOVED,
        f"Moved from ladder {before} to {news.target}: {news.reason}",
        case_id=case.id,
        actor=news.by,
        moved_from=[case.ladder_name, case.ladder_version],
        moved_to=[news.ladder, news.version],
        reason=news.reason,
    )
    case.ladder_name, case.ladder_version = news.ladder, news.version
    session.add(case)


def _refused(session: Session, case: CaseRow, news: LadderMoved, at: datetime) -> str:
    row = session.get(LadderRow, (case.creditor_id, news.ladder, news.version))
    if row is None:
        return "there is no such ladder, or no such version of it"
    settings = settings_of(session, case.creditor_id)
    found = problems_in(Ladder.model_validate(row.document), settings.country, local_day(at, settings))
    return " ".join(str(illegal) for illegal in found)
