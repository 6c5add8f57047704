"""Who may see a customer's page: whoever has the link, while it is signed by us, in use and not too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, NoReturn

from fastapi import Depends, Request
from sqlmodel import Session, col, func, select

from activities.facts import settings_of
from activities.instalments import instalment_rows
from activities.plans import plan_in_force
from models.cases import CaseRow, ProposalRow
from models.creditor import CreditorSettings
from models.database import reading
from rules.calendar import local_day
from web.page_limits import FORGED, READS, WRITES, network_of
from web.reach import Reach, Reached

WENT_OUT = ("sent", "unknown")


class NoPage(Exception):
    """A link that opens nothing. What is wrong with it is not told; 410 only says that it once was a link of ours."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class TooOften(Exception):
    """Somebody asks faster than people do."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Visit:
    """A good link: its case, and the business day on which it was followed."""

    token: str
    case: CaseRow
    settings: CreditorSettings
    today: date

    @property
    def path(self) -> str:
        return f"/c/{self.token}"


def last_day(session: Session, case: CaseRow, settings: CreditorSettings) -> date:
    """The last business day on which the link opens: counted from the last message, the opening, or a plan's end."""
    sent = select(func.max(ProposalRow.ended_at)).where(
        ProposalRow.case_id == case.id, col(ProposalRow.state).in_(WENT_OUT)
    )
    since = max(session.exec(sent).one() or case.opened_at, case.opened_at)
    days = [local_day(since, settings)]
    if (plan := plan_in_force(session, case)) is not None:
        days += [instalment.due for instalment in instalment_rows(session, plan.id)]
    return max(days) + timedelta(days=settings.link_days)


def _followed(token: str, request: Request, reach: Reached) -> Visit:
    """The visit that a link stands for; NoPage or TooOften when it is none."""
    key = reach.links.key(token)
    found = _visit(token, key, reach) if key else None
    if found is None:
        turn_away(request, reach, 410 if key else 404)
    limit = READS if request.method in ("GET", "HEAD") else WRITES
    if seconds := reach.limits.wait(limit, key):
        raise TooOften(seconds)
    return found


def turn_away(request: Request, reach: Reach, status: int) -> NoReturn:
    """Answer a link that opens nothing, at most so many times a minute to one client."""
    client = network_of(request.client.host if request.client else "")
    if seconds := reach.limits.wait(FORGED, client):
        raise TooOften(seconds)
    raise NoPage(status)


def _visit(token: str, key: str, reach: Reach) -> Visit | None:
    with reading(reach.database) as session:
        case = session.exec(select(CaseRow).where(CaseRow.page_key == key)).one_or_none()
        if case is None:
            return None
        settings = settings_of(session, case.creditor_id)
        today = local_day(reach.clock(), settings)
        return Visit(token, case, settings, today) if today <= last_day(session, case, settings) else None


Followed = Annotated[Visit, Depends(_followed)]
