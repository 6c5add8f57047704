"""What stops cases, whose turn it is and when it comes back; and how an admin settles a customer's question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlmodel import Session, col, select

from activities import ledger
from activities.freezes import PLAN, UNKNOWN, open_freezes
from models.cases import CaseRow, FreezeRow
from models.columns import Json
from models.database import transaction
from models.mirror import CustomerRow
from models.news import Resolved
from web.answers import Done, Limit, Offset, Page, page, shown
from web.bodies import Going, Number
from web.callers import Caller, SignedIn, admins_only
from web.engine import command
from web.mistakes import Mistake
from web.problems import Problem, invalid
from web.reach import Reach, Reached
from web.visible import OpenCase, visible_cases

router = APIRouter(tags=["stops"])


class Stop(BaseModel):
    """Something that stops a case now, and who has to deal with it."""

    id: str
    case_id: str
    customer_number: str
    customer: str
    kind: str
    """hold, snooze, question, review, correction, insolvency, promise, plan_asked, plan, unknown, undelivered"""
    reason: str
    since: datetime
    until: datetime | None
    """When it ends by itself."""
    owner: str
    """The rep whose customer it is; empty where it is up to the admins."""
    back_at: datetime | None
    """When it comes back to a person."""
    times_back: int
    about: str
    figures: list[Json]
    """Old and new figures, where they are what has to be looked at."""


class Settlement(Going):
    """How a question was settled. What the books have to show first is waited for; a withdrawn claim ends."""

    outcome: Literal["answered", "amount_corrected", "credited", "withdrawn"]
    invoices: tuple[Number, ...] = ()
    """Those that are withdrawn; without any, all of the case."""


@router.get("/stops", summary="What stops cases now, the one that comes back first on top")
def list_stops(
    caller: SignedIn,
    reach: Reached,
    kind: Annotated[Number | None, Query(description="Only stops of this kind, such as `question`.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[Stop]:
    seen = visible_cases(caller).with_only_columns(col(CaseRow.id))
    query = select(FreezeRow).where(col(FreezeRow.ended_at).is_(None), col(FreezeRow.case_id).in_(seen))
    if kind is not None:
        query = query.where(FreezeRow.kind == kind)
    query = query.order_by(col(FreezeRow.back_at).is_(None), col(FreezeRow.back_at), col(FreezeRow.id))
    with transaction(reach.database) as session:
        return page(session, query, limit, offset, lambda rows: _stops(session, rows, caller))


@router.post("/cases/{case_id}/resolve", summary="Settle the customer's open questions; admins only")
async def resolve(
    case: OpenCase,
    caller: Annotated[Caller, Depends(admins_only("settle a question"))],
    reach: Reached,
    body: Settlement,
) -> Done:
    await run_in_threadpool(_refuse_strange_invoices, reach, case, body)
    seen = await run_in_threadpool(stops_seen, reach, case, body, ("question",))
    news = Resolved(
        id=f"resolve-{uuid4().hex}",
        by=caller.actor,
        outcome=body.outcome,
        reason=body.reason,
        invoices=body.invoices,
        stops=seen,
    )
    return Done(said=await command(reach, case, "resolve", news), case_id=case.id)


def stops_seen(reach: Reach, case: CaseRow, body: Going, kinds: Sequence[str] = ()) -> tuple[str, ...] | None:
    """The stops that somebody lets a case go on over: the named ones, or the only one there is. Others must not end
    unseen, a bankruptcy by the answer to a question. None while nothing of it is on record yet.
    """
    with transaction(reach.database) as session:
        rows = [row for row in open_freezes(session, case) if row.kind not in (PLAN, UNKNOWN)]
    rows = [row for row in rows if not kinds or row.kind in kinds]
    if body.stops is None and len(rows) > 1:
        listed = "; ".join(f"{row.kind} ({row.reason}), id {row.id}" for row in rows)
        say = "name in `stops` the ids of those you have looked at, and the others go on stopping it"
        raise Problem(409, f"{len(rows)} things stop this case: {listed}. Please {say}.")
    if strange := sorted(set(body.stops or ()) - {row.id for row in rows}):
        what = f"{', '.join(strange)}: does not stop this case, or not any more; GET /stops lists what does"
        raise invalid([Mistake(where="stops", what=what)])
    return body.stops if body.stops is not None else tuple(row.id for row in rows) or None


def _refuse_strange_invoices(reach: Reach, case: CaseRow, body: Settlement) -> None:
    if not body.invoices:
        return
    if body.outcome != "withdrawn":
        raise invalid([Mistake(where="invoices", what="are named only when a claim is withdrawn; leave them out")])
    with transaction(reach.database) as session:
        known = ledger.Balances(ledger.entries(session, case.id)).principal
    strange = [number for number in body.invoices if number not in known]
    if strange:
        what = f"{', '.join(strange)}: not part of this case, which is about {', '.join(sorted(known))}"
        raise invalid([Mistake(where="invoices", what=what)])


def _stops(session: Session, rows: Iterable[FreezeRow], caller: Caller) -> list[Stop]:
    found = []
    for row in rows:
        case = session.get_one(CaseRow, row.case_id)
        customer = session.get(CustomerRow, (case.creditor_id, case.customer_number))
        name = customer.name if customer else case.customer_number
        found.append(shown(Stop, row, caller.zone, customer_number=case.customer_number, customer=name))
    return found
