"""What stands in the books: plain records without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Terms:
    """Terms of payment; `kind` is the vendor's `paymentTermsType`."""

    number: int
    name: str
    kind: str
    days: int


TERMS = {
    terms.number: terms
    for terms in (
        Terms(1, "Lb. md. 14 dage", "invoiceMonth", 14),
        Terms(2, "Netto 14 dage", "net", 14),
        Terms(3, "Netto 30 dage", "net", 30),
        Terms(4, "Netto 8 dage", "net", 8),
        Terms(5, "Factoring", "factoring", 30),
        Terms(6, "Forudbetaling", "prepaid", 0),
        Terms(7, "Kontant", "paidInCash", 0),
        Terms(8, "Kreditkort", "creditcard", 0),
        Terms(9, "Efter aftale", "dueDate", 0),
    )
}


@dataclass
class Company:
    """The agreement's own company, as `/self` shows it."""

    agreement_number: int = 123456
    name: str = "Firma A/S"
    cvr: str = "99999993"
    address: str = "Storegade 1"
    zip: str = "8000"
    city: str = "Aarhus"
    country: str = "Denmark"
    email: str = "info@firma.example"
    bank_sort_code: str = "3000"
    bank_account: str = "1234567890"
    currency: str = "DKK"


@dataclass
class Contact:
    number: int
    customer: int
    name: str
    email: str = ""
    phone: str = ""
    notes: str = ""
    receive_reminders: bool = False
    receive_invoices: bool = True


@dataclass
class Customer:
    """A debtor; empty text stands for a field the books do not have."""

    number: int
    name: str
    email: str = ""
    mobile: str = ""
    phone: str = ""
    cvr: str = ""
    address: str = "Havnegade 6"
    zip: str = "5970"
    city: str = "Ærøskøbing"
    country: str = "Danmark"
    currency: str = "DKK"
    sales_person: int | None = None
    terms: int = 3
    language: int = 1
    """Only the newer customers service shows it; 1 is Danish."""
    barred: bool = False
    updated: str = "2026-06-26T12:52:54Z"


@dataclass
class Invoice:
    """A booked document; a credit note has a negative gross. The recipient is copied, as on the paper."""

    number: int
    customer: int
    booked: date
    due: date | None
    gross: Decimal
    vat: Decimal
    remainder: Decimal
    currency: str
    rate: Decimal
    """The price of 100 units in the base currency."""
    terms: int
    heading: str
    recipient: dict[str, str] = field(default_factory=dict)
    sales_person: int | None = None


@dataclass
class LedgerEntry:
    """A line on a customer's account; payments are negative."""

    number: int
    kind: int
    customer: int
    amount: Decimal
    remainder: Decimal
    on: date
    text: str
    currency: str
    rate: Decimal
    due: date | None = None
    invoice: int | None = None


@dataclass(frozen=True)
class Pair:
    """Two entries set off against each other, at their full amounts."""

    from_entry: int
    to_entry: int


@dataclass
class Snapshot:
    """Everything a book holds, for saving and reading back."""

    company: Company
    customers: list[Customer]
    contacts: list[Contact]
    invoices: list[Invoice]
    entries: list[LedgerEntry]
    pairs: list[Pair]
    bare_integers: bool = False
