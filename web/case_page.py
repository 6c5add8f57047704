"""The link to a customer's page in the hands of staff: to pass on, or to replace, so that old ones open nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from activities import trail
from activities.case_row import case_to_write
from activities.page_link import new_page_key
from models.cases import CaseRow
from models.database import transaction
from models.news import BooksChanged
from web.callers import Caller, SignedIn, admins_only
from web.engine import tell
from web.links import last_day
from web.problems import Problem
from web.reach import Reach, Reached
from web.visible import SeenCase

router = APIRouter(prefix="/cases/{case_id}/page", tags=["commands"])


class PageLink(BaseModel):
    """The link to the customer's page, for whoever talks to the customer."""

    case_id: str
    page_url: str
    opens_until: date
    """The last day on which it opens, unless another message goes out."""


class PageRevoked(BaseModel):
    """The new link; whoever should still see the page gets it from a person, or with the next message."""

    case_id: str
    page_url: str
    said: str


@router.get("", summary="The link to the customer's page")
def read_link(case: SeenCase, caller: SignedIn, reach: Reached) -> PageLink:
    if not case.page_key:
        raise Problem(404, "This case has no page: its link was made invalid when it was handed over.")
    with transaction(reach.database) as session:
        until = last_day(session, case, caller.settings)
    return PageLink(case_id=case.id, page_url=reach.links.address(case.page_key), opens_until=until)


@router.post("/revoke", summary="Make every link to the customer's page invalid; admins only")
async def revoke(
    case: SeenCase, caller: Annotated[Caller, Depends(admins_only("revoke the link to a page"))], reach: Reached
) -> PageRevoked:
    news = BooksChanged(id=f"page-{uuid4().hex}", by=caller.actor)
    key = await run_in_threadpool(_revoke, reach, case, caller, news.id)
    said = "Every link sent before opens nothing any more."
    if case.closed_at is None:
        try:
            await tell(reach, case, "books_changed", news)
            said += " A proposal that names the old link is withdrawn and made anew."
        except Problem:
            said += " The case could not be told; a proposal that names the old link is withdrawn before it leaves."
    return PageRevoked(case_id=case.id, page_url=reach.links.address(key), said=said)


def _revoke(reach: Reach, case: CaseRow, caller: Caller, news_id: str) -> str:
    """Give the case another key, and say so on the trail."""
    with transaction(reach.database) as session:
        row = case_to_write(session, case.id)
        row.page_key = new_page_key()
        trail.write(
            session,
            case.creditor_id,
            f"{case.id}:{news_id}:revoked",
            reach.clock(),
            "page revoked",
            "The link to the customer's page was revoked; a new one takes its place",
            case_id=case.id,
            actor=caller.actor,
        )
        return row.page_key
