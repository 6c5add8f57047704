"""Moving a case to another ladder, or to another version of its own: first a preview that changes nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, BaseModel, Field
from sqlmodel import Session, col, select

from activities.facts import case_facts
from activities.settle import why_withdrawn
from models.case import Kind, Move
from models.cases import CaseRow
from models.database import transaction
from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Ladder
from models.news import LadderMoved, pin
from models.parties import LadderRow
from rules.calendar import local_day
from rules.due_steps import due_steps
from rules.moved_ladder import StepDifference, differences, warnings
from rules.next_move import next_move
from web.answers import Done
from web.bodies import Because, one_line
from web.business_time import business_now
from web.callers import Caller, admins_only
from web.engine import command
from web.problems import Problem, invalid
from web.reach import Reach, Reached
from web.soundness import ladder_mistakes, law_day
from web.visible import OpenCase

router = APIRouter(prefix="/cases/{case_id}/ladder", tags=["commands"])

Name = Annotated[str, Field(max_length=40), AfterValidator(one_line)]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Admin = Annotated[Caller, Depends(admins_only("move a case to another ladder"))]


class Target(Because):
    """The version to which a case is moved, and why."""

    name: Name
    version: Version


class Pinned(BaseModel):
    """One version of a ladder."""

    name: str
    version: int
    title: str


class Climbed(BaseModel):
    """A step that was done for an invoice."""

    step: str
    day: date | None
    """When it was sent; null where it was passed over or given to a person."""


class Ahead(BaseModel):
    """What comes next, when and why."""

    kind: Kind
    step: str
    title: str
    at: datetime | None
    why: str


class InvoiceClimb(BaseModel):
    """Where one invoice stands, and what comes next for it alone, whatever stops the case as a whole."""

    number: str
    climbed: list[Climbed]
    now: Ahead | None
    after: Ahead | None
    """null where nothing is left to climb."""


class LadderPreview(BaseModel):
    """What a case would do on another ladder; nothing of it has been done."""

    case_id: str
    ladder: Pinned
    """The version that the case climbs."""
    target: Pinned
    as_of: datetime
    invoices: list[InvoiceClimb]
    now: Ahead
    after: Ahead
    withdrawn: str
    """Why the proposal that stands would be withdrawn; empty where none stands, or where it would go on standing."""
    steps: list[StepDifference]
    warnings: list[str]


@router.get("", summary="What moving a case to another ladder would change; admins only")
def preview(
    case: OpenCase,
    caller: Admin,
    reach: Reached,
    name: Annotated[Name | None, Query(description="Without it the ladder that the case climbs.")] = None,
    version: Annotated[Version | None, Query(description="Without it the newest.")] = None,
) -> LadderPreview:
    with transaction(reach.database) as session:
        target = _target(session, reach, caller, name or case.ladder_name, version)
        return _preview(session, reach, case, caller, target)


@router.post("", summary="Move a case to another ladder, or another version of its own; admins only")
async def move(case: OpenCase, caller: Admin, reach: Reached, body: Target) -> Done:
    await run_in_threadpool(_check, reach, case, caller, body)
    news = LadderMoved(
        id=f"ladder-{uuid4().hex}", by=caller.actor, ladder=body.name, version=body.version, reason=body.reason
    )
    return Done(said=await command(reach, case, "move_ladder", news), case_id=case.id)


def _check(reach: Reach, case: CaseRow, caller: Caller, body: Target) -> None:
    """Refuse what could not be climbed, and what would be no move."""
    with transaction(reach.database) as session:
        _target(session, reach, caller, body.name, body.version)
    if (case.ladder_name, case.ladder_version) == (body.name, body.version):
        raise Problem(409, f"The case climbs {pin(body.name, body.version)} already; there is nothing to move.")


def _target(session: Session, reach: Reach, caller: Caller, name: str, version: int | None) -> LadderRow:
    """The version asked for, or the newest. One that is illegal today, or of another country, is refused in words."""
    query = select(LadderRow).where(LadderRow.creditor_id == caller.creditor, LadderRow.name == name)
    if version is not None:
        query = query.where(LadderRow.version == version)
    row = session.exec(query.order_by(col(LadderRow.version).desc())).first()
    if row is None:
        raise Problem(404, "There is no such ladder, or no such version of it; GET /ladders lists those that are.")
    folders, settings = reach.folders.of(caller.creditor), caller.settings
    mistakes = ladder_mistakes(Ladder.model_validate(row.document), folders, settings.country, law_day(settings))
    if mistakes:
        raise invalid(mistakes)
    return row


def _preview(session: Session, reach: Reach, case: CaseRow, caller: Caller, target: LadderRow) -> LadderPreview:
    """Both ladders asked of the same facts, by the rules that the case itself goes by."""
    ladder, as_of = Ladder.model_validate(target.document), business_now(session, case)
    facts = case_facts(session, case)
    moved = facts.model_copy(update={"ladder": ladder})
    withdrawn = ""
    if moved.standing is not None:
        withdrawn = why_withdrawn(session, moved, moved.standing, as_of, reach.folders)
        moved = moved.model_copy(update={"standing": None if withdrawn else moved.standing})
    told = list(warnings(facts, ladder))
    if (target.name, target.version) == (case.ladder_name, case.ladder_version):
        told.insert(0, "The case climbs this version already; there is nothing to move.")
    if withdrawn and facts.standing is not None and facts.standing.released:
        told.insert(0, "The proposal that stands is released; its release goes with it, and a new one will be needed.")
    return LadderPreview(
        case_id=case.id,
        ladder=Pinned(name=case.ladder_name, version=case.ladder_version, title=facts.ladder.title),
        target=Pinned(name=target.name, version=target.version, title=ladder.title),
        as_of=as_of.astimezone(caller.zone),
        invoices=_climbs(facts, moved, as_of, caller),
        now=_ahead(next_move(facts, as_of), caller),
        after=_ahead(next_move(moved, as_of), caller),
        withdrawn=withdrawn,
        steps=differences(facts.ladder, ladder),
        warnings=told,
    )


def _climbs(facts: CaseFacts, moved: CaseFacts, as_of: datetime, caller: Caller) -> list[InvoiceClimb]:
    now, after = _next_steps(facts, as_of, caller), _next_steps(moved, as_of, caller)
    return [
        InvoiceClimb(number=i.number, climbed=_climbed(i, caller), now=now.get(i.number), after=after.get(i.number))
        for i in facts.invoices
    ]


def _climbed(invoice: InvoiceFacts, caller: Caller) -> list[Climbed]:
    return [Climbed(step=s.step, day=s.at and local_day(s.at, caller.settings)) for s in invoice.sent]


def _next_steps(facts: CaseFacts, as_of: datetime, caller: Caller) -> dict[str, Ahead]:
    return {
        due.invoice.number: Ahead(
            kind=Kind.task if due.step.is_task else Kind.propose,
            step=due.step.name,
            title=due.step.title,
            at=due.at.astimezone(caller.zone),
            why=due.why,
        )
        for due in due_steps(facts, as_of)
    }


def _ahead(move: Move, caller: Caller) -> Ahead:
    at = move.at.astimezone(caller.zone) if move.at else None
    return Ahead(kind=move.kind, step=move.step, title=move.title, at=at, why=move.why)
