"""Payment plans through the API: drawn up for anybody who sees the case; approved, continued and ended by an admin."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from activities.instalments import instalment_rows, instalments_of
from activities.plans import IN_FORCE, claim_total, missing
from models.cases import CaseRow
from models.claim import Refusal
from models.database import transaction
from models.money import Money
from models.news import Instalment, PlanApproved, PlanContinued, PlanEnded
from models.plans import PlanRow
from rules.calendar import local_day
from rules.plans import MOST_INSTALMENTS, PlanProblem, delay_problems, draw_up, problems
from web.answers import Amount, Done
from web.bodies import EARLIEST, LATEST, Because, Number
from web.business_time import business_now
from web.callers import Caller, SignedIn, admins_only
from web.claims import refused
from web.engine import command
from web.mistakes import Mistake
from web.plan_file import PlanFile, plan_files
from web.problems import Problem, invalid
from web.reach import Reach, Reached
from web.visible import OpenCase, SeenCase

router = APIRouter(prefix="/cases/{case_id}", tags=["plans"])

Day = Annotated[date, Field(gt=EARLIEST, lt=LATEST)]
PARTS = {"too_small": "amount", "in_the_past": "due", "too_long": "due", "out_of_order": "due"}
"""The part of an instalment that a mistake is in."""


class DraftWanted(BaseModel):
    """How many instalments, one a month, and the day of the first."""

    model_config = ConfigDict(extra="forbid")

    instalments: Annotated[int, Field(ge=1, le=MOST_INSTALMENTS)]
    first: Day


class InstalmentWanted(BaseModel):
    """One instalment, in the creditor's currency."""

    model_config = ConfigDict(extra="forbid")

    due: Day
    amount: Annotated[Decimal, Field(max_digits=12, decimal_places=2, examples=["4212.55"])]


class PlanWanted(BaseModel):
    """The instalments of a plan; they sum to the claim of today."""

    model_config = ConfigDict(extra="forbid")

    plan_id: Number = ""
    """The plan that the customer asked for; empty for one of your own."""
    instalments: tuple[InstalmentWanted, ...]


class Delay(Because):
    """Another day for the instalment that is missing, and why."""

    plan_id: Number
    until: Day


class PlanOver(Because):
    """The plan that is declined or ended, and why."""

    plan_id: Number


class DraftLine(BaseModel):
    """One instalment as it was drawn up."""

    due: date
    amount: Amount


class Draft(BaseModel):
    """Instalments that sum to the claim of a day, ready to be sent to `POST /cases/{id}/plan`."""

    case_id: str
    as_of: date
    total: Amount
    instalments: list[DraftLine]


class Approved(Done):
    """What the engine said, and the plan that is in force."""

    plan_id: str


@router.get("/plans", summary="Every payment plan that the case has had")
def list_plans(case: SeenCase, caller: SignedIn, reach: Reached) -> list[PlanFile]:
    with transaction(reach.database) as session:
        return plan_files(session, case, caller.zone)


@router.post(
    "/plan/draft",
    summary="Draw a payment plan up over the claim of today; writes nothing",
    description="Monthly instalments from `first` on; what does not divide is on the last one. A claim grows from day "
    "to day, so a draft is approved on the day on which it was drawn up.",
)
def draft(case: OpenCase, caller: SignedIn, reach: Reached, body: DraftWanted) -> Draft:
    with transaction(reach.database) as session:
        today, total = _claim_today(session, case, caller)
    if total.minor < body.instalments:
        _refuse([PlanProblem("not_the_total", f"{total} is owed, which makes no {body.instalments} instalments")])
    drawn = draw_up(total, body.instalments, body.first)
    if found := problems(drawn, total, today):
        raise invalid([Mistake(where="first", what=problem.what) for problem in found[:1]])
    lines = [DraftLine(due=i.due, amount=Amount.of(i.amount)) for i in drawn]
    return Draft(case_id=case.id, as_of=today, total=Amount.of(total), instalments=lines)


@router.post("/plan", summary="Approve a payment plan; reminders pause while it is kept; admins only")
async def approve(
    case: OpenCase,
    caller: Annotated[Caller, Depends(admins_only("approve a payment plan"))],
    reach: Reached,
    body: PlanWanted,
) -> Approved:
    instalments = await run_in_threadpool(_sound_plan, reach, case, caller, body)
    news = PlanApproved(
        id=f"approve-plan-{uuid4().hex}",
        by=caller.actor,
        plan_id=body.plan_id or f"plan-{uuid4().hex}",
        instalments=instalments,
    )
    said = await command(reach, case, "approve_plan", news)
    return Approved(said=said, case_id=case.id, plan_id=news.plan_id)


@router.post("/plan/continue", summary="Give a missed instalment another day; admins only")
async def go_on(
    case: OpenCase,
    caller: Annotated[Caller, Depends(admins_only("continue a payment plan"))],
    reach: Reached,
    body: Delay,
) -> Done:
    await run_in_threadpool(_sound_delay, reach, case, caller, body)
    news = PlanContinued(
        id=f"continue-plan-{uuid4().hex}", by=caller.actor, plan_id=body.plan_id, until=body.until, reason=body.reason
    )
    return Done(said=await command(reach, case, "continue_plan", news), case_id=case.id)


@router.post("/plan/end", summary="Decline a plan that was asked for, or end one in force; admins only")
async def end(
    case: OpenCase,
    caller: Annotated[Caller, Depends(admins_only("end a payment plan"))],
    reach: Reached,
    body: PlanOver,
) -> Done:
    await run_in_threadpool(_sound_end, reach, case, body)
    news = PlanEnded(id=f"end-plan-{uuid4().hex}", by=caller.actor, plan_id=body.plan_id, reason=body.reason)
    return Done(said=await command(reach, case, "end_plan", news), case_id=case.id)


def _sound_plan(reach: Reach, case: CaseRow, caller: Caller, body: PlanWanted) -> tuple[Instalment, ...]:
    """The instalments as the case is told them; raises Problem with every mistake in them."""
    currency = caller.settings.currency
    wanted = tuple(Instalment(due=i.due, amount=Money.of(i.amount, currency)) for i in body.instalments)
    with transaction(reach.database) as session:
        if body.plan_id:
            _plan(session, case, body.plan_id, ("asked",), "is not one that waits for an answer")
        today, total = _claim_today(session, case, caller)
    _refuse(problems(wanted, total, today), f"draw it up afresh with POST /cases/{case.id}/plan/draft")
    return wanted


def _sound_delay(reach: Reach, case: CaseRow, caller: Caller, body: Delay) -> None:
    with transaction(reach.database) as session:
        plan = _plan(session, case, body.plan_id, ("missed",), "misses no instalment; there is nothing to continue")
        rows = instalment_rows(session, plan.id)
        today = local_day(business_now(session, case), caller.settings)
        found = delay_problems(instalments_of(plan, rows), missing(rows, plan), body.until, today)
    if found:
        raise invalid([Mistake(where="until", what=problem.what) for problem in found])


def _sound_end(reach: Reach, case: CaseRow, body: PlanOver) -> None:
    with transaction(reach.database) as session:
        _plan(session, case, body.plan_id, ("asked", *IN_FORCE), "cannot be ended again")


def _claim_today(session: Session, case: CaseRow, caller: Caller) -> tuple[date, Money]:
    today = local_day(business_now(session, case), caller.settings)
    try:
        return today, claim_total(session, case, today)
    except Refusal as refusal:
        raise refused(refusal, caller.settings.country, "Without a figure there is no plan over it.") from None


def _plan(session: Session, case: CaseRow, plan_id: str, states: tuple[str, ...], otherwise: str) -> PlanRow:
    """A plan of the case in one of some states; raises Problem when there is none."""
    plan = session.get(PlanRow, plan_id)
    if plan is None or plan.case_id != case.id:
        raise Problem(404, f"The case has no such plan; GET /cases/{case.id}/plans lists those that it has.")
    if plan.state not in states:
        state = plan.state.replace("_", " ")
        raise Problem(409, f"The plan is {state}, so it {otherwise}; look at GET /cases/{case.id}/plans again.")
    return plan


def _refuse(found: Iterable[PlanProblem], remedy: str = "") -> None:
    """Raise what is wrong with a plan; `remedy` is what to do about a sum that is not the claim."""
    mistakes = [Mistake(where=_where(problem), what=_said(problem, remedy)) for problem in found]
    if mistakes:
        raise invalid(mistakes)


def _said(problem: PlanProblem, remedy: str) -> str:
    return f"{problem.what}; {remedy}" if remedy and problem.code == "not_the_total" else problem.what


def _where(problem: PlanProblem) -> str:
    if not problem.number:
        return "instalments"
    return f"instalments[{problem.number - 1}].{PARTS[problem.code]}"
