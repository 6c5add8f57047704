"""Invoices that are not reminded until a person says otherwise: the backlog of the first day, and what was given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from activities import trail
from models.cases import CaseRow, SetAsideRow
from models.news import Actor

SAID = {
    "quarantine": "it was overdue when the books were connected; an admin releases it",
    "withdrawn": "the claim is withdrawn",
    "handed_over": "it is handed over",
    "stopped": "an admin has given it up",
}


def set_aside(
    session: Session, creditor: str, customer: str, invoice: str, kind: str, reason: str, at: datetime, by: Actor
) -> None:
    """Leave an invoice out of reminders from now on; one that was released before is left out again."""
    row = session.get(SetAsideRow, (creditor, invoice))
    if row is None:
        row = SetAsideRow(
            creditor_id=creditor, invoice_number=invoice, customer_number=customer, kind=kind, reason=reason, since=at
        )
        session.add(row)
    row.kind, row.reason, row.since, row.by = kind, reason, at, str(by)
    row.released_at, row.released_by = None, ""


def end_invoices(
    session: Session, case: CaseRow, numbers: Sequence[str], kind: str, reason: str, at: datetime, by: Actor, key: str
) -> None:
    """Set invoices of a case aside for good, with one line on the trail; once nothing else is open the case closes."""
    trail_key = f"{case.id}:{kind}:{key}"
    if trail.has(session, case.creditor_id, trail_key):
        return
    for number in numbers:
        set_aside(session, case.creditor_id, case.customer_number, number, kind, reason, at, by)
    text = f"{kind.replace('_', ' ').capitalize()}: invoices {', '.join(numbers)}: {reason}"
    trail.write(
        session,
        case.creditor_id,
        trail_key,
        at,
        kind.replace("_", " "),
        text,
        case_id=case.id,
        actor=by,
        invoices=list(numbers),
    )


def kinds_aside(session: Session, creditor: str, numbers: Iterable[str]) -> dict[str, str]:
    """Which of some invoices are set aside now, and as what."""
    query = select(SetAsideRow).where(
        SetAsideRow.creditor_id == creditor,
        col(SetAsideRow.invoice_number).in_(sorted(numbers)),
        col(SetAsideRow.released_at).is_(None),
    )
    return {row.invoice_number: row.kind for row in session.exec(query)}
