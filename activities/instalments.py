"""The instalments of a plan as they stand in the database, and what money has come in for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlmodel import Session, col, select

from activities import ledger
from models.cases import CaseRow, ProposalRow
from models.creditor import CreditorSettings
from models.facts import InvoiceFacts, PlanFacts
from models.money import Money
from models.news import Instalment
from models.plans import InstalmentRow, PlanRow
from models.record import EntryRow
from rules.calendar import local_day
from rules.instalment_reminder import NAMED
from rules.plans import part_of_plan, progress


def instalment_rows(session: Session, plan_id: str) -> list[InstalmentRow]:
    """The instalments of a plan in their order."""
    query = select(InstalmentRow).where(InstalmentRow.plan_id == plan_id)
    return list(session.exec(query.order_by(col(InstalmentRow.number))))


def instalments_of(plan: PlanRow, rows: Sequence[InstalmentRow]) -> tuple[Instalment, ...]:
    """The same as values."""
    return tuple(Instalment(due=r.due, amount=Money(minor=r.amount_minor, currency=plan.currency)) for r in rows)


def own_invoices(invoices: Iterable[InvoiceFacts], since: date) -> tuple[str, ...]:
    """The numbers of those that a plan from that day is about, the oldest first; open or paid."""
    return tuple(invoice.number for invoice in invoices if part_of_plan(invoice, since))


def came_in(entries: Iterable[EntryRow], numbers: Collection[str]) -> int:
    """What was paid or credited on some invoices of a case, less what was taken back; minor units.

    What had been paid on an invoice before it joined the case is no payment of a plan.
    """
    rows = [row for row in entries if row.kind in ledger.SETTLING and row.invoice_number in numbers]
    return -sum(row.amount_minor for row in rows if not row.key.startswith(("before:", "carried over:")))


def next_instalment(
    session: Session,
    case: CaseRow,
    invoices: Iterable[InvoiceFacts],
    entries: Iterable[EntryRow],
    history: Iterable[ProposalRow],
    s: CreditorSettings,
) -> PlanFacts | None:
    """What comes next of the plan in force; None without one, and while a person decides on a missed instalment."""
    plan = session.exec(select(PlanRow).where(PlanRow.case_id == case.id, PlanRow.state == "in_force")).first()
    if plan is None or plan.decided_at is None:
        return None
    instalments, since = instalments_of(plan, instalment_rows(session, plan.id)), local_day(plan.decided_at, s)
    received = came_in(entries, own_invoices(invoices, since)) - plan.paid_before_minor
    # What is missing is for a person, on the day it is; here only what is open of each counts.
    now = progress(instalments, received, date.min, s)
    if now.next is None:
        return None
    following = instalments[now.next - 1]
    return PlanFacts(
        since=since,
        number=now.next,
        count=len(instalments),
        due=following.due,
        amount=following.amount,
        open=Money(minor=now.open, currency=plan.currency),
        left=Money(minor=plan.total_minor - max(received, 0), currency=plan.currency),
        reminded=any(_reminds(row, case, plan, now.next) for row in history),
    )


def _reminds(row: ProposalRow, case: CaseRow, plan: PlanRow, number: int) -> bool:
    """Whether a message went out for an instalment of this very plan; an earlier plan had numbers of its own."""
    assert plan.decided_at is not None
    went = row.case_id == case.id and row.state in ("sent", "unknown")
    return went and row.step == f"{NAMED}{number}" and row.proposed_at >= plan.decided_at
