"""What a case has to hear about its customer's company: a find, a warning, that it is over, that nobody answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from activities import trail
from activities.company_standing import INSOLVENCY, find_of, noted_key, over, status_of
from models.cases import CaseRow, FreezeRow
from models.company import CompanyState, CompanyStatus, Consequence, Source
from models.creditor import CreditorSettings
from models.mirror import CompanyRow
from models.news import InsolvencyFound, Noted
from models.record import TrailRow
from rules.calendar import local_day
from rules.company_status import advice

News = InsolvencyFound | Noted
NAMES = {
    Source.virk: "Virk",
    Source.cvrapi: "cvrapi",
    Source.brreg: "Enhetsregisteret",
    Source.none: "no register",
}
WORDS = {
    CompanyState.healthy: "active",
    CompanyState.insolvent: "bankrupt",
    CompanyState.restructuring: "in reconstruction or composition",
    CompanyState.winding_up: "being wound up",
    CompanyState.gone: "dissolved",
    CompanyState.odd: "of unclear standing",
    CompanyState.unknown: "unknown",
}


@dataclass(frozen=True)
class Moment:
    """Business time, for days that people are told, and real time, for the age of answers."""

    as_of: datetime
    now: datetime


@dataclass(frozen=True)
class Before:
    """What the open cases of a creditor were told before, by case."""

    finds: dict[str, list[FreezeRow]]
    """Finds that stop them now, oldest first."""
    silences: dict[str, str]
    """The last silence of the registers that they were told of and that is not over."""


def told_before(session: Session, creditor: str) -> Before:
    """Two questions to the database for all cases of a creditor."""
    finds: dict[str, list[FreezeRow]] = {}
    query = (
        select(FreezeRow)
        .join(CaseRow, col(CaseRow.id) == col(FreezeRow.case_id))
        .where(CaseRow.creditor_id == creditor, FreezeRow.kind == INSOLVENCY, col(FreezeRow.ended_at).is_(None))
        .order_by(col(FreezeRow.since), col(FreezeRow.id))
    )
    for row in session.exec(query):
        finds.setdefault(row.case_id, []).append(row)
    silences: dict[str, str] = {}
    notes = select(TrailRow.case_id, TrailRow.data).where(
        TrailRow.creditor_id == creditor, TrailRow.kind == "noted", col(TrailRow.key).like("%:silent:%")
    )
    for case_id, data in session.exec(notes.order_by(col(TrailRow.seq))):
        about = str(data.get("about", ""))
        if about.endswith(over("")):
            silences.pop(case_id, None)
        else:
            silences[case_id] = about
    return Before(finds, silences)


def news_for(
    session: Session, case: CaseRow, row: CompanyRow, settings: CreditorSettings, before: Before, at: Moment
) -> Iterator[News]:
    """What a case has not heard yet; nothing once it has."""
    finds = before.finds.get(case.id, [])
    if (status := status_of(row)) is not None:
        yield from _found(session, case, status, finds, local_day(at.as_of, settings))
    if row.unanswered_since is not None:
        yield from _silent(session, case, row, settings, finds, at.now)
    elif (silence := before.silences.get(case.id)) is not None:
        said = f"The register answers again about company {row.number}: {WORDS[CompanyState(row.state)]}"
        yield Noted(id=over(silence), what=said)


def _found(
    session: Session, case: CaseRow, status: CompanyStatus, finds: Sequence[FreezeRow], today: date
) -> Iterator[News]:
    # Told without the trustee's name: news travel through Temporal, and names of people stay in the database.
    told = advice(status.model_copy(update={"trustee": ""}), today)
    if told.consequence is Consequence.go_on:
        yield from _over(session, case, status, finds, today)
        return
    find = find_of(session, case, status)
    if session.get(FreezeRow, f"{case.id}:{find}") or trail.has(session, case.creditor_id, noted_key(case.id, find)):
        return
    since = f" since {status.since}" if status.since else ""
    said = f"{WORDS[status.state]} (“{status.raw}”{since}, says {NAMES[status.source]}). {told.text}"
    if told.consequence is Consequence.warn:
        yield Noted(id=find, what=f"Company {status.number} is {said}", tell=True)
        return
    yield InsolvencyFound(
        id=find,
        status=said,
        source=NAMES[status.source],
        consequence=told.consequence,
        since=status.since,
        by_day=told.by,
        number=f"{status.country} {status.number}",
    )


def _over(
    session: Session, case: CaseRow, status: CompanyStatus, finds: Sequence[FreezeRow], today: date
) -> Iterator[News]:
    """A company that is active again stays stopped until a person has looked."""
    stops = [freeze for freeze in finds if freeze.about.startswith("company:")]
    if not stops or trail.has(session, case.creditor_id, noted_key(case.id, over(stops[-1].about))):
        return
    said = (
        f"Company {status.number} is active again, says {NAMES[status.source]} on {today}; the case stays stopped, an "
        "admin decides whether reminders go on"
    )
    yield Noted(id=over(stops[-1].about), what=said, tell=True)


def _silent(
    session: Session,
    case: CaseRow,
    row: CompanyRow,
    settings: CreditorSettings,
    finds: Sequence[FreezeRow],
    now: datetime,
) -> Iterator[News]:
    """Sends are held by now, so a person has to know; a case that is stopped sends nothing anyway."""
    assert row.unanswered_since is not None
    allowed = timedelta(hours=settings.company_hours)
    if finds or now - (row.read_at or row.unanswered_since) <= allowed:
        return
    silence = f"company:{row.country}:{row.number}:silent:{row.unanswered_since.isoformat()}"
    if trail.has(session, case.creditor_id, noted_key(case.id, silence)):
        return
    last = f"no register has answered since {local_day(row.read_at, settings)}" if row.read_at else "none ever answered"
    said = (
        f"How company {row.number} stands is not known, {last} ({row.problem}). Reminders are held until one does: see "
        "that the number is right and that the register can be reached"
    )
    yield Noted(id=silence, what=said, tell=True)
