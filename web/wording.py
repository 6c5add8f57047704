"""Whether the creditor's wording can be sent: its own templates, and those it takes over from Rykker."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from web.callers import Caller, admins_only
from web.mistakes import Mistake
from web.reach import Reached
from web.soundness import apology_mistakes, wording_mistakes, wordings_in

router = APIRouter(prefix="/wording", tags=["ladders"])


class WordingChecked(BaseModel):
    """The wordings there are, and everything that is wrong with them."""

    sound: bool
    wordings: list[str]
    problems: list[Mistake]
    """File and line, and what is wrong there."""


@router.get("/check", summary="Read and render every wording in every language; admins only")
def check(caller: Annotated[Caller, Depends(admins_only("check the wording"))], reach: Reached) -> WordingChecked:
    folders = reach.folders.of(caller.creditor)
    wordings = wordings_in(folders)
    problems = [*wording_mistakes(folders, wordings), *apology_mistakes(folders)]
    return WordingChecked(sound=not problems, wordings=wordings, problems=problems)
