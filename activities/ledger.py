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
CHARGES = ("interest", "fee", "compensation")
"""What a letter may claim on top of the principal."""


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


def waive(session: Session, charge: EntryRow, on: date, why: str) -> Money:
    """Take what a letter charged back by an entry against it, as far as it still stands; what was taken back."""
    stands = Balances(entries(session, charge.case_id)).charge(charge.invoice_number, charge.kind).minor
    back = Money(minor=max(min(charge.amount_minor, stands), 0), currency=charge.currency)
    at, key = (charge.creditor_id, charge.case_id, charge.invoice_number), f"waiver:{charge.key}"
    basis = {"of": charge.kind, "proposal": charge.basis["proposal"], "why": why}
    posted = bool(back.minor) and post(session, *at, "waiver", -back, on, key, **basis)
    return back if posted else Money(minor=0, currency=charge.currency)


def entries(session: Session, case_id: str) -> list[EntryRow]:
    """All entries of a case, oldest first."""
    return list(session.exec(select(EntryRow).where(EntryRow.case_id == case_id).order_by(col(EntryRow.id))))


def unconfirmed(session: Session, creditor: str, invoices: Iterable[str]) -> defaultdict[str, int]:
    """What people told us was paid or credited and the books have never shown, in any case: minor units per invoice.

    The books still show such an invoice as open; that is no reason to remind of it again.
    """
    query = select(EntryRow).where(
        EntryRow.creditor_id == creditor,
        col(EntryRow.invoice_number).in_(sorted(invoices)),
        col(EntryRow.kind).in_(SETTLING),
    )
    told: defaultdict[str, int] = defaultdict(int)
    for row in session.exec(query):
        if row.basis.get("source") == BY_HAND and not row.basis.get("carried_over"):
            told[row.invoice_number] -= row.amount_minor
    return told


def is_confirmation(row: EntryRow) -> bool:
    """Whether an entry only says that the books now show money that people told: one of a pair that sums to zero."""
    return bool(row.basis.get("confirmed"))


def compensations(rows: Iterable[EntryRow]) -> list[EntryRow]:
    """Compensation that was claimed by a letter that was not taken back again."""
    known = list(rows)
    back = {row.basis.get("proposal") for row in known if row.kind == "waiver" and waiver_of(row) == "compensation"}
    return [row for row in known if row.kind == "compensation" and row.basis.get("proposal") not in back - {None}]


class Balances:
    """The sums of one case's entries, per invoice: what was invoiced, settled, charged on top, and waived of that."""

    def __init__(self, rows: Iterable[EntryRow]) -> None:
        self.rows = list(rows)
        self.principal: dict[str, Money] = {}
        self._paid: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._charged: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._waived: defaultdict[tuple[str, str], int] = defaultdict(int)
        for row in self.rows:
            if row.kind == "principal":
                old = self.principal.get(row.invoice_number, Money(minor=0, currency=row.currency))
                self.principal[row.invoice_number] = old + Money(minor=row.amount_minor, currency=row.currency)
            elif row.kind in SETTLING:
                self._paid[row.invoice_number, str(row.basis.get("source", BOOKS))] -= row.amount_minor
            elif row.kind in CHARGES:
                self._charged[row.invoice_number, row.kind] += row.amount_minor
            elif row.kind == "waiver":
                self._waived[row.invoice_number, waiver_of(row)] -= row.amount_minor

    def paid_in_books(self, invoice: str) -> int:
        """What the books have told us was paid or credited on an invoice, in minor units."""
        return self._paid[invoice, BOOKS]

    def paid_by_hand(self, invoice: str) -> int:
        """What people have told us was paid or credited on an invoice, in minor units."""
        return self._paid[invoice, BY_HAND]

    def settled(self, invoice: str) -> Money:
        """Everything that was paid or credited on an invoice, from whomever we know it."""
        return self._money(invoice, self.paid_in_books(invoice) + self.paid_by_hand(invoice))

    def balance(self, invoice: str) -> Money:
        """Principal left to pay on an invoice; never below zero, an overpayment stands in its entries."""
        return self._money(invoice, max(self.left(invoice), 0))

    def charged(self, invoice: str, kind: str) -> Money:
        """What was ever charged of a kind (interest, fee, compensation), corrections included."""
        return self._money(invoice, self._charged[invoice, kind])

    def waived(self, invoice: str, kind: str) -> Money:
        """What of it was waived."""
        return self._money(invoice, self._waived[invoice, kind])

    def charge(self, invoice: str, kind: str) -> Money:
        """What stands of a kind: charged and not waived. Payments are put against principal and do not lower it."""
        return self.charged(invoice, kind) - self.waived(invoice, kind)

    def total(self, currency: str) -> Money:
        """Everything left to pay in a currency: principal and charges; more than the principal pays charges, too."""
        numbers = [number for number, money in self.principal.items() if money.currency == currency]
        charges = sum(self.charge(number, kind).minor for number in numbers for kind in CHARGES)
        beyond = sum(max(-self.left(number), 0) for number in numbers)
        principal = sum(self.balance(number).minor for number in numbers)
        return Money(minor=principal + max(charges - beyond, 0), currency=currency)

    def left(self, invoice: str) -> int:
        """Principal left in minor units; below zero, so much was paid too much."""
        return self.principal[invoice].minor - self.paid_in_books(invoice) - self.paid_by_hand(invoice)

    def _money(self, invoice: str, minor: int) -> Money:
        return Money(minor=minor, currency=self.principal[invoice].currency)


def paid_too_much(before: Balances, after: Balances) -> list[str]:
    """Invoices on which more was just paid than was owed while another is open; a person sets it off, nobody else."""
    if not any(after.balance(number).minor > 0 for number in after.principal):
        return []
    return [number for number in before.principal if after.left(number) < min(before.left(number), 0)]


def waiver_of(row: EntryRow) -> str:
    """The kind of charge that a waiver takes back."""
    return str(row.basis.get("of", "fee"))
