"""What came in from outside, for staff: the list of what fits no case, and putting it where it belongs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from activities import trail
from activities.replies import told
from activities.stops import NOT_TOLD
from models.cases import CaseRow
from models.database import transaction
from models.inbox import InboxRow
from models.news import QuestionOpened, Role
from models.parties import CreditorRow
from web.answers import Done, Limit, Offset, Page, page, shown
from web.bodies import Because
from web.callers import Caller, SignedIn, admins_only
from web.engine import tell
from web.inbox_files import InboxFile, download, files_of
from web.problems import Problem
from web.reach import Reach, Reached
from web.visible import SeenCase, find_case, open_or_refuse, visible_cases

router = APIRouter(tags=["replies"])

CHANNELS = ("email", "sms", "page")


class Reply(BaseModel):
    """A message that somebody sent us by e-mail or SMS, or wrote on the page of a case."""

    id: str
    case_id: str | None
    """None while nobody knows which case it belongs to. What waits of a page may be of a case that is closed."""
    channel: str
    """email, sms, page"""
    topic: str
    """reply, automatic, bounce, stop, start; of a page wrong_amount, already_paid, missing_delivery, other"""
    sender: str
    subject: str
    text: str
    received_at: datetime
    unmatched_why: str
    """Why a person has to look at it; empty once it belongs to a case that knows of it."""
    settled_at: datetime | None
    settled_by: str
    files: list[InboxFile]


class Where(BaseModel):
    """The case that a reply belongs to."""

    model_config = ConfigDict(extra="forbid")

    case_id: Annotated[str, Field(min_length=1, max_length=200)]


class Dismissed(BaseModel):
    """A reply that belongs to no case, as a person says."""

    id: str
    said: str


@router.get("/replies", summary="Replies that fit no case and wait for a person; or those that have theirs")
def list_replies(
    caller: SignedIn,
    reach: Reached,
    state: Literal["unmatched", "matched", "all"] = "unmatched",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[Reply]:
    query = visible_replies(caller)
    waits = and_(col(InboxRow.unmatched_why) != "", col(InboxRow.settled_at).is_(None))
    if state == "unmatched":
        query = query.where(waits)
    elif state == "matched":
        query = query.where(col(InboxRow.case_id).is_not(None), InboxRow.unmatched_why == "")
    newest = query.order_by(col(InboxRow.received_at).desc(), col(InboxRow.id))
    with transaction(reach.database) as session:
        return page(session, newest, limit, offset, lambda rows: _lines(session, rows, caller))


@router.post("/replies/{reply_id}/attach", summary="Say which case a reply belongs to; the case stops; admins only")
async def attach(
    reply_id: str,
    caller: Annotated[Caller, Depends(admins_only("put a reply to a case"))],
    reach: Reached,
    body: Where,
) -> Done:
    case, topic = await run_in_threadpool(_take_over, reach, caller, reply_id, body.case_id)
    await tell(reach, case, "question_opened", QuestionOpened(id=reply_id, topic=topic, by=caller.actor))
    await run_in_threadpool(_attached, reach, caller, reply_id, case)
    return Done(said="The reply belongs to the case now, and the case has stopped.", case_id=case.id)


@router.post("/replies/{reply_id}/dismiss", summary="Take a reply off the list, with the reason; admins only")
def dismiss(
    reply_id: str,
    caller: Annotated[Caller, Depends(admins_only("dismiss a reply"))],
    reach: Reached,
    body: Because,
) -> Dismissed:
    with transaction(reach.database) as session:
        row = _unsettled(session, caller, reply_id)
        row.settled_at, row.settled_by = reach.clock(), str(caller.actor)
        if row.creditor_id:
            text = f"A reply that fits no case is dismissed: {body.reason}"
            key = f"{row.id}:dismissed"
            trail.write(
                session, row.creditor_id, key, row.settled_at, "reply dismissed", text, actor=caller.actor, about=row.id
            )
    return Dismissed(id=reply_id, said="Dismissed; no case was stopped.")


@router.get("/replies/{reply_id}/files/{file_id}", summary="A file that came with a reply, as a download")
def read_reply_file(reply_id: str, file_id: str, caller: SignedIn, reach: Reached) -> Response:
    with transaction(reach.database) as session:
        return download(session, _find(session, caller, reply_id).id, file_id)


@router.get("/cases/{case_id}/inbox/{inbox_id}/files/{file_id}", summary="A file of the case's inbox, as a download")
def read_case_file(case: SeenCase, inbox_id: str, file_id: str, reach: Reached) -> Response:
    with transaction(reach.database) as session:
        row = session.get(InboxRow, inbox_id) if inbox_id.isprintable() else None
        if row is None or row.case_id != case.id:
            raise Problem(404, "There is no such text in this case; GET /cases/{case_id} shows what came in.")
        return download(session, row.id, file_id)


def visible_replies(caller: Caller) -> SelectOfScalar[InboxRow]:
    """What came in for the creditor, for an admin; for a rep what belongs to its own customers' cases.

    Where not even the creditor can be told, the admins of the installation's first creditor see it: somebody has to,
    and no other creditor should.
    """
    query = select(InboxRow).where(col(InboxRow.channel).in_(CHANNELS))
    if caller.role is Role.admin:
        first = select(CreditorRow.id).order_by(col(CreditorRow.created_at), col(CreditorRow.id)).limit(1)
        nobodys = and_(col(InboxRow.creditor_id).is_(None), first.scalar_subquery() == caller.creditor)
        return query.where(or_(InboxRow.creditor_id == caller.creditor, nobodys))
    return query.where(col(InboxRow.case_id).in_(visible_cases(caller).with_only_columns(col(CaseRow.id))))


def _find(session: Session, caller: Caller, reply_id: str) -> InboxRow:
    query = visible_replies(caller).where(InboxRow.id == reply_id).with_for_update()
    row = session.exec(query).first() if reply_id.isprintable() else None
    if row is None:
        raise Problem(404, "There is no such reply, or it is not yours; GET /replies lists those that wait.")
    return row


def _unsettled(session: Session, caller: Caller, reply_id: str) -> InboxRow:
    row = _find(session, caller, reply_id)
    if row.settled_at is not None:
        raise Problem(409, f"This reply was dealt with by {row.settled_by}; look at GET /replies for what waits.")
    if not row.unmatched_why:
        raise Problem(409, f"This reply belongs to case {row.case_id}, which knows of it; look at the case.")
    return row


def _take_over(reach: Reach, caller: Caller, reply_id: str, case_id: str) -> tuple[CaseRow, str]:
    """The reply is the case's before the case is told; until then it stays on the list. With what it is about."""
    with transaction(reach.database) as session:
        row = _unsettled(session, caller, reply_id)
        case = open_or_refuse(find_case(session, caller, case_id))
        if row.case_id not in (None, case.id) and session.get_one(CaseRow, row.case_id).closed_at is None:
            raise Problem(409, f"This reply belongs to case {row.case_id}; attach it to that one.")
        row.creditor_id, row.case_id, row.unmatched_why = case.creditor_id, case.id, NOT_TOLD
        # What was asked on a page keeps what it is about.
        row.topic = row.topic if row.channel == "page" else "reply"
        return case, row.topic


def _attached(reach: Reach, caller: Caller, reply_id: str, case: CaseRow) -> None:
    with transaction(reach.database) as session:
        told(session, reply_id)
        row = session.get_one(InboxRow, reply_id)
        row.settled_at, row.settled_by = reach.clock(), str(caller.actor)
        text = "A reply that fitted no case was put to this one"
        key = f"{row.id}:attached"
        trail.write(
            session,
            case.creditor_id,
            key,
            row.settled_at,
            "reply attached",
            text,
            case_id=case.id,
            actor=caller.actor,
            about=row.id,
        )


def _lines(session: Session, rows: list[InboxRow], caller: Caller) -> list[Reply]:
    files = files_of(session, [row.id for row in rows])
    return [shown(Reply, row, caller.zone, files=files.get(row.id, [])) for row in rows]
