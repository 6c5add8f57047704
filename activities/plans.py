"""Payment plans of a case as they stand: what they are drawn up over, which is in force, what has come in for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, select

from activities import ledger
from activities.claims import claim_of
from activities.facts import case_facts
from activities.freezes import open_freezes
from activities.instalments import came_in, instalments_of, own_invoices
from models.cases import CaseRow, FreezeRow
from models.creditor import CreditorSettings
from models.money import Money
from models.news import Instalment
from models.plans import InstalmentRow, PlanRow
from rules.calendar import at_local, local_day
from rules.law.statement import work_out
from rules.plans import Progress, progress

IN_FORCE = ("in_force", "missed")
"""States of a plan that reminders pause for; while an instalment is missed, a person decides on it."""


def claim_total(session: Session, case: CaseRow, day: date) -> Money:
    """Everything that is owed on a case as of a day: principal, interest, fees, compensation, less what was paid.

    The total of GET /cases/{id}/claim; zero while nothing is due, Refusal where the law has no figure for the day.
    """
    facts = case_facts(session, case)
    claim = claim_of(session, facts, day)
    left = work_out(claim).open.total if claim.invoices else 0
    return Money(minor=left, currency=facts.settings.currency)


def plans_of(session: Session, case: CaseRow, *states: str) -> list[PlanRow]:
    """The plans of a case in one of some states, or in any; oldest first."""
    query = select(PlanRow).where(PlanRow.case_id == case.id)
    if states:
        query = query.where(col(PlanRow.state).in_(states))
    return list(session.exec(query.order_by(col(PlanRow.asked_at), col(PlanRow.id))))


def plan_in_force(session: Session, case: CaseRow) -> PlanRow | None:
    """The plan that the case is stopped for; there is at most one."""
    return next(iter(plans_of(session, case, *IN_FORCE)), None)


def in_words(instalments: Sequence[Instalment]) -> str:
    """A plan in a line: its sum, its instalments, the last day."""
    total = Money(minor=sum(i.amount.minor for i in instalments), currency=instalments[0].amount.currency)
    parts = "instalment" if len(instalments) == 1 else "instalments"
    return f"{total} in {len(instalments)} {parts}, the last due {instalments[-1].due}"


def invoices_of_plan(session: Session, case: CaseRow, plan: PlanRow | None) -> tuple[str, ...]:
    """The numbers of the invoices that a plan is about, the oldest first; none without a plan that came into force."""
    if plan is None or plan.decided_at is None:
        return ()
    facts = case_facts(session, case)
    return own_invoices(facts.invoices, local_day(plan.decided_at, facts.settings))


def received(session: Session, case: CaseRow, plan: PlanRow) -> int:
    """What has come in on the invoices of a plan so far, for it or before it; minor units."""
    return came_in(ledger.entries(session, case.id), invoices_of_plan(session, case, plan))


def progress_of(plan: PlanRow, rows: Sequence[InstalmentRow], came: int, today: date, s: CreditorSettings) -> Progress:
    """How far a plan in force has come, with what has come in on its invoices so far."""
    return progress(instalments_of(plan, rows), came - plan.paid_before_minor, today, s)


def missing(rows: Sequence[InstalmentRow], plan: PlanRow) -> tuple[int, ...]:
    """The numbers of instalments that a person has to decide on."""
    if plan.state != "missed":
        return ()
    return tuple(row.number for row in rows if row.missed_on is not None and row.paid_on is None)


def morning(day: date, settings: CreditorSettings) -> datetime:
    """When a plan is looked at again on a day."""
    return at_local(day, settings.propose_from, settings)


def freeze_about(session: Session, case: CaseRow, plan: PlanRow, kind: str) -> FreezeRow | None:
    """The open stop that a plan is to its case."""
    return next((row for row in open_freezes(session, case) if (row.kind, row.about) == (kind, plan.id)), None)
