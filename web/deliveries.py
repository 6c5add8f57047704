"""What providers reported, as lists for people: what did not arrive, and addresses that are not written to any more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from activities import trail
from activities.unusable import stopped_by_owner
from models.cases import CaseRow, UnusableAddressRow
from models.database import transaction
from models.deliveries import DeliveryRow, Word
from models.news import Role
from models.parties import CreditorRow
from web.answers import Limit, Offset, Page, page, shown
from web.bodies import Because
from web.callers import Caller, SignedIn, admins_only
from web.problems import Problem
from web.reach import Reached
from web.visible import visible_cases

router = APIRouter(tags=["deliveries"])
Admin = Annotated[Caller, Depends(admins_only("see and lift marks of addresses"))]


class Delivery(BaseModel):
    """One report of a provider."""

    message_id: str
    case_id: str | None
    """None while no message of that id is known, as with heads-ups to staff."""
    word: Word
    said: str
    """The provider's own word."""
    address: str
    reason: str
    at: datetime
    received_at: datetime
    taken_at: datetime | None
    """When it went on record with its case."""


class UnusableAddress(BaseModel):
    """An address to which nothing is sent any more."""

    address: str
    reason: str
    since: datetime


class Usable(Because):
    """An address that can be written to again, and how that is known."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(min_length=1, max_length=320)]


class Lifted(BaseModel):
    address: str
    said: str


@router.get("/deliveries", summary="What providers reported of messages, the newest first")
def list_deliveries(
    caller: SignedIn,
    reach: Reached,
    word: Annotated[Word | None, Query(description="Only reports of this kind, such as `failed`.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[Delivery]:
    query = _visible(caller)
    if word is not None:
        query = query.where(DeliveryRow.word == word)
    newest = query.order_by(col(DeliveryRow.at).desc(), col(DeliveryRow.source))
    with transaction(reach.database) as session:
        return page(session, newest, limit, offset, lambda rows: [_line(row, caller) for row in rows])


@router.get("/addresses", summary="Addresses to which nothing is sent any more, and why; admins only")
def list_addresses(caller: Admin, reach: Reached, limit: Limit = 50, offset: Offset = 0) -> Page[UnusableAddress]:
    query = select(UnusableAddressRow).where(UnusableAddressRow.creditor_id == caller.creditor)
    newest = query.order_by(col(UnusableAddressRow.since).desc(), col(UnusableAddressRow.address))
    with transaction(reach.database) as session:
        return page(
            session, newest, limit, offset, lambda rows: [shown(UnusableAddress, row, caller.zone) for row in rows]
        )


@router.post("/addresses/usable", summary="Write to an address again; what a customer stopped stays; admins only")
def lift_mark(caller: Admin, reach: Reached, body: Usable) -> Lifted:
    with transaction(reach.database) as session:
        row = session.get(UnusableAddressRow, (caller.creditor, body.address)) if body.address.isprintable() else None
        if row is None:
            raise Problem(404, "No such address is marked; GET /addresses lists those that are.")
        if stopped_by_owner(row):
            raise Problem(409, "The customer asked for no more texts; only the customer's own START lifts that.")
        session.delete(row)
        text = f"An address is written to again: {body.reason}"
        key, at = f"address usable:{row.since.isoformat()}:{reach.clock().isoformat()}", reach.clock()
        trail.write(session, caller.creditor, key, at, "address usable", text, actor=caller.actor)
    return Lifted(address=body.address, said="It is used again from the next proposal on.")


def _line(row: DeliveryRow, caller: Caller) -> Delivery:
    """A report; what belongs to nobody may be of another creditor's people, and its address is not shown."""
    return shown(Delivery, row, caller.zone, **({} if row.creditor_id else {"address": "", "reason": ""}))


def _visible(caller: Caller) -> SelectOfScalar[DeliveryRow]:
    """Reports of the creditor for an admin, of its own customers' cases for a rep.

    What belongs to nobody, the admins of the installation's first creditor see, as with replies.
    """
    query = select(DeliveryRow)
    if caller.role is Role.admin:
        first = select(CreditorRow.id).order_by(col(CreditorRow.created_at), col(CreditorRow.id)).limit(1)
        nobodys = col(DeliveryRow.creditor_id).is_(None) & (first.scalar_subquery() == caller.creditor)
        return query.where(or_(DeliveryRow.creditor_id == caller.creditor, nobodys))
    return query.where(col(DeliveryRow.case_id).in_(visible_cases(caller).with_only_columns(col(CaseRow.id))))
