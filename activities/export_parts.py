"""What a case export tells, part by part: everything that is on record about one case, in plain values."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, col, select

from activities.claims import claim_of
from activities.composing import case_code
from activities.facts import customer_of
from activities.tasks import NOTE
from models.cases import CaseRow, FreezeRow, MessageRow, ProposalRow, TaskRow
from models.claim import Refusal
from models.facts import CaseFacts
from models.inbox import InboxFileRow, InboxRow
from models.mirror import InvoiceRow
from models.money import Money
from models.parties import CreditorRow
from models.plans import InstalmentRow, PlanRow
from models.record import EntryRow
from rules.law.explain import explain, rate_source
from rules.law.quote import written_claim
from rules.law.statement import work_out

Part = dict[str, Any]
OF_MESSAGES = (
    *("id", "channel", "state", "provider_reference", "reason", "attempts", "at", "settled_at"),
    *("delivery", "delivered_at", "delivery_reason"),
)
"""What an export tells of each message."""


def parties(session: Session, case: CaseRow, facts: CaseFacts) -> Part:
    """Who claims, from whom, and in which case."""
    creditor, settings = session.get_one(CreditorRow, case.creditor_id), facts.settings
    customer = customer_of(session, case.creditor_id, case.customer_number)
    return {
        "creditor": {
            "id": creditor.id,
            "name": creditor.name,
            "address": settings.address,
            "registration_number": settings.registration_number,
            "phone": settings.phone,
            "email": settings.reply_to or settings.sender_email,
            "country": settings.country,
            "zone": settings.zone,
        },
        "customer": {
            **customer.model_dump(include={"number", "name", "address", "country", "email", "mobile", "phone"}),
            "registration_number": customer.registration_number,
            "debtor": str(facts.debtor),
            "counts_as_consumer": not facts.debtor.trades,
        },
        "case": {
            **_fields(case, settings.tz, "id", "case_number", "state", "why", "outcome", "opened_at", "closed_at"),
            "code": case_code(case.id),
            "ladder": f"{facts.ladder.title} ({case.ladder_name} v{case.ladder_version})",
        },
    }


def invoices(session: Session, facts: CaseFacts) -> list[Part]:
    """The invoices of the case as the books have them, and what the ledger has left of each."""
    found = []
    for invoice in facts.invoices:
        row = session.get_one(InvoiceRow, (facts.creditor, invoice.number))
        found.append(
            {
                **_fields(row, facts.settings.tz, "number", "invoice_date", "due_date", "currency", "terms", "read_at"),
                "amount": _major(row.gross_minor, row.currency),
                "left_in_books": _major(row.remainder_minor, row.currency),
                "left": str(invoice.balance.amount),
                "not_reminded": invoice.not_reminded,
            }
        )
    return found


def claim(session: Session, facts: CaseFacts, day: date) -> Part:
    """The claim worked out for a day, with every step of the working and the source of every figure."""
    asked = claim_of(session, facts, day)
    head = {"as_of": str(day), "country": asked.country, "currency": asked.currency}
    if not asked.invoices:
        return {**head, "outcome": "nothing_due", "explained": [f"Nothing is due on {day}."]}
    try:
        statement = work_out(asked)
    except Refusal as refusal:
        return {**head, "outcome": "refused", "reason": refusal.reason, "explained": [refusal.sentence]}
    parts = written_claim(statement)
    for shown, segment in zip(parts["segments"], statement.segments, strict=True):
        shown["rate_source"] = rate_source(statement, segment)
    return {**head, **parts, "explained": explain(statement)}


def ledger_of(rows: list[EntryRow], zone: ZoneInfo) -> list[Part]:
    """Every entry, oldest first."""
    return [
        {
            **_fields(row, zone, "invoice_number", "kind", "currency", "effective_date", "basis", "recorded_at"),
            "amount": _major(row.amount_minor, row.currency),
        }
        for row in rows
    ]


def messages(session: Session, case: CaseRow, zone: ZoneInfo) -> list[Part]:
    """Every step that was put before people: words, figures and addresses as its digest covers them, and its delivery.

    What was withdrawn is told without its words: nobody was written to.
    """
    rows = session.exec(
        select(ProposalRow).where(ProposalRow.case_id == case.id).order_by(col(ProposalRow.proposed_at))
    )
    found = []
    for row in rows:
        gone = row.state in ("sent", "unknown", "undelivered")
        part = _fields(row, zone, "id", "step", "state", "digest", "invoices", "proposed_at", "heads_up_at")
        part |= _fields(row, zone, "released_at", "released_by", "ended_at", "ended_why", "letter_kind", "deadline")
        part |= {"fee": _major(row.fee_minor, row.currency), "currency": row.currency}
        if gone:
            query = select(MessageRow).where(MessageRow.proposal_id == row.id).order_by(col(MessageRow.channel))
            part["delivery"] = [_fields(message, zone, *OF_MESSAGES) for message in session.exec(query)]
            part["composition"] = {name: value for name, value in row.composition.items() if name != "notes"}
        found.append(part)
    return found


def questions(session: Session, case: CaseRow, zone: ZoneInfo) -> list[Part]:
    """What customers wrote, with the sums of what they attached; files themselves stay in the house."""
    query = select(InboxRow).where(InboxRow.case_id == case.id, InboxRow.topic != NOTE)
    rows = session.exec(query.order_by(col(InboxRow.received_at)))
    names = ("id", "topic", "channel", "sender", "subject", "text", "received_at")
    return [{**_fields(row, zone, *names), "files": _files(session, row)} for row in rows]


def _files(session: Session, row: InboxRow) -> list[Part]:
    found = session.exec(select(InboxFileRow).where(InboxFileRow.inbox_id == row.id).order_by(col(InboxFileRow.id)))
    return [
        {
            "name": file.name,
            "media_type": file.media_type,
            "bytes": len(file.content),
            "sha256": hashlib.sha256(file.content).hexdigest(),
        }
        for file in found
    ]


def stops(session: Session, case: CaseRow, zone: ZoneInfo) -> list[Part]:
    """What stopped the case, from when to when, and how a person settled it."""
    rows = session.exec(select(FreezeRow).where(FreezeRow.case_id == case.id).order_by(col(FreezeRow.since)))
    names = ("kind", "reason", "since", "until", "by", "ended_at", "ended_by", "outcome", "about", "figures")
    return [_fields(row, zone, *names) for row in rows]


def plans(session: Session, case: CaseRow, zone: ZoneInfo) -> list[Part]:
    """Payment plans with their instalments."""
    found = []
    for row in session.exec(select(PlanRow).where(PlanRow.case_id == case.id).order_by(col(PlanRow.asked_at))):
        query = select(InstalmentRow).where(InstalmentRow.plan_id == row.id).order_by(col(InstalmentRow.number))
        parts = [
            {
                **_fields(part, zone, "number", "due", "paid_on", "missed_on"),
                "amount": _major(part.amount_minor, row.currency),
            }
            for part in session.exec(query)
        ]
        names = ("id", "state", "asked_at", "asked_by", "decided_at", "decided_by", "ended_at", "ended_by", "ended_why")
        total = _major(row.total_minor, row.currency)
        found.append({**_fields(row, zone, *names), "total": total, "currency": row.currency, "instalments": parts})
    return found


def tasks(session: Session, case: CaseRow, zone: ZoneInfo) -> list[Part]:
    """What people were asked to do, and what came of it."""
    rows = session.exec(select(TaskRow).where(TaskRow.case_id == case.id).order_by(col(TaskRow.at), col(TaskRow.id)))
    names = ("id", "kind", "step", "title", "at", "invoices", "owner", "result", "note", "done_at", "done_by")
    return [_fields(row, zone, *names) for row in rows]


def _fields(row: SQLModel, zone: ZoneInfo, *names: str) -> Part:
    """Columns of a row as JSON has them; instants on the creditor's clock."""
    return {name: _plain(getattr(row, name), zone) for name in names}


def _plain(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def _major(minor: int, currency: str) -> str:
    return str(Money(minor=minor, currency=currency).amount)
