"""The record of a case as the API shows it: the entries of its ledger, what they sum up to, and its trail."""

from __future__ import annotations

from collections.abc import Iterable
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
    """What is left of the principal."""
    interest: Amount
    """Interest, fees and compensation as they were claimed, without what was waived."""
    fees: Amount
    compensation: Amount


class ChargesLine(BaseModel):
    """What was claimed on top of the principal, without what was waived."""

    interest: Amount
    fees: Amount
    compensation: Amount


class LeftToPay(BaseModel):
    """What the entries of a case sum up to, one line per currency in the same order."""

    outstanding: list[Amount]
    """What is left of the principal."""
    charges: list[ChargesLine]
    total: list[Amount]
    """Principal and charges; what was paid beyond the principal is taken off the charges."""


class LedgerAnswer(LeftToPay):
    """The entries of a case, oldest first, and what they sum up to."""

    case_id: str
    entries: list[Entry]
    balances: list[InvoiceBalance]


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
        **dict(left_to_pay(rows)),
    )


def balances(rows: Iterable[EntryRow]) -> list[InvoiceBalance]:
    """The sums per invoice."""
    sums = ledger.Balances(rows)
    return [
        InvoiceBalance(
            invoice_number=number,
            principal=Amount.of(principal),
            settled=Amount.of(sums.settled(number)),
            balance=Amount.of(sums.balance(number)),
            interest=Amount.of(sums.charge(number, "interest")),
            fees=Amount.of(sums.charge(number, "fee")),
            compensation=Amount.of(sums.charge(number, "compensation")),
        )
        for number, principal in sums.principal.items()
    ]


def left_to_pay(rows: Iterable[EntryRow]) -> LeftToPay:
    """The sums over all invoices, one line per currency."""
    sums = ledger.Balances(rows)
    currencies = sorted({money.currency for money in sums.principal.values()})
    numbers = {c: [n for n, money in sums.principal.items() if money.currency == c] for c in currencies}

    def charged(currency: str, kind: str) -> Amount:
        return Amount.of(total([sums.charge(number, kind) for number in numbers[currency]], currency))

    return LeftToPay(
        outstanding=[Amount.of(total([sums.balance(n) for n in numbers[c]], c)) for c in currencies],
        charges=[
            ChargesLine(
                interest=charged(c, "interest"), fees=charged(c, "fee"), compensation=charged(c, "compensation")
            )
            for c in currencies
        ],
        total=[Amount.of(sums.total(c)) for c in currencies],
    )
