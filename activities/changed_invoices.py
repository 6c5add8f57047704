"""What the books did to an invoice of a case beside its figures: disputed, another due date, gone, back again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.freezes import freeze
from models.cases import CaseRow, ProposalRow
from models.mirror import InvoiceRow
from models.news import BooksChanged
from models.record import TrailRow

JOINED, MOVED, GONE, BACK = "invoice joined", "due date changed", "invoice missing", "invoice back"
"""What the trail calls it; what a case knows of its invoices is read from there."""
REMINDED = ("proposed", "sent", "unknown", "undelivered")
"""States of proposals that have told somebody of the old due date, or were about to."""


def follow_invoices(session: Session, case: CaseRow, invoices: Sequence[InvoiceRow], as_of: datetime) -> None:
    """Put other due dates, and what the books no longer have, on record; a person looks where figures were told.

    Each change is recorded once, also one that is taken back later. Only what is still owed matters.
    """
    claim = ledger.Balances(ledger.entries(session, case.id))
    lines = _lines(session, case)
    for invoice in invoices:
        own = [line for line in lines if line.data.get("invoice") == invoice.number]
        if claim.left(invoice.number) > 0:
            _dispute(session, case, invoice, as_of)
            _due_date(session, case, invoice, own, str(claim.balance(invoice.number)), as_of)
        _presence(session, case, invoice, own, str(claim.balance(invoice.number)), as_of)


def _lines(session: Session, case: CaseRow) -> list[TrailRow]:
    query = select(TrailRow).where(
        TrailRow.creditor_id == case.creditor_id,
        TrailRow.case_id == case.id,
        col(TrailRow.kind).in_((JOINED, MOVED, GONE, BACK)),
    )
    return list(session.exec(query.order_by(col(TrailRow.seq))))


def _dispute(session: Session, case: CaseRow, invoice: InvoiceRow, as_of: datetime) -> None:
    """What the books mark as disputed is a question of the customer, asked once; an admin settles it like any other."""
    if invoice.disputed:
        text = f"the books mark invoice {invoice.number} as disputed"
        freeze(session, case, BooksChanged(id=f"disputed:{invoice.number}"), as_of, "question", text)


def _due_date(
    session: Session, case: CaseRow, invoice: InvoiceRow, own: Sequence[TrailRow], left: str, as_of: datetime
) -> None:
    """The ladder goes by the new date from now on; whoever was told the old one is not written to unseen."""
    now = str(invoice.due_date) if invoice.due_date else None
    before = str(invoice.due_date_before) if invoice.due_date_before else now
    known = next((line.data["due"] for line in reversed(own) if "due" in line.data), before)
    if known == now:
        return
    number, turn = invoice.number, sum(1 for line in own if line.kind == MOVED)
    key = f"due:{number}:{turn}:{now}"
    text = f"invoice {number} was {_due(known)} and is {_due(now)} in the books, {left} left"
    _on_record(session, case, key, as_of, MOVED, text, invoice=number, before=known, due=now)
    if _reminded(session, case, number):
        figures = [{"invoice": number, "before": _due(known), "after": _due(now)}]
        freeze(session, case, BooksChanged(id=key), as_of, "review", text, figures=figures)


def _presence(
    session: Session, case: CaseRow, invoice: InvoiceRow, own: Sequence[TrailRow], left: str, as_of: datetime
) -> None:
    """Gone is not paid: the ledger stays, and a person looks. What comes back leaves the stop to that person."""
    number = invoice.number
    seen = [line.kind for line in own if line.kind in (GONE, BACK)]
    was_gone, turn = seen[-1:] == [GONE], seen.count(GONE)
    if invoice.missing_since is None and was_gone:
        text = f"invoice {number} is in the books again, {left} left"
        _on_record(session, case, f"back:{number}:{turn}", as_of, BACK, text, invoice=number)
    elif invoice.missing_since is not None and not was_gone and invoice.remainder_minor > 0:
        key = f"missing:{number}:{turn}"
        text = f"the books no longer have invoice {number}; that is not the same as paid"
        _on_record(session, case, key, as_of, GONE, text, invoice=number)
        figures = [{"invoice": number, "before": left, "after": "not in the books"}]
        freeze(session, case, BooksChanged(id=key), as_of, "review", f"{text}, {left} left", figures=figures)


def _reminded(session: Session, case: CaseRow, number: str) -> bool:
    """Whether the customer was told of an invoice, in this case or in one before, or is about to be."""
    query = (
        select(ProposalRow.invoices)
        .join(CaseRow, col(CaseRow.id) == col(ProposalRow.case_id))
        .where(
            CaseRow.creditor_id == case.creditor_id,
            CaseRow.customer_number == case.customer_number,
            col(ProposalRow.state).in_(REMINDED),
        )
    )
    return any(number in invoices for invoices in session.exec(query))


def _on_record(
    session: Session, case: CaseRow, key: str, as_of: datetime, kind: str, text: str, invoice: str, **data: str | None
) -> None:
    said = text[0].upper() + text[1:]
    facts: dict[str, Any] = {"invoice": invoice, **data}
    trail.write(session, case.creditor_id, f"{case.id}:{key}", as_of, kind, said, case_id=case.id, **facts)


def _due(day: str | None) -> str:
    return f"due {day}" if day else "without a due date"
