"""Looks at payment plans: what money paid which instalment, what is missing, what was kept; a person decides."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, select

from activities import ledger, trail
from activities.facts import settings_of
from activities.freezes import PLAN, TITLES, comes_back, end_freeze
from activities.instalments import instalment_rows, instalments_of
from activities.notices import put_notice
from activities.plans import (
    IN_FORCE,
    freeze_about,
    in_words,
    morning,
    plan_in_force,
    plans_of,
    progress_of,
    received,
)
from models.cases import CaseRow, FreezeRow
from models.creditor import CreditorSettings
from models.money import Money
from models.news import ENGINE
from models.plans import InstalmentRow, PlanRow
from rules.calendar import local_day
from rules.plans import Progress

ENDED_WELL = ("paid", "credited")


def watch_plan(session: Session, case: CaseRow, as_of: datetime) -> None:
    """Bring the plan of a case in line with its ledger and the day."""
    _decline_what_was_let_go(session, case, as_of)
    plan = plan_in_force(session, case)
    freeze = freeze_about(session, case, plan, PLAN) if plan else None
    if plan is None or freeze is None:
        return
    settings = settings_of(session, case.creditor_id)
    today = local_day(as_of, settings)
    rows, came = instalment_rows(session, plan.id), received(session, case, plan)
    now = progress_of(plan, rows, came, today, settings)
    _put_paid(session, case, plan, rows, now, came, as_of, today)
    if now.next is None:
        _end(session, case, plan, as_of, "kept", "every instalment has been paid")
        return
    if now.missed:
        _put_missed(session, case, plan, freeze, rows, now, as_of, settings)
    else:
        if plan.state == "missed":
            text = f"Plan {plan.id} goes on: what was missing has come in"
            _write(session, case, plan, f"caught up:{came}:{freeze.times_back}", as_of, text)
        plan.state, freeze.reason = "in_force", in_words(instalments_of(plan, rows))
        freeze.back_at = morning(now.look_at, settings) if now.look_at else None
    session.flush()


def end_plans(session: Session, case: CaseRow, outcome: str, as_of: datetime) -> None:
    """Leave no plan open on a case that closes: paid, it was kept; a plan that was only asked for is declined."""
    for plan in plans_of(session, case, "asked", *IN_FORCE):
        if plan.state == "asked":
            _decline(session, case, plan, as_of, str(ENGINE), f"the case is closed: {outcome}")
        else:
            state = "kept" if outcome in ENDED_WELL else "ended"
            _end(session, case, plan, as_of, state, f"the case is closed: {outcome.replace('_', ' ')}")


def _decline_what_was_let_go(session: Session, case: CaseRow, as_of: datetime) -> None:
    """A case that an admin resumed although a plan was asked for has its answer: no."""
    for plan in plans_of(session, case, "asked"):
        query = select(FreezeRow).where(FreezeRow.case_id == case.id, FreezeRow.about == plan.id)
        stop = session.exec(query).first()
        if stop is not None and stop.ended_at is not None:
            _decline(session, case, plan, as_of, stop.ended_by, "the case was resumed without it")


def _decline(session: Session, case: CaseRow, plan: PlanRow, as_of: datetime, by: str, why: str) -> None:
    plan.state, plan.decided_at, plan.decided_by, plan.ended_why = "declined", as_of, by, why
    _write(session, case, plan, "declined", as_of, f"Plan {plan.id} is declined: {why}", kind="plan ended")


def _put_paid(
    session: Session,
    case: CaseRow,
    plan: PlanRow,
    rows: list[InstalmentRow],
    now: Progress,
    came: int,
    as_of: datetime,
    today: date,
) -> None:
    """Each instalment that money has covered since the last look; one whose payment was taken back is open again."""
    for row in rows:
        about = f"Instalment {row.number} of {len(rows)}, {_amount(plan, row)} due {row.due}"
        if row.number in now.paid and row.paid_on is None:
            row.paid_on = today
            _write(session, case, plan, f"paid:{row.number}:{came}", as_of, f"{about}, is paid", kind="instalment paid")
        elif row.number not in now.paid and row.paid_on is not None:
            row.paid_on = None
            key = f"open again:{row.number}:{came}"
            _write(session, case, plan, key, as_of, f"{about}, is open again: its payment was taken back")


def _put_missed(
    session: Session,
    case: CaseRow,
    plan: PlanRow,
    freeze: FreezeRow,
    rows: list[InstalmentRow],
    now: Progress,
    as_of: datetime,
    settings: CreditorSettings,
) -> None:
    """Put what is missing before a person: when it is found, and again until somebody decides. Nothing is sent."""
    missed = [row for row in rows if row.number in now.missed]
    fresh = [row for row in missed if plan.state != "missed" or row.missed_on is None]
    if fresh:
        plan.state = "missed"
    elif freeze.back_at is None or freeze.back_at > as_of:
        return
    else:
        freeze.times_back += 1
    freeze.back_at = comes_back(as_of, settings)
    if now.look_at is not None:
        freeze.back_at = min(freeze.back_at, morning(now.look_at, settings))
    for row in fresh:
        row.missed_on = local_day(as_of, settings)
        text = f"Instalment {row.number} of {len(rows)}, {_amount(plan, row)} due {row.due}, is missing"
        freeze.reason = text[0].lower() + text[1:]
        _write(session, case, plan, f"missed:{row.number}:{row.due}", as_of, text, kind="instalment missed")
    if not fresh:
        text = f"Comes back to {freeze.owner or 'the admins'}: {freeze.reason}"
        _write(session, case, plan, f"back:{freeze.times_back}", as_of, text, kind="came back")
    _tell(session, case, plan, freeze, missed[0], now, as_of, settings)


def _tell(
    session: Session,
    case: CaseRow,
    plan: PlanRow,
    freeze: FreezeRow,
    row: InstalmentRow,
    now: Progress,
    as_of: datetime,
    settings: CreditorSettings,
) -> None:
    """A line of a heads-up: the first instalment that is missing, and what is open of it."""
    claim = ledger.Balances(ledger.entries(session, case.id))
    still_open = [number for number in claim.principal if claim.balance(number).minor > 0]
    about = f"{plan.id}:missed:{row.number}:{row.due}:{freeze.times_back}:{len(now.missed)}"
    title = f"{TITLES[PLAN][settings.language]} ({row.number}, {row.due})"
    left = Money(minor=now.open, currency=plan.currency)
    put_notice(session, case, about, freeze.owner, as_of, title, still_open, str(left))


def _end(session: Session, case: CaseRow, plan: PlanRow, as_of: datetime, state: str, why: str) -> None:
    plan.state, plan.ended_at, plan.ended_by, plan.ended_why = state, as_of, str(ENGINE), why
    if (row := freeze_about(session, case, plan, PLAN)) is not None:
        end_freeze(session, case, row, as_of, ENGINE, f"The payment plan is {state}: {why}")
    _write(session, case, plan, state, as_of, f"Plan {plan.id} is {state}: {why}", kind=f"plan {state}")


def _amount(plan: PlanRow, row: InstalmentRow) -> Money:
    return Money(minor=row.amount_minor, currency=plan.currency)


def _write(
    session: Session, case: CaseRow, plan: PlanRow, key: str, at: datetime, text: str, kind: str = "plan"
) -> None:
    trail.write(session, case.creditor_id, f"{plan.id}:{key}", at, kind, text, case_id=case.id, plan=plan.id)
