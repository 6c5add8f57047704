"""How a customer's company stands by the last answer of a register, and whether a person goes on in spite of it."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlmodel import Session, col, select
from stdnum.util import clean

from activities import trail
from activities.registers.numbers import plain_number
from models.cases import CaseRow, FreezeRow
from models.clock import real_now
from models.company import Advice, CompanyState, CompanyStatus, Consequence, Source
from models.creditor import CreditorSettings
from models.facts import CompanyStanding
from models.mirror import CompanyRow, CustomerRow
from models.news import ENGINE
from rules.company_status import advice

Company = tuple[str, str]
"""Country code and registration number."""
COUNTRIES = ("DK", "NO")
GOES_ON = (Consequence.go_on, Consequence.warn)
INSOLVENCY = "insolvency"
"""The kind of stop that a find is to its case."""
DECREE = re.compile(rf"company:\w+:\w+:{CompanyState.insolvent}:.*?:(\d{{4}}-\d\d-\d\d)(:\d+)?")


def company_of(registration_number: str, country: str) -> Company | None:
    """The company behind a number in the books, tried in the creditor's own country first; None for a person."""
    text = clean(registration_number)
    for known in sorted(COUNTRIES, key=lambda known: known != country):
        if number := plain_number(known, text):
            return known, number
    return None


def company_of_customer(customer: CustomerRow | None, country: str) -> Company | None:
    """The same for a mirrored customer."""
    return company_of(str(customer.document.get("registration_number") or ""), country) if customer else None


def status_of(row: CompanyRow | None) -> CompanyStatus | None:
    """The last status that a register really gave; None when none ever did."""
    if row is None or row.read_at is None or row.state == CompanyState.unknown:
        return None
    return CompanyStatus(
        number=row.number,
        country=row.country,
        state=CompanyState(row.state),
        raw=row.raw,
        source=Source(row.source),
        since=row.since,
        read_at=row.read_at,
        trustee=row.trustee,
    )


def advice_on(row: CompanyRow | None, today: date) -> Advice:
    """What a person should do about a company by its last status, also when there is none."""
    if (status := status_of(row)) is not None:
        return advice(status, today)
    problem = (row.problem if row else "") or "it has not been asked yet"
    now = row.asked_at if row else real_now()
    none = CompanyStatus(number="", country="", state=CompanyState.unknown, read_at=now, problem=problem)
    return advice(none, today)


def noted_key(case_id: str, news_id: str) -> str:
    """The key of a note on the trail of a case."""
    return f"{case_id}:noted:{news_id}"


def find_of(session: Session, case: CaseRow, status: CompanyStatus) -> str:
    """The id of what a register found, the same until the company takes a further step.

    What a case was told to be over counts as new when it comes again, also under the same word and date.
    """
    first = f"company:{status.country}:{status.number}:{status.state}:{status.raw}:{status.since}"
    find, turn = first, 1
    while trail.has(session, case.creditor_id, noted_key(case.id, over(find))):
        turn += 1
        find = f"{first}:{turn}"
    return find


def over(find: str) -> str:
    """The id under which a case hears that a find is over."""
    return f"{find}:over"


def decree_day(find: str) -> date | None:
    """The day of the bankruptcy that a find is about; None for any other find."""
    found = DECREE.fullmatch(find)
    return date.fromisoformat(found[1]) if found else None


def standing_of(
    session: Session, case: CaseRow, customer: CustomerRow | None, settings: CreditorSettings
) -> CompanyStanding | None:
    """What the guards have to know; None for a person, without the watch, and when no register ever answered."""
    company = company_of_customer(customer, settings.country) if settings.company_watch else None
    row = session.get(CompanyRow, company) if company else None
    status = status_of(row)
    if status is None:
        return None
    allowed = advice(status, status.read_at.date()).consequence in GOES_ON
    return CompanyStanding(
        number=status.number,
        state=status.state,
        allowed=allowed,
        accepted=not allowed and _accepted(session, case, find_of(session, case, status)),
        said=status.raw,
        age_seconds=age_of(status.read_at),
    )


def age_of(read_at: datetime) -> float:
    """Real seconds since an answer."""
    return max((real_now() - read_at).total_seconds(), 0.0)


def _accepted(session: Session, case: CaseRow, find: str) -> bool:
    """Whether a person has let the case go on knowing of this very find."""
    query = select(FreezeRow.ended_by).where(
        FreezeRow.case_id == case.id,
        FreezeRow.kind == INSOLVENCY,
        FreezeRow.about == find,
        col(FreezeRow.ended_at).is_not(None),
    )
    return any(by != str(ENGINE) for by in session.exec(query))
