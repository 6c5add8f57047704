"""Ladders: read them, and save a new version. Versions never change; running cases keep theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlmodel import Session, col, select

from activities import trail
from models.clock import real_now
from models.database import transaction
from models.ladder import Ladder
from models.parties import CreditorRow, LadderRow
from web.answers import shown
from web.callers import Caller, SignedIn, admins_only
from web.mistakes import Mistake
from web.problems import Problem, invalid
from web.reach import Reached
from web.soundness import ladder_mistakes, law_day

router = APIRouter(prefix="/ladders", tags=["ladders"])


class LadderLine(BaseModel):
    """The newest version of a ladder."""

    name: str
    title: str
    version: int
    steps: list[str]
    """Names of the steps that are switched on, in their order."""
    for_new_cases: bool
    """The ladder that the settings name for new cases."""
    saved_at: datetime
    saved_by: str


class LadderVersion(BaseModel):
    """One version of a ladder."""

    name: str
    version: int
    newest: int
    """The number of the newest version: the one that new cases climb."""
    saved_at: datetime
    saved_by: str
    document: Ladder


class LadderSaved(LadderVersion):
    """What became of a ladder that was put here."""

    new: bool
    """False when the newest version already said exactly this."""
    said: str


@router.get("", summary="The newest version of every ladder")
def list_ladders(caller: SignedIn, reach: Reached) -> list[LadderLine]:
    query = select(LadderRow).where(LadderRow.creditor_id == caller.creditor)
    with transaction(reach.database) as session:
        newest = {row.name: row for row in session.exec(query.order_by(LadderRow.name, col(LadderRow.version)))}
    return [_line(row, caller) for row in newest.values()]


@router.get("/{name}", summary="A ladder: its newest version, or the one asked for")
def read_ladder(
    name: str,
    caller: SignedIn,
    reach: Reached,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> LadderVersion:
    with transaction(reach.database) as session:
        newest = _newest(session, caller.creditor, name) if name.isprintable() else None
        row = newest
        if newest is not None and version is not None:
            row = session.get(LadderRow, (caller.creditor, name, version))
    if newest is None or row is None:
        raise Problem(404, "There is no such ladder, or no such version of it; GET /ladders lists those that are.")
    return _shown(row, newest.version, caller)


@router.put("/{name}", summary="Save a ladder as a new version; admins only")
def save_ladder(
    name: str, caller: Annotated[Caller, Depends(admins_only("change a ladder"))], reach: Reached, body: Ladder
) -> LadderSaved:
    if body.name != name:
        raise invalid([Mistake(where="name", what="is not the name in the address; they must be the same")])
    settings = caller.settings
    folders, day = reach.folders.of(caller.creditor), law_day(settings)
    if mistakes := ladder_mistakes(body, folders, settings.country, day):
        raise invalid(mistakes)
    with transaction(reach.database) as session:
        # One at a time gets the next number; who only refers to the creditor need not wait.
        session.get_one(CreditorRow, caller.creditor, with_for_update={"key_share": True})
        before = _newest(session, caller.creditor, name)
        new = before is None or Ladder.model_validate(before.document) != body
        row = before if before is not None and not new else _add(session, caller, body, before)
    kept = "Running cases keep the version they were opened on."
    said = f"Saved as version {row.version}; new cases climb it. {kept}"
    if not new:
        said = f"Version {row.version} says exactly this already; nothing was saved. {kept}"
    return shown(
        LadderSaved,
        row,
        caller.zone,
        newest=row.version,
        document=Ladder.model_validate(row.document),
        new=new,
        said=said,
    )


def _add(session: Session, caller: Caller, ladder: Ladder, before: LadderRow | None) -> LadderRow:
    """The next version, and its line on the trail, in one transaction."""
    now = real_now()
    row = LadderRow(
        creditor_id=caller.creditor,
        name=ladder.name,
        version=before.version + 1 if before else 1,
        document=ladder.model_dump(mode="json"),
        saved_at=now,
        saved_by=caller.id,
    )
    session.add(row)
    trail.write(
        session,
        caller.creditor,
        f"ladder:{row.name}:{row.version}",
        now,
        "ladder",
        f"Ladder {row.name} saved as version {row.version}; running cases keep theirs",
        actor=caller.actor,
        ladder=row.document,
    )
    return row


def _newest(session: Session, creditor: str, name: str) -> LadderRow | None:
    query = select(LadderRow).where(LadderRow.creditor_id == creditor, LadderRow.name == name)
    return session.exec(query.order_by(col(LadderRow.version).desc())).first()


def _line(row: LadderRow, caller: Caller) -> LadderLine:
    ladder = Ladder.model_validate(row.document)
    steps = [step.name for step in ladder.climbed]
    default = row.name == caller.settings.ladder
    return shown(LadderLine, row, caller.zone, title=ladder.title, steps=steps, for_new_cases=default)


def _shown(row: LadderRow, newest: int, caller: Caller) -> LadderVersion:
    return shown(LadderVersion, row, caller.zone, newest=newest, document=Ladder.model_validate(row.document))
