"""Keeps what registers said of companies: one row for each, shared by all creditors, for registers are public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from activities.company_standing import Company, status_of
from models.company import CompanyState, CompanyStatus
from models.database import transaction
from models.mirror import CompanyRow
from rules.company_status import believed

AT_ONCE = 500
"""So many numbers stand in one question to the database."""


def keep(database: Engine, company: Company, read: CompanyStatus, now: datetime) -> None:
    """Keep an answer, or that there was none; what is known stays when nothing better came."""
    try:
        with transaction(database) as session:
            _keep(session, company, read, now)
    except IntegrityError:
        # Another creditor's watch was first with this company; now there is a row to look at.
        with transaction(database) as session:
            _keep(session, company, read, now)


def rows_of(session: Session, companies: Sequence[Company]) -> dict[Company, CompanyRow]:
    """What is kept of some companies."""
    numbers = sorted({number for _, number in companies})
    found: dict[Company, CompanyRow] = {}
    for start in range(0, len(numbers), AT_ONCE):
        query = select(CompanyRow).where(col(CompanyRow.number).in_(numbers[start : start + AT_ONCE]))
        found |= {(row.country, row.number): row for row in session.exec(query)}
    return found


def _keep(session: Session, company: Company, read: CompanyStatus, now: datetime) -> None:
    country, number = company
    row = session.get(CompanyRow, company, with_for_update=True)
    if row is None:
        row = CompanyRow(country=country, number=number, state=CompanyState.unknown, asked_at=now)
    row.asked_at = now
    known = status_of(row)
    if read.state is CompanyState.unknown:
        row.problem = read.problem
        row.unanswered_since = row.unanswered_since or now
    else:
        row.problem, row.unanswered_since = "", None
        if known is None or (read.read_at >= known.read_at and believed(known, read) is read):
            row.state, row.raw, row.source = read.state, read.raw, read.source
            row.since, row.trustee, row.read_at = read.since, read.trustee, read.read_at
    session.add(row)
