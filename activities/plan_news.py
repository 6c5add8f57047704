"""What people say of payment plans: asked for, approved, continued after a miss, ended. What cannot be is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from activities import trail
from activities.charges import post_interest
from activities.claims import claim_of
from activities.facts import case_facts, settings_of
from activities.freezes import PLAN, end_freeze, freeze, open_freezes
from activities.instalments import instalment_rows, instalments_of
from activities.match_books import match_books
from activities.plans import (
    IN_FORCE,
    claim_total,
    freeze_about,
    in_words,
    missing,
    morning,
    plan_in_force,
    plans_of,
    received,
)
from models.cases import CaseRow
from models.claim import Refusal
from models.news import Actor, Instalment, PlanApproved, PlanAsked, PlanContinued, PlanEnded
from models.plans import InstalmentRow, PlanRow
from rules.calendar import local_day
from rules.law.statement import work_out
from rules.plans import asked_problems, delay_problems, is_wish, problems, progress

ASKED = "plan_asked"
ANSWERED = ("review", "plan_asked", "promise")
"""Stops that a plan is the answer to; a question, an insolvency and a person's own hold are not answered by it."""
PlanNews = PlanAsked | PlanApproved | PlanContinued | PlanEnded


def take_in_plan(session: Session, case: CaseRow, news: PlanNews, at: datetime) -> None:
    """Put what was said of a plan on record; saying the same again changes nothing."""
    key = f"{case.id}:{news.kind}:{news.id}"
    if trail.has(session, case.creditor_id, key):
        return
    match news:
        case PlanAsked():
            text, why = _ask(session, case, news, at)
        case PlanApproved():
            text, why = _approve(session, case, news, at)
        case PlanContinued():
            text, why = _continue(session, case, news, at)
        case PlanEnded():
            text, why = _end(session, case, news, at)
    kind = "plan refused" if why else news.kind.replace("_", " ")
    data = {} if isinstance(news, PlanContinued | PlanEnded) else _figures(session, case, news.instalments, at)
    trail.write(
        session,
        case.creditor_id,
        key,
        at,
        kind,
        f"{text}: {why}" if why else text,
        case_id=case.id,
        actor=news.by,
        plan=_plan_id(news),
        **data,
    )


def _plan_id(news: PlanNews) -> str:
    return news.id if isinstance(news, PlanAsked) else news.plan_id


def _figures(session: Session, case: CaseRow, instalments: Sequence[Instalment], at: datetime) -> dict[str, object]:
    """The instalments and the claim of that day side by side, as the trail keeps them."""
    try:
        claim = str(claim_total(session, case, local_day(at, settings_of(session, case.creditor_id))))
    except Refusal as refusal:
        claim = refusal.reason
    told = [{"due": i.due, "amount": str(i.amount)} for i in instalments]
    return {"instalments": told, "total_minor": sum(i.amount.minor for i in instalments), "claim": claim}


def _ask(session: Session, case: CaseRow, news: PlanAsked, at: datetime) -> tuple[str, str]:
    """Stop the case for what the customer asks for, also where it fits no more: the page has told it that we look.

    The page checked it, but the claim, the day or the limits may have moved since; the person who looks is told.
    """
    said = f"The customer asks to pay in {len(news.instalments)} instalments"
    refused = "A plan that the customer asks for is not taken"
    settings = settings_of(session, case.creditor_id)
    if session.get(PlanRow, news.id) is not None:
        return refused, f"plan {news.id} is known already"
    if others := plans_of(session, case, "asked", *IN_FORCE):
        return refused, f"plan {others[0].id} is {others[0].state.replace('_', ' ')}"
    if case.closed_at is not None:
        return refused, "the case is closed"
    today = local_day(at, settings)
    try:
        total = claim_total(session, case, today)
        found = [problem.what for problem in asked_problems(news.instalments, total, today, settings)]
        if total.minor <= 0 or not is_wish(news.instalments, settings.currency):
            return refused, "; ".join(found)
    except Refusal as refusal:
        found = [refusal.message]
    plan = _put(session, case, news.id, news.instalments, news.by, at)
    wish = "; ".join((f"the customer asks for {in_words(news.instalments)}", *found))
    freeze(session, case, news, at, ASKED, wish, about=plan.id)
    return "; ".join((said, *found)), ""


def _approve(session: Session, case: CaseRow, news: PlanApproved, at: datetime) -> tuple[str, str]:
    """Put a plan into force over the claim of this very day; what the books know by now is taken in first."""
    match_books(session, case, at)
    session.flush()
    settings = settings_of(session, case.creditor_id)
    today = local_day(at, settings)
    if why := _not_to_be_approved(session, case, news):
        return f"Plan {news.plan_id} is not in force", why
    try:
        found = problems(news.instalments, claim_total(session, case, today), today)
    except Refusal as refusal:
        return f"Plan {news.plan_id} is not in force", refusal.message
    if found:
        return f"Plan {news.plan_id} is not in force", "; ".join(problem.what for problem in found)
    _claim_interest(session, case, news, at)
    for other in plans_of(session, case, "asked"):
        if other.id != news.plan_id:
            _decline(session, case, other, at, news.by, f"plan {news.plan_id} was approved instead")
    plan = _put(session, case, news.plan_id, news.instalments, news.by, at)
    plan.state, plan.decided_at, plan.decided_by = "in_force", at, str(news.by)
    plan.paid_before_minor = received(session, case, plan)
    for row in open_freezes(session, case):
        if row.kind in ANSWERED:
            end_freeze(session, case, row, at, news.by, f"The {row.kind} is answered by a payment plan: {row.reason}")
    first = progress(news.instalments, 0, today, settings).look_at
    back_at = morning(first, settings) if first else None
    freeze(session, case, news, at, PLAN, in_words(news.instalments), about=plan.id, back_at=back_at)
    return f"Plan {plan.id} is in force: {in_words(news.instalments)}", ""


def _not_to_be_approved(session: Session, case: CaseRow, news: PlanApproved) -> str:
    if (other := plan_in_force(session, case)) is not None:
        return f"plan {other.id} is in force; it has to be ended first"
    plan = session.get(PlanRow, news.plan_id)
    if plan is not None and (plan.case_id != case.id or plan.state != "asked"):
        return "it has been decided on before" if plan.case_id == case.id else "it belongs to another case"
    return ""


def _claim_interest(session: Session, case: CaseRow, news: PlanApproved, at: datetime) -> None:
    """The plan asks for the interest to its day, so that stands on the ledger; while it is kept no more is added."""
    facts = case_facts(session, case)
    today = local_day(at, facts.settings)
    statement = work_out(claim_of(session, facts, today))
    for number in statement.per_invoice:
        key = f"interest:plan:{news.plan_id}:{number}"
        post_interest(session, case, statement, number, today, key, plan=news.plan_id)


def _continue(session: Session, case: CaseRow, news: PlanContinued, at: datetime) -> tuple[str, str]:
    settings = settings_of(session, case.creditor_id)
    plan, today = plan_in_force(session, case), local_day(at, settings)
    refused = f"Plan {news.plan_id} is not continued"
    if plan is None or plan.id != news.plan_id:
        return refused, "it is not in force"
    rows = instalment_rows(session, plan.id)
    numbers = missing(rows, plan)
    if found := delay_problems(instalments_of(plan, rows), numbers, news.until, today):
        return refused, "; ".join(problem.what for problem in found)
    for row in rows:
        if row.number in numbers:
            row.due = news.until
    plan.state = "in_force"
    session.flush()
    told = ", ".join(str(number) for number in numbers)
    return f"Plan {plan.id} goes on, instalment {told} is due {news.until}: {news.reason}", ""


def _end(session: Session, case: CaseRow, news: PlanEnded, at: datetime) -> tuple[str, str]:
    plan = session.get(PlanRow, news.plan_id)
    if plan is None or plan.case_id != case.id or plan.state not in ("asked", *IN_FORCE):
        return f"Plan {news.plan_id} is not ended", "it is neither asked for nor in force"
    if plan.state == "asked":
        _decline(session, case, plan, at, news.by, news.reason)
        return f"Plan {plan.id} is declined: {news.reason}", ""
    plan.state, plan.ended_at, plan.ended_by, plan.ended_why = "ended", at, str(news.by), news.reason
    if (row := freeze_about(session, case, plan, PLAN)) is not None:
        end_freeze(session, case, row, at, news.by, f"The payment plan is ended: {news.reason}")
    return f"Plan {plan.id} is ended, the ladder goes on where it stood: {news.reason}", ""


def _decline(session: Session, case: CaseRow, plan: PlanRow, at: datetime, by: Actor, why: str) -> None:
    plan.state, plan.decided_at, plan.decided_by, plan.ended_why = "declined", at, str(by), why
    if (row := freeze_about(session, case, plan, ASKED)) is not None:
        end_freeze(session, case, row, at, by, f"The plan that was asked for is declined: {why}")


def _put(
    session: Session, case: CaseRow, plan_id: str, instalments: Sequence[Instalment], by: Actor, at: datetime
) -> PlanRow:
    """A plan with these instalments; those that it had before make way."""
    total = sum(i.amount.minor for i in instalments)
    plan = session.get(PlanRow, plan_id)
    if plan is None:
        currency = instalments[0].amount.currency
        plan = PlanRow(
            id=plan_id,
            case_id=case.id,
            state="asked",
            asked_at=at,
            asked_by=str(by),
            total_minor=total,
            currency=currency,
        )
        session.add(plan)
    plan.total_minor = total
    for row in instalment_rows(session, plan_id):
        session.delete(row)
    session.flush()
    for number, i in enumerate(instalments, start=1):
        session.add(InstalmentRow(plan_id=plan_id, number=number, due=i.due, amount_minor=i.amount.minor))
    session.flush()
    return plan
