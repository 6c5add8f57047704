"""The settings of a creditor: everybody reads them, an admin replaces them as a whole."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlmodel import Session, col, select

from activities import trail
from commands.seed import add_presets
from models.cases import CaseRow
from models.clock import real_now
from models.creditor import CreditorSettings
from models.database import transaction
from models.ladder import Ladder
from models.news import BooksChanged
from models.parties import CreditorRow, LadderRow
from web.callers import Caller, SignedIn, admins_only
from web.engine import tell_all
from web.mistakes import Mistake
from web.problems import invalid
from web.reach import Reach, Reached
from web.soundness import activation_mistakes, law_day, settings_mistakes

router = APIRouter(prefix="/settings", tags=["settings"])


class SettingsSaved(BaseModel):
    """The settings as they are now, and how many open cases were told to look again."""

    settings: CreditorSettings
    changed: list[str]
    cases_told: int
    cases_not_told: int
    """They look again at their next step, or when the books change."""


@router.get("", summary="The settings of your creditor")
def read_settings(caller: SignedIn) -> CreditorSettings:
    return caller.settings


@router.put("", summary="Replace the settings; every one must be named; admins only")
async def replace_settings(
    caller: Annotated[Caller, Depends(admins_only("change the settings"))], reach: Reached, body: CreditorSettings
) -> SettingsSaved:
    changed, cases = await run_in_threadpool(_replace, reach, caller, body)
    news = BooksChanged(id=f"settings-{uuid4().hex}", by=caller.actor)
    told = await tell_all(reach, cases, news) if changed else 0
    return SettingsSaved(settings=body, changed=changed, cases_told=told, cases_not_told=len(cases) - told)


def _replace(reach: Reach, caller: Caller, new: CreditorSettings) -> tuple[list[str], list[CaseRow]]:
    """Write settings and trail in one transaction; what changed, and the open cases that should know."""
    left_out = sorted(CreditorSettings.model_fields.keys() - new.model_fields_set)
    mistakes = [Mistake(where=name, what="is missing; send all settings") for name in left_out]
    if mistakes := mistakes + settings_mistakes(new):
        raise invalid(mistakes)
    with transaction(reach.database) as session:
        row = session.get_one(CreditorRow, caller.creditor, with_for_update={"key_share": True})
        old = CreditorSettings.model_validate(row.settings)
        open_cases = select(CaseRow).where(CaseRow.creditor_id == row.id, col(CaseRow.closed_at).is_(None))
        cases = list(session.exec(open_cases))
        if mistakes := _at_odds(session, caller.creditor, old, new, len(cases)):
            raise invalid(mistakes)
        changes = _changes(old, new)
        if not changes:
            return [], []
        row.settings = new.model_dump(mode="json")
        session.add(row)
        trail.write(
            session,
            row.id,
            f"settings:{uuid4().hex}",
            real_now(),
            "settings",
            f"Settings changed: {', '.join(changes)}",
            actor=caller.actor,
            changes=changes,
        )
        return list(changes), cases


def _at_odds(
    session: Session, creditor: str, old: CreditorSettings, new: CreditorSettings, open_cases: int
) -> list[Mistake]:
    """What does not fit the creditor's ladders or the cases that are under way."""
    mistakes = []
    if new.country != old.country:
        add_presets(session, creditor, new.country)  # else there would be no ladder of that country to choose
        session.flush()
    rows = select(LadderRow).where(LadderRow.creditor_id == creditor, LadderRow.name == new.ladder)
    row = session.exec(rows.order_by(col(LadderRow.version).desc())).first()
    if row is None:
        mistakes.append(Mistake(where="ladder", what="is no ladder of yours; GET /ladders lists them"))
    elif _activates(old, new):
        mistakes += activation_mistakes(Ladder.model_validate(row.document), new, law_day(new))
    for name, hold in (("currency", "their claims are in"), ("country", "they keep the law of")):
        before, after = getattr(old, name), getattr(new, name)
        if before != after and open_cases:
            what = f"cannot change while cases are open ({open_cases} are); {hold} {before}"
            mistakes.append(Mistake(where=name, what=what))
    return mistakes


def _activates(old: CreditorSettings, new: CreditorSettings) -> bool:
    """Whether new cases begin to climb a ladder. Other settings can be changed, and the module be switched off, even
    when the law has moved away from the ladder in the meantime; each letter is judged again before it leaves.
    """
    chosen = (old.ladder, old.country) != (new.ladder, new.country)
    return chosen or (new.module_on and not old.module_on)


def _changes(old: CreditorSettings, new: CreditorSettings) -> dict[str, dict[str, Any]]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return {name: {"before": before[name], "after": after[name]} for name in after if before[name] != after[name]}
