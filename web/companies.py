"""Customers that are companies, how they stand, and asking the registers at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from activities.company_store import rows_of
from activities.company_watch import Watched, watched_cases
from models.clock import real_now
from models.company import CompanyState, Consequence
from models.database import transaction
from models.mirror import CustomerRow
from models.news import Role
from models.watch import WatchInput
from rules.calendar import local_day
from web.answers import Limit, Offset, Page
from web.business_time import business_now
from web.callers import Caller, SignedIn, admins_only
from web.company_file import CompanyFile, company_file
from web.engine import ask_registers
from web.problems import Problem
from web.reach import Reach, Reached

router = APIRouter(prefix="/companies", tags=["companies"])

SWITCHED_OFF = (
    "The company watch of this creditor is switched off; PUT /settings with company_watch true switches it on."
)
NO_COMPANY = (
    "Nobody is asked about this customer: it has no open case, or its number in the books is no registration number of "
    "a Danish or Norwegian company. Persons stand in no register."
)


class CompanyLine(CompanyFile):
    """A customer with an open case, and its company."""

    customer_number: str
    customer: str
    case_id: str
    case_state: str


@router.get("", summary="How the companies of customers with an open case stand, by customer number")
def list_companies(
    caller: SignedIn,
    reach: Reached,
    state: Annotated[CompanyState | None, Query(description="Only companies in this state.")] = None,
    not_healthy: Annotated[
        bool | None, Query(description="Only those for which reminders do not simply go on, or only the others.")
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[CompanyLine]:
    with transaction(reach.database) as session:
        seen = _seen(session, caller)
        lines = _lines(session, reach, caller, seen)
    if state is not None:
        lines = [line for line in lines if line.state is state]
    if not_healthy is not None:
        lines = [line for line in lines if (line.consequence is not Consequence.go_on) == not_healthy]
    return Page(items=lines[offset : offset + limit], total=len(lines), limit=limit, offset=offset)


@router.post("/{customer_number}/ask", summary="Ask the registers about a customer's company now; admins only")
async def ask(
    customer_number: str,
    caller: Annotated[Caller, Depends(admins_only("have the registers asked"))],
    reach: Reached,
) -> CompanyLine:
    shift = await run_in_threadpool(_time_shift, reach, caller, customer_number)
    await ask_registers(reach, WatchInput(creditor=caller.creditor, customers=(customer_number,), time_shift=shift))
    return await run_in_threadpool(_line, reach, caller, customer_number)


def _time_shift(reach: Reach, caller: Caller, customer_number: str) -> timedelta:
    """How far the case's clock is from ours; raises Problem where there is nobody to ask about."""
    if not caller.settings.company_watch:
        raise Problem(409, SWITCHED_OFF)
    with transaction(reach.database) as session:
        [watched] = _found(session, caller, customer_number)
        shift = business_now(session, watched.case) - real_now()
    return shift if abs(shift) >= timedelta(hours=1) else timedelta()


def _line(reach: Reach, caller: Caller, customer_number: str) -> CompanyLine:
    with transaction(reach.database) as session:
        [line] = _lines(session, reach, caller, _found(session, caller, customer_number))
    return line


def _found(session: Session, caller: Caller, customer_number: str) -> list[Watched]:
    known = session.get(CustomerRow, (caller.creditor, customer_number)) if customer_number.isprintable() else None
    if known is None:
        raise Problem(404, "There is no such customer; GET /companies lists those that are companies.")
    found = watched_cases(session, caller.creditor, caller.settings, (customer_number,))
    if not found:
        raise Problem(409, NO_COMPANY)
    return found[-1:]


def _seen(session: Session, caller: Caller) -> list[Watched]:
    """An admin sees all, a rep those of its own customers."""
    watched = watched_cases(session, caller.creditor, caller.settings)
    if caller.role is not Role.admin:
        watched = [one for one in watched if one.customer.owner and one.customer.owner == caller.books_number]
    return sorted(watched, key=lambda one: one.customer.number)


def _lines(session: Session, reach: Reach, caller: Caller, watched: Sequence[Watched]) -> list[CompanyLine]:
    today = local_day(reach.clock(), caller.settings)
    rows = rows_of(session, [one.company for one in watched])
    return [
        CompanyLine(
            **company_file(one.company, rows.get(one.company), today, caller.zone).model_dump(),
            customer_number=one.customer.number,
            customer=one.customer.name,
            case_id=one.case.id,
            case_state=one.case.state,
        )
        for one in watched
    ]
