"""The record of a case as the API shows it: the entries of its ledger, what they sum up to, and its trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlmodel import Session

from activities import ledger
from models.cases import CaseRow
from models.money import Money, total
from models.record import EntryRow
from web.answers import Amount, shown


class Entry(BaseModel):
    """One entry of the claim ledger."""

    id: int
    invoice_number: str
    kind: str
    amount: Amount
    effective_date: date
    recorded_at: datetime
    basis: dict[str, Any]


class InvoiceBalance(BaseModel):
    """What the entries of one invoice sum up to."""

    invoice_number: str
    principal: Amount
    settled: Amount
    """What was paid and credited, in the books and by hand."""
    balance: Amount


class LedgerAnswer(BaseModel):
    """The entries of a case, oldest first, and what they sum up to."""

    case_id: str
    entries: list[Entry]
    balances: list[InvoiceBalance]
    outstanding: list[Amount]


class TrailLine(BaseModel):
    """One link of the trail."""

    seq: int
    at: datetime
    actor: str
    kind: str
    text: str
    data: dict[str, Any]
    recorded_at: datetime
    previous: str
    hash: str


def ledger_answer(session: Session, case: CaseRow, zone: ZoneInfo) -> LedgerAnswer:
    """The whole ledger of a case."""
    rows = ledger.entries(session, case.id)
    amounts = [Money(minor=row.amount_minor, currency=row.currency) for row in rows]
    return LedgerAnswer(
        case_id=case.id,
        entries=[shown(Entry, row, zone, amount=Amount.of(m)) for row, m in zip(rows, amounts, strict=True)],
        balances=balances(rows),
        outstanding=outstanding(rows),
    )


def balances(rows: Sequence[EntryRow]) -> list[InvoiceBalance]:
    """The sums per invoice."""
    claim = ledger.Claim(list(rows))
    lines = []
    for number, principal in claim.principal.items():
        settled = Money(minor=claim.paid_in_books(number) + claim.paid_by_hand(number), currency=principal.currency)
        lines.append(
            InvoiceBalance(
                invoice_number=number,
                principal=Amount.of(principal),
                settled=Amount.of(settled),
                balance=Amount.of(claim.balance(number)),
            )
        )
    return lines


def outstanding(rows: Iterable[EntryRow]) -> list[Amount]:
    """What is left to pay over all invoices, one amount per currency."""
    claim = ledger.Claim(list(rows))
    left = [claim.balance(number) for number in claim.principal]
    currencies = sorted({money.currency for money in left})
    return [Amount.of(total([m for m in left if m.currency == currency], currency)) for currency in currencies]
