"""A payment plan asked for on the customer's page: drawn up and looked at first, then asked for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from activities.placeholders import written_date, written_money
from activities.plans import claim_total
from models.claim import Refusal
from models.creditor import CreditorSettings
from models.database import reading
from models.letters import Language
from models.money import Money
from models.news import CUSTOMER, Instalment, PlanAsked
from rules.plans import PlanProblem, asked_problems, draw_up
from web.engine import tell
from web.links import Followed, Visit
from web.page_forms import news_id, read_day, read_form, text_of
from web.page_route import OwnForm, PageRoute
from web.page_state import InstalmentLine
from web.page_view import Look, Refused, Sent, look, note, page
from web.page_words import HEADERS, sayer, shown
from web.problems import Problem
from web.reach import Reach, Reached

router = APIRouter(prefix="/c", route_class=PageRoute, include_in_schema=False)

READ = ["GET", "HEAD"]
MOST = 99
"""More is no number of instalments, but a slip of the pen."""
FIELDS = {"too_many": "count", "too_small": "count", "too_long": "count", "in_the_past": "first"}
"""Where on the form a problem is to be mended."""


@dataclass(frozen=True)
class Drawn:
    """A plan as it was drawn up today, and what keeps it from being asked for."""

    look: Look
    sent: Sent
    total: Money
    instalments: tuple[Instalment, ...]
    problems: dict[str, str]


@router.api_route("/{token}/plan", methods=READ)
def draw(visit: Followed, reach: Reached, count: str = "", first: str = "") -> Response:
    """Show the instalments before anything is asked for."""
    drawn = _draw(reach, visit, count, first, "")
    if drawn is None:
        return RedirectResponse(visit.path, 303, headers=HEADERS)
    if drawn.problems:
        return page(reach, visit, Refused("plan", drawn.sent, drawn.problems))
    return _confirm(visit, drawn)


@router.post("/{token}/plan", dependencies=[OwnForm])
async def ask_for_plan(visit: Followed, reach: Reached, request: Request) -> Response:
    """Hand over the very instalments that were shown; a claim that has grown since is shown again first."""
    async with read_form(request) as form:
        count, first, form_id = text_of(form, "count"), text_of(form, "first"), text_of(form, "form")
        seen = text_of(form, "total")
    drawn = await run_in_threadpool(_draw, reach, visit, count, first, form_id)
    if drawn is None:
        return RedirectResponse(visit.path, 303, headers=HEADERS)
    if drawn.problems:
        return await run_in_threadpool(page, reach, visit, Refused("plan", drawn.sent, drawn.problems))
    say = sayer(drawn.look.language)
    if seen != str(drawn.total.minor):
        return _confirm(visit, drawn, {"total": say("confirm_changed")}, 409)
    plan_id = news_id("plan", visit.case.id, form_id, count, first, seen)
    try:
        news = PlanAsked(id=plan_id, instalments=drawn.instalments, by=CUSTOMER)
        await tell(reach, visit.case, "plan_asked", news)
    except Problem:
        return _confirm(visit, drawn, {"total": say("problem_engine_other")}, 503)
    return RedirectResponse(f"{visit.path}/planned", 303, headers=HEADERS)


@router.api_route("/{token}/planned", methods=READ)
def planned(visit: Followed, reach: Reached) -> Response:
    return note(reach, visit, "planned_title", "planned")


def _draw(reach: Reach, visit: Visit, count: str, first: str, form_id: str) -> Drawn | None:
    """Draw a plan up over what is owed today; None where none can be asked for."""
    with reading(reach.database) as session:
        found = look(session, visit)
        if not found.state.may_plan:
            return None
        try:
            total = claim_total(session, found.case, visit.today)
        except Refusal:
            total = Money(minor=0, currency=visit.settings.currency)
    say = sayer(found.language)
    number, day = int(count) if count.isdecimal() and len(count) <= 2 else 0, read_day(first)
    sent = Sent(count=number, first=first if day else "", form=form_id)
    if not 1 <= number <= MOST:
        return Drawn(found, sent, total, (), {"count": say("problem_count")})
    if day is None:
        return Drawn(found, sent, total, (), {"first": say("problem_day")})
    instalments = draw_up(total, number, day)
    problems = asked_problems(instalments, total, visit.today, visit.settings)
    # The first of a field is the one to mend; the others often follow from it.
    told = {FIELDS.get(p.code, "count"): _told(p, visit, found.language) for p in reversed(problems)}
    return Drawn(found, sent, total, instalments, told)


def _told(problem: PlanProblem, visit: Visit, language: Language) -> str:
    """A problem in the customer's language."""
    settings, say = visit.settings, sayer(language)
    if problem.code not in FIELDS:
        return say("plan_wrong")
    return say(
        f"plan_{problem.code}",
        most=settings.plan_instalments,
        smallest=_smallest(settings, language),
        until=written_date(visit.today + timedelta(days=settings.plan_days), language),
    )


def _smallest(settings: CreditorSettings, language: Language) -> str:
    return written_money(Money.of(settings.plan_smallest, settings.currency), language)


def _confirm(visit: Visit, drawn: Drawn, problems: dict[str, str] | None = None, status: int = 200) -> Response:
    """The instalments to look at, and the button that asks for them."""
    language = drawn.look.language
    lines = [
        InstalmentLine(written_date(i.due, language), written_money(i.amount, language), paid=False)
        for i in drawn.instalments
    ]
    return shown(
        "plan.html.j2",
        language,
        status,
        path=visit.path,
        seen=drawn.look.seen,
        instalments=lines,
        total=written_money(drawn.total, language),
        total_minor=drawn.total.minor,
        first=drawn.sent.first,
        form=drawn.sent.form or secrets.token_hex(16),
        problems=problems or {},
    )
