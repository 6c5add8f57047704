"""Reading cases: the list, a case's file, its ledger and its trail."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlmodel import col, select

from models.cases import CaseRow
from models.database import transaction
from models.record import TrailRow
from web.answers import Limit, Offset, Page, page, shown
from web.bodies import Number
from web.callers import SignedIn
from web.case_file import CaseFile, CaseLine, case_file, case_lines
from web.reach import Reached
from web.record_file import LedgerAnswer, TrailLine, ledger_answer
from web.visible import SeenCase, visible_cases

router = APIRouter(prefix="/cases", tags=["cases"])

State = Literal["open", "waiting", "proposed", "held", "frozen", "closed"]


@router.get("", summary="The cases you may see, the one with the next move first")
def list_cases(
    caller: SignedIn,
    reach: Reached,
    state: Annotated[State | None, Query(description="`open` is every state but closed; without it all.")] = None,
    customer: Annotated[Number | None, Query(description="Number of the customer.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[CaseLine]:
    query = visible_cases(caller)
    if state == "open":
        query = query.where(col(CaseRow.closed_at).is_(None))
    elif state is not None:
        query = query.where(CaseRow.state == state)
    if customer is not None:
        query = query.where(CaseRow.customer_number == customer)
    query = query.order_by(
        col(CaseRow.closed_at).is_not(None), col(CaseRow.next_at).is_(None), col(CaseRow.next_at), col(CaseRow.id)
    )
    with transaction(reach.database) as session:
        return page(session, query, limit, offset, lambda rows: case_lines(session, rows, caller.zone))


@router.get("/{case_id}", summary="The whole file of a case")
def read_case(case: SeenCase, caller: SignedIn, reach: Reached) -> CaseFile:
    with transaction(reach.database) as session:
        return case_file(session, case, caller.zone)


@router.get("/{case_id}/ledger", summary="The claim ledger of a case: entries and balances")
def read_ledger(case: SeenCase, caller: SignedIn, reach: Reached) -> LedgerAnswer:
    with transaction(reach.database) as session:
        return ledger_answer(session, case, caller.zone)


@router.get("/{case_id}/trail", summary="Everything that happened in a case, oldest first")
def read_trail(
    case: SeenCase, caller: SignedIn, reach: Reached, limit: Limit = 100, offset: Offset = 0
) -> Page[TrailLine]:
    query = select(TrailRow).where(TrailRow.creditor_id == caller.creditor, TrailRow.case_id == case.id)
    with transaction(reach.database) as session:
        return page(
            session,
            query.order_by(col(TrailRow.seq)),
            limit,
            offset,
            lambda rows: [shown(TrailLine, row, caller.zone) for row in rows],
        )
