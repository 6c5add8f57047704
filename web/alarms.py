"""What the sweep found and could not put right: the same list that admins are mailed, here also while mail is down."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.alarms import AlarmRow
from models.cases import CaseRow
from models.database import transaction
from models.forgotten import Matter
from models.news import Role
from web.answers import Limit, Offset, Page, page, shown
from web.callers import Caller, SignedIn
from web.reach import Reached
from web.visible import visible_cases

router = APIRouter(tags=["alarms"])


class Alarm(BaseModel):
    """Something that will be forgotten unless a person looks at it."""

    matter: Matter
    about: str
    """The id of a case, a text, a message, a workflow; `books` where it is about all of the books."""
    case_id: str
    """Empty where it is about no case."""
    says: str
    """What is wrong, and what to do where only a person can do something."""
    first_seen_at: datetime
    opened_at: datetime
    """When a later sweep still found it."""
    last_seen_at: datetime
    told_at: datetime | None
    """When the admins were last mailed of it; empty while mail does not work."""
    cleared_at: datetime | None


@router.get(
    "/alarms",
    summary="What would be forgotten unless somebody looks, the oldest first",
    description="Admins see every alarm of the creditor, reps those about cases of their own customers. An alarm ends "
    "by itself when what it is about is no longer so.",
)
def list_alarms(
    caller: SignedIn,
    reach: Reached,
    matter: Annotated[Matter | None, Query(description="Only alarms of this kind.")] = None,
    state: Annotated[Literal["open", "over", "all"], Query(description="`over`: what is no longer so.")] = "open",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[Alarm]:
    query = _visible(caller)
    if matter is not None:
        query = query.where(AlarmRow.matter == matter)
    if state == "open":
        query = query.where(col(AlarmRow.cleared_at).is_(None))
    elif state == "over":
        query = query.where(col(AlarmRow.cleared_at).is_not(None))
    oldest = query.order_by(col(AlarmRow.first_seen_at), AlarmRow.matter, AlarmRow.about)
    with transaction(reach.database) as session:
        return page(session, oldest, limit, offset, lambda rows: [shown(Alarm, row, caller.zone) for row in rows])


def _visible(caller: Caller) -> SelectOfScalar[AlarmRow]:
    """What lasted, that the caller may see; what one repair cured never was an alarm."""
    query = select(AlarmRow).where(AlarmRow.creditor_id == caller.creditor, col(AlarmRow.opened_at).is_not(None))
    if caller.role is Role.admin:
        return query
    return query.where(col(AlarmRow.case_id).in_(visible_cases(caller).with_only_columns(col(CaseRow.id))))
