"""The claim ledger: entries are added, never changed; a balance is always a sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.money import Money
from models.record import EntryRow

BY_HAND = "by hand"
BOOKS = "books"
SETTLING = ("payment", "credit", "reversal")
"""What lowers or restores principal; interest, fees, compensation and their waivers stand beside it."""


def post(
    session: Session,
    creditor: str,
    case_id: str,
    invoice: str,
    kind: str,
    amount: Money,
    effective: date,
    key: str,
    **basis: Any,
) -> bool:
    """Add an entry; False when an entry of that key already stands on the case."""
    known = select(EntryRow.id).where(EntryRow.case_id == case_id, EntryRow.key == key)
    if session.exec(known).first() is not None:
        return False
    session.add(
        EntryRow(
            creditor_id=creditor,
            case_id=case_id,
            invoice_number=invoice,
            kind=kind,
            amount_minor=amount.minor,
            currency=amount.currency,
            effective_date=effective,
            key=key,
            basis=basis,
        )
    )
    session.flush()
    return True


def entries(session: Session, case_id: str) -> list[EntryRow]:
    """All entries of a case, oldest first."""
    return list(session.exec(select(EntryRow).where(EntryRow.case_id == case_id).order_by(col(EntryRow.id))))


def told_by_hand(session: Session, creditor: str, invoices: Iterable[str]) -> dict[str, int]:
    """What people told us was paid or credited, in any case so far: minor units per invoice.

    The books may still show such an invoice as open; that is no reason to remind of it again.
    """
    query = select(EntryRow).where(
        EntryRow.creditor_id == creditor,
        col(EntryRow.invoice_number).in_(sorted(invoices)),
        col(EntryRow.kind).in_(("payment", "credit")),
    )
    told: defaultdict[str, int] = defaultdict(int)
    for row in session.exec(query):
        if row.basis.get("source") == BY_HAND and not row.basis.get("carried_over"):
            told[row.invoice_number] -= row.amount_minor
    return told


class Claim:
    """The sums of one case's entries, per invoice."""

    def __init__(self, rows: list[EntryRow]) -> None:
        self.rows = rows
        self.principal: dict[str, Money] = {}
        paid: defaultdict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            if row.kind == "principal":
                old = self.principal.get(row.invoice_number, Money(minor=0, currency=row.currency))
                self.principal[row.invoice_number] = old + Money(minor=row.amount_minor, currency=row.currency)
            elif row.kind in SETTLING:
                paid[row.invoice_number, str(row.basis.get("source", BOOKS))] -= row.amount_minor
        self._paid = paid

    def paid_in_books(self, invoice: str) -> int:
        """What the books have told us was paid or credited on an invoice, in minor units."""
        return self._paid[invoice, BOOKS]

    def paid_by_hand(self, invoice: str) -> int:
        """What people have told us was paid or credited on an invoice, in minor units."""
        return self._paid[invoice, BY_HAND]

    def balance(self, invoice: str) -> Money:
        """Principal left to pay on an invoice; never below zero, an overpayment stands in its entries."""
        principal = self.principal[invoice]
        left = principal.minor - self.paid_in_books(invoice) - self.paid_by_hand(invoice)
        return Money(minor=max(left, 0), currency=principal.currency)
