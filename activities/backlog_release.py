"""What admins decide over the quarantine: invoices are released into reminders, or given up; each on the trail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from activities import trail
from activities.quarantine import QUARANTINE, Quarantined, counted, spoken, sums_of
from activities.set_aside import set_aside
from models.cases import CaseRow, SetAsideRow
from models.mirror import InvoiceRow
from models.news import Actor


@dataclass(frozen=True)
class Decision:
    """What an admin decided over a part of the quarantine, in the words of the trail."""

    id: str
    kind: str
    what: str
    reason: str
    at: datetime
    by: Actor


def lock_quarantine(session: Session, creditor: str) -> None:
    """Of two admins who decide over the same invoices the second one waits, and finds them decided."""
    query = select(SetAsideRow.invoice_number).where(
        SetAsideRow.creditor_id == creditor,
        SetAsideRow.kind == QUARANTINE,
        col(SetAsideRow.released_at).is_(None),
    )
    session.exec(query.with_for_update()).all()


def release(
    session: Session, creditor: str, chosen: Sequence[Quarantined], reason: str, at: datetime, by: Actor
) -> str:
    """Let reminders of these invoices begin at their first step; the id of the cohort, empty when there are none.

    Their customers count as changed, so that the next round of the mirror opens or tells their cases.
    """
    if not chosen:
        return ""
    for one in chosen:
        one.aside.released_at, one.aside.released_by = at, str(by)
        if one.customer is not None:
            one.customer.changed = True
    session.flush()
    decision = Decision(f"cohort-{uuid4().hex[:12]}", "quarantine released", "released from quarantine", reason, at, by)
    _on_record(session, creditor, decision, chosen)
    return decision.id


def give_up(
    session: Session, creditor: str, chosen: Sequence[Quarantined], reason: str, at: datetime, by: Actor
) -> str:
    """Leave these invoices out of reminders for good; the id of the decision."""
    for one in chosen:
        set_aside(session, creditor, one.backlog.customer, one.backlog.number, "stopped", reason, at, by)
    session.flush()
    decision = Decision(f"given-up-{uuid4().hex[:12]}", "quarantine given up", "given up", reason, at, by)
    _on_record(session, creditor, decision, chosen)
    return decision.id


def not_in_quarantine(session: Session, creditor: str, number: str) -> str:
    """Why an invoice cannot be decided over, in words."""
    aside, invoice = session.get(SetAsideRow, (creditor, number)), session.get(InvoiceRow, (creditor, number))
    if aside is None or invoice is None:
        return "is not in the quarantine"
    if aside.released_at is not None:
        return f"was released on {aside.released_at.date()} by {aside.released_by}"
    if aside.kind != QUARANTINE:
        return f"was decided over before: {aside.kind.replace('_', ' ')}"
    return "is settled; nothing is left to pay"


def open_cases_of(session: Session, creditor: str, customers: set[str]) -> list[CaseRow]:
    """The open cases of some customers."""
    query = select(CaseRow).where(CaseRow.creditor_id == creditor, col(CaseRow.closed_at).is_(None))
    return [case for case in session.exec(query.order_by(col(CaseRow.id))) if case.customer_number in customers]


def _on_record(session: Session, creditor: str, decision: Decision, chosen: Sequence[Quarantined]) -> None:
    """One line per customer, which an open case of that customer shows as well, and one for all of them."""
    of: defaultdict[str, list[Quarantined]] = defaultdict(list)
    for one in chosen:
        of[one.backlog.customer].append(one)
    cases = {case.customer_number: case.id for case in open_cases_of(session, creditor, set(of))}
    for customer in sorted(of):
        invoices = [one.backlog.number for one in of[customer]]
        whose, case = f"of customer {customer}", cases.get(customer, "")
        _line(session, creditor, decision, f"{decision.id}:{customer}", of[customer], whose, case, invoices=invoices)
    customers = f"of {counted(len(of), 'customer')}"
    _line(session, creditor, decision, decision.id, chosen, customers, customers=len(of))


def _line(
    session: Session,
    creditor: str,
    decision: Decision,
    key: str,
    chosen: Sequence[Quarantined],
    whose: str,
    case_id: str = "",
    **data: int | list[str],
) -> None:
    sums = sums_of(one.backlog.left for one in chosen)
    trail.write(
        session,
        creditor,
        key,
        decision.at,
        decision.kind,
        f"{counted(len(chosen), 'invoice')} {whose}, {spoken(sums)}, {decision.what}: {decision.reason}",
        case_id=case_id,
        actor=decision.by,
        decision=decision.id,
        count=len(chosen),
        sums={money.currency: money.minor for money in sums},
        **data,
    )
