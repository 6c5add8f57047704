"""Where a case stands in the eyes of its customer: one plain sentence, and what there still is to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from activities.freezes import open_freezes
from activities.placeholders import written_date, written_money
from models.cases import CaseRow, FreezeRow
from models.creditor import CreditorSettings
from models.letters import Language
from models.money import Money
from models.parties import CreditorRow, PersonRow
from models.plans import InstalmentRow, PlanRow
from rules.calendar import local_day
from web.page_claim import Owed

UNDER_WAY = ("asked", "in_force", "missed")
"""States of a plan beside which no other can be asked for."""
TOLD = ("question", "plan", "plan_asked", "promise")
"""Stops of which the customer is told why; all others are a pause."""
CLOSED = ("paid", "credited", "handed_over")


@dataclass(frozen=True)
class InstalmentLine:
    """One instalment of a plan."""

    due: str
    amount: str
    paid: bool


@dataclass(frozen=True)
class State:
    """What the page says of a case; the name of its sentence, and what stands in it."""

    name: str
    values: Mapping[str, str]
    closed: bool
    calm: bool
    """Nothing runs against the customer now."""
    plan: tuple[InstalmentLine, ...]
    may_promise: bool
    may_plan: bool


def state_of(session: Session, case: CaseRow, settings: CreditorSettings, owed: Owed, language: Language) -> State:
    """The state of a case from its stops and plans, as they are on record."""
    stops = open_freezes(session, case)
    plans = _plans(session, case)
    name, values = _sentence(session, case, stops, owed, settings, language)
    closed = case.closed_at is not None
    free = not closed and owed.to_pay.minor > 0 and not plans
    promised = session.exec(
        select(FreezeRow.id).where(FreezeRow.case_id == case.id, FreezeRow.kind == "promise")
    ).first()
    return State(
        name=name,
        values=values,
        closed=closed,
        calm=closed or bool(stops),
        plan=_instalments(session, plans, language),
        may_promise=free and promised is None and settings.promise_days > 0,
        may_plan=free and owed.total.minor > 0 and settings.plan_instalments > 0,
    )


def who_looks(session: Session, case: CaseRow, stops: Sequence[FreezeRow]) -> str:
    """Who deals with a question: the customer's own contact, or else the creditor."""
    owner = next((stop.owner for stop in stops if stop.kind == "question" and stop.owner), "")
    person = session.get(PersonRow, owner) if owner else None
    return person.name if person else session.get_one(CreditorRow, case.creditor_id).name


def _sentence(
    session: Session,
    case: CaseRow,
    stops: Sequence[FreezeRow],
    owed: Owed,
    settings: CreditorSettings,
    language: Language,
) -> tuple[str, dict[str, str]]:
    if case.closed_at is not None:
        return f"closed_{case.outcome if case.outcome in CLOSED else 'other'}", {}
    kinds = {stop.kind: stop for stop in stops}
    told = next((kind for kind in TOLD if kind in kinds), "")
    if told == "promise" and (until := kinds["promise"].until) is not None:
        return "promise", {"until": written_date(local_day(until, settings), language)}
    if told == "question":
        return "question", {"who": who_looks(session, case, stops)}
    if stops:
        return told or "paused", {}
    if not owed.to_pay.minor:
        return "nothing_left", {}
    return ("running" if owed.total.minor else "not_due"), {}


def _plans(session: Session, case: CaseRow) -> list[PlanRow]:
    query = select(PlanRow).where(PlanRow.case_id == case.id, col(PlanRow.state).in_(UNDER_WAY))
    return list(session.exec(query.order_by(col(PlanRow.asked_at), col(PlanRow.id))))


def _instalments(session: Session, plans: Sequence[PlanRow], language: Language) -> tuple[InstalmentLine, ...]:
    """Those of the plan in force, or of the one that was asked for."""
    if not plans:
        return ()
    plan = next((p for p in plans if p.state != "asked"), plans[-1])
    query = select(InstalmentRow).where(InstalmentRow.plan_id == plan.id).order_by(col(InstalmentRow.number))
    return tuple(
        InstalmentLine(
            due=written_date(row.due, language),
            amount=written_money(Money(minor=row.amount_minor, currency=plan.currency), language),
            paid=row.paid_on is not None,
        )
        for row in session.exec(query)
    )
