"""Payment plans of a case as the API shows them: what was asked for, what is in force, how far it has come."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlmodel import Session

from activities.instalments import instalment_rows
from activities.plans import IN_FORCE, plans_of, received
from models.cases import CaseRow
from models.money import Money
from models.plans import PlanRow
from web.answers import Amount, shown


class InstalmentLine(BaseModel):
    """One instalment of a plan."""

    number: int
    due: date
    amount: Amount
    paid_on: date | None
    """The day on which it was known to be paid."""
    missed_on: date | None
    """The day on which it was last found missing."""


class PlanFile(BaseModel):
    """A payment plan."""

    id: str
    state: str
    """asked, in_force, missed (a person decides), kept, declined, ended"""
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    total: Amount
    received: Amount | None
    """What has come in since it began; only while it is in force."""
    instalments: list[InstalmentLine]
    ended_at: datetime | None
    ended_by: str
    ended_why: str


def plan_files(session: Session, case: CaseRow, zone: ZoneInfo) -> list[PlanFile]:
    """Every plan that a case has had, oldest first."""
    return [_plan_file(session, case, plan, zone) for plan in plans_of(session, case)]


def _plan_file(session: Session, case: CaseRow, plan: PlanRow, zone: ZoneInfo) -> PlanFile:
    def money(minor: int) -> Amount:
        return Amount.of(Money(minor=minor, currency=plan.currency))

    came = received(session, case, plan) - plan.paid_before_minor if plan.state in IN_FORCE else None
    return shown(
        PlanFile,
        plan,
        zone,
        total=money(plan.total_minor),
        received=None if came is None else money(came),
        instalments=[
            shown(InstalmentLine, row, zone, amount=money(row.amount_minor))
            for row in instalment_rows(session, plan.id)
        ],
    )
