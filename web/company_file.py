"""A customer's company as the API shows it: how it stands, who says so, and what to do."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from activities.company_standing import Company, advice_on
from models.company import CompanyState, Consequence
from models.mirror import CompanyRow


class CompanyFile(BaseModel):
    """What the register last said of a company, and what follows from it."""

    country: str
    number: str
    state: CompanyState
    """unknown when no register ever answered; it never counts as healthy"""
    said: str
    """The register's own word."""
    source: str
    """virk, cvrapi, brreg"""
    since: date | None
    """The day from which the register has it so, where it tells."""
    trustee: str
    read_at: datetime | None
    """When a register last answered; null when none ever did."""
    asked_at: datetime | None
    problem: str
    """Why the last question was not answered; empty when it was."""
    unanswered_since: datetime | None
    consequence: Consequence
    """go_on, warn, freeze, successor, dissolved, ask"""
    advice: str
    """What a person should do."""
    by: date | None
    """The last day for it."""


def company_file(company: Company, row: CompanyRow | None, today: date, zone: ZoneInfo) -> CompanyFile:
    """A company as it is known; `row` is None for one that nobody has asked about yet."""
    advice = advice_on(row, today)
    fields = {"consequence": advice.consequence, "advice": advice.text, "by": advice.by}
    country, number = company
    if row is None:
        return CompanyFile(
            country=country,
            number=number,
            state=CompanyState.unknown,
            said="",
            source="",
            since=None,
            trustee="",
            read_at=None,
            asked_at=None,
            problem="it has not been asked yet",
            unanswered_since=None,
            **fields,
        )
    return CompanyFile(
        country=country,
        number=number,
        state=CompanyState(row.state),
        said=row.raw,
        source=row.source,
        since=row.since,
        trustee=row.trustee,
        read_at=_at(row.read_at, zone),
        asked_at=_at(row.asked_at, zone),
        problem=row.problem,
        unanswered_since=_at(row.unanswered_since, zone),
        **fields,
    )


def _at(instant: datetime | None, zone: ZoneInfo) -> datetime | None:
    return instant.astimezone(zone) if instant else None
