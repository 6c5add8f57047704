"""Handing a case over, and taking everything of it out of the house as one file."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import select

from activities.case_export import export
from activities.case_export_page import as_page
from activities.hand_over import refusal_key
from models.cases import CaseRow
from models.database import transaction
from models.news import Ended
from models.record import TrailRow
from web.answers import Done
from web.bodies import Because
from web.business_time import business_now
from web.callers import Caller, SignedIn, admins_only
from web.engine import command
from web.problems import Problem
from web.reach import Reach, Reached
from web.visible import OpenCase, SeenCase

router = APIRouter(prefix="/cases/{case_id}", tags=["after the ladder"])


@router.post(
    "/hand-over",
    summary="Hand a case to a collector; admins only",
    description="The law is asked first: every open invoice needs a formal notice whose deadline is over, and nothing "
    "may stop the case. What it forbids is refused with 409, its sentence and its source. The case closes as "
    "`handed_over`, our own charges stay on the ledger, and nothing is filed anywhere: take the export to the "
    "collector yourself.",
)
async def hand_over(
    case: OpenCase,
    caller: Annotated[Caller, Depends(admins_only("hand a case over"))],
    reach: Reached,
    body: Because,
) -> Done:
    news = Ended(id=f"end-{uuid4().hex}", by=caller.actor, outcome="handed_over", reason=body.reason)
    await command(reach, case, "end", news)
    if why := await run_in_threadpool(_refused, reach, case, news):
        raise Problem(409, f"{why[:1].upper()}{why[1:]}. Nothing was changed.")
    said = f"Handed over; the file for the collector is GET /cases/{case.id}/export."
    return Done(said=said, case_id=case.id)


@router.get(
    "/export",
    summary="Everything of a case as one file that proves itself",
    description="One HTML file that needs no network and no script: claim with its working, invoices, payments, "
    "messages as they were sent with their delivery, questions, plans, tasks, and the trail with its hashes. The same "
    "is in it for programs, and alone with `format=json`. Each export is a line on the trail. "
    "`rykker trail verify FILE` checks either file with nothing but the file.",
    response_class=Response,
    responses={200: {"content": {"text/html": {}, "application/json": {}}}},
)
def export_case(
    case: SeenCase,
    caller: SignedIn,
    reach: Reached,
    format: Annotated[Literal["html", "json"], Query(description="`html` for people, `json` for programs.")] = "html",
) -> Response:
    with transaction(reach.database) as session:
        whole = export(session, case, caller.actor, business_now(session, case))
    body = as_page(whole) if format == "html" else _json(whole)
    return Response(
        body,
        media_type="text/html; charset=utf-8" if format == "html" else "application/json",
        headers={
            "Content-Disposition": f'attachment; filename="case-{case.id}.{format}"',
            "Cache-Control": "no-store",
        },
    )


def _json(whole: dict[str, Any]) -> str:
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _refused(reach: Reach, case: CaseRow, news: Ended) -> str:
    """Why the case could not be handed over; empty when it was."""
    with transaction(reach.database) as session:
        key = refusal_key(case, news.id)
        query = select(TrailRow).where(TrailRow.creditor_id == case.creditor_id, TrailRow.key == key)
        link = session.exec(query).first()
        return str(link.data["why"]) if link else ""
