"""Steps of a ladder in tests, as the law sees them, and what it refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

from activities.wording import BUILT_IN
from models.ladder import Ladder, Step
from models.letters import Channel
from rules.ladder import problems as shape
from rules.law.packs import PACKS
from rules.lawful_ladder import Illegal, problems
from tests.given import day, rung

TODAY = day("2026-11-22")
WORDINGS = sorted({path.name.split(".")[0] for path in BUILT_IN.glob("??/[a-z]*.subject.txt.j2")})
EMAIL, SMS = (Channel.email,), (Channel.sms,)
NUDGE = rung("nudge", -4, kind="nudge", wording="nudge")


def fee(name: str, offset: int | None, gap: int = 0, deadline: int | None = 14, **more: Any) -> Step:
    """A reminder with a fee."""
    return rung(name, offset, gap, kind="reminder", fee=True, deadline_days=deadline, **more)


def notice(offset: int | None, gap: int = 0, deadline: int | None = 14, **more: Any) -> Step:
    """A formal notice that only e-mail suffices for."""
    fields = {"sufficient": EMAIL, "wording": "collection-notice", **more}
    return rung("notice", offset, gap, kind="formal_notice", deadline_days=deadline, **fields)


def refusals(country: str, *steps: Step, on: date = TODAY) -> list[Illegal]:
    climbed = Ladder(name="ours", title="Ours", country=country, steps=steps)
    assert shape(climbed, WORDINGS) == []
    return problems(climbed, PACKS[country], on)


def only(found: list[Illegal]) -> tuple[str, str, str]:
    """Step, field and nearest legal value of the one refusal there is; its rule and source say something."""
    assert len(found) == 1, found
    assert found[0].rule
    assert found[0].source
    return found[0].step, found[0].field, found[0].nearest
