"""Who pays late: customers with their payment habits, the worst first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlmodel import Session, col, select

from activities.payment_habits import followed
from models.database import transaction
from models.mirror import CustomerRow
from models.news import Role
from rules.calendar import local_day
from rules.late_payers import Habit, habit_of, habits
from web.answers import Limit, Offset, Page
from web.callers import Caller, SignedIn
from web.problems import Problem
from web.reach import Reached

router = APIRouter(prefix="/customers", tags=["customers"])


class LatePayer(BaseModel):
    """How a customer pays. Days, shares and reminders are text with one decimal; null where nothing is known."""

    customer_number: str
    customer: str
    owner: str
    """The number by which the books call the rep who owns the customer."""
    invoices: int
    """Looked at: settled, or open and overdue."""
    settled: int
    overdue: int
    average_days_late: Decimal | None
    """Over settled invoices; one that was paid in time counts as 0."""
    average_days_overdue: Decimal | None
    """So far, over open invoices."""
    over_30_days: int
    share_over_30_days: Decimal | None
    """Percent of the invoices looked at that were paid, or are open, more than 30 days late."""
    reminders_per_invoice: Decimal | None
    prepayment: bool
    reason: str
    """Why prepayment should be asked for; empty where it need not."""


class PaidInvoice(BaseModel):
    """One invoice and how late it was paid."""

    number: str
    due_date: date
    settled_on: date | None
    """null while it is open."""
    days_late: int
    reminders: int


class LatePayerFile(LatePayer):
    """A customer's habits and the invoices they were read from, oldest first."""

    looked_at: list[PaidInvoice]


@router.get("/late", summary="Who pays late, the worst first, and of whom prepayment should be asked")
def list_late_payers(
    caller: SignedIn,
    reach: Reached,
    flagged: Annotated[bool | None, Query(description="Only those of whom prepayment should be asked, or not.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Page[LatePayer]:
    owner = None if caller.role is Role.admin else caller.books_number
    today = local_day(reach.clock(), caller.settings)
    with transaction(reach.database) as session:
        found = habits(followed(session, caller.creditor, owner=owner), today)
        if flagged is not None:
            found = [habit for habit in found if bool(habit.prepayment) == flagged]
        shown = found[offset : offset + limit]
        rows = _customers(session, caller, [habit.customer for habit in shown])
    items = [LatePayer(**_fields(habit, rows.get(habit.customer))) for habit in shown]
    return Page(items=items, total=len(found), limit=limit, offset=offset)


@router.get("/{number}/late", summary="How one customer pays, and the invoices this is read from")
def read_late_payer(number: str, caller: SignedIn, reach: Reached) -> LatePayerFile:
    today = local_day(reach.clock(), caller.settings)
    with transaction(reach.database) as session:
        row = _customers(session, caller, [number] if number.isprintable() else []).get(number)
        if row is None or (caller.role is not Role.admin and (not row.owner or row.owner != caller.books_number)):
            raise Problem(
                404, "There is no such customer, or it is not yours; GET /customers/late lists those that are."
            )
        invoices = followed(session, caller.creditor, customer=number)
    looked_at = [
        PaidInvoice(
            number=i.number,
            due_date=i.due,
            settled_on=i.settled_on,
            days_late=i.days_late(today),
            reminders=i.reminders,
        )
        for i in invoices
        if i.counts(today)
    ]
    return LatePayerFile(**_fields(habit_of(number, invoices, today), row), looked_at=looked_at)


def _customers(session: Session, caller: Caller, numbers: list[str]) -> dict[str, CustomerRow]:
    query = select(CustomerRow).where(CustomerRow.creditor_id == caller.creditor, col(CustomerRow.number).in_(numbers))
    return {row.number: row for row in session.exec(query)}


def _fields(habit: Habit, row: CustomerRow | None) -> dict[str, object]:
    return {
        "customer_number": habit.customer,
        "customer": row.name if row else habit.customer,
        "owner": row.owner if row else "",
        "invoices": habit.invoices,
        "settled": habit.settled,
        "overdue": habit.overdue,
        "average_days_late": habit.average_late,
        "average_days_overdue": habit.average_overdue,
        "over_30_days": habit.very_late,
        "share_over_30_days": habit.share_very_late,
        "reminders_per_invoice": habit.reminders,
        "prepayment": bool(habit.prepayment),
        "reason": habit.prepayment,
    }
