"""One agreement's books: customers, documents and ledger, changed only by the methods here."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from standins.economic.records import TERMS, Company, Contact, Customer, Invoice, LedgerEntry, Pair, Snapshot

CENT = Decimal("0.01")
INVOICE, PAYMENT, REMINDER = 1, 2, 6


class Book:
    """Documents are found by number and by customer without a scan, so that large books stay quick."""

    def __init__(self, company: Company | None = None) -> None:
        self.company = company or Company()
        self.customers: dict[int, Customer] = {}
        self.contacts: dict[int, Contact] = {}
        self.invoices: dict[int, Invoice] = {}
        self.entries: dict[int, LedgerEntry] = {}
        self.pairs: list[Pair] = []
        self.invoices_of: dict[int, list[int]] = defaultdict(list)
        self.entries_of: dict[int, list[int]] = defaultdict(list)
        self.entry_of_invoice: dict[int, int] = {}
        self.bare_integers = False
        """Write `10500` where the service usually writes `10500.00`."""
        self.lock = threading.RLock()
        self.on_change: Callable[[], None] | None = None
        self.day: Callable[[], date] = lambda: datetime.now(UTC).date()
        """Today, where a method is not told a date; the server that serves the book puts its own clock here."""
        self._last_entry = 90000
        self._depth = 0

    # Customers.

    def add_customer(self, number: int, name: str, **fields: Any) -> Customer:
        """Add a debtor, or give the number of a removed one to a new one; `fields` as in `Customer`."""
        with self._changing():
            customer = self.customers[number] = Customer(number=number, name=name, **fields)
        return customer

    def change_customer(self, number: int, **fields: Any) -> Customer:
        """Change fields of a debtor; raises KeyError for an unknown number or field."""
        with self._changing():
            customer = self.customers[number]
            unknown = fields.keys() - Customer.__dataclass_fields__.keys()
            if unknown:
                raise KeyError(f"a customer has no field {', '.join(sorted(unknown))}")
            for name, value in fields.items():
                setattr(customer, name, value)
            customer.updated = f"{self.day()}T{datetime.now(UTC):%H:%M:%S}Z"
        return customer

    def remove_customer(self, number: int) -> None:
        with self._changing():
            del self.customers[number]

    def add_contact(self, number: int, customer: int, name: str, **fields: Any) -> Contact:
        with self._changing():
            contact = self.contacts[number] = Contact(number=number, customer=customer, name=name, **fields)
        return contact

    # Documents.

    def add_invoice(
        self,
        number: int,
        customer: int,
        gross: Decimal,
        due: date | None,
        *,
        booked: date | None = None,
        currency: str = "",
        rate: Decimal = Decimal(100),
        vat: Decimal | None = None,
        terms: int | None = None,
        heading: str = "",
        paid: bool = False,
    ) -> Invoice:
        """Book a document, also a credit note; VAT is taken as 25 % inside Danish krone amounts unless given.

        Without `booked` the date follows from the due date and the terms; `paid` settles it on its due date, if past.
        """
        with self._changing():
            debtor = self.customers[customer]
            used_terms = TERMS[terms or debtor.terms]
            booked = booked or (due - timedelta(days=used_terms.days) if due else self.day())
            currency = currency or debtor.currency
            gross = gross.quantize(CENT)
            if vat is None:
                vat = gross / 5 if currency == "DKK" else Decimal(0)
            invoice = Invoice(
                number=number,
                customer=customer,
                booked=booked,
                due=due,
                gross=gross,
                vat=vat.quantize(CENT, ROUND_HALF_UP),
                remainder=gross,
                currency=currency,
                rate=rate,
                terms=used_terms.number,
                heading=heading or f"Levering {number}",
                recipient=_recipient(debtor),
                sales_person=debtor.sales_person,
            )
            self.invoices[number] = invoice
            self.invoices_of[customer].append(number)
            text = f"{'Kreditnota' if gross < 0 else 'Faktura'} {number}"
            entry = self._entry(INVOICE, customer, gross, booked, text, currency, rate, due=due, invoice=number)
            self.entry_of_invoice[number] = entry.number
            if paid:
                self.register_payment(number, on=min(due or booked, self.day()))
        return invoice

    def remove_invoice(self, number: int) -> None:
        """Take a document and its ledger line out, as if it had never been booked."""
        with self._changing():
            invoice = self.invoices.pop(number)
            self.invoices_of[invoice.customer].remove(number)
            entry = self.entries.pop(self.entry_of_invoice.pop(number))
            self.entries_of[entry.customer].remove(entry.number)
            self.pairs = [pair for pair in self.pairs if entry.number not in (pair.from_entry, pair.to_entry)]

    def book_credit_note(
        self, number: int, customer: int, amount: Decimal, *, invoice: int | None = None, on: date | None = None
    ) -> Invoice:
        """Book a credit note over a positive `amount`; with `invoice` it is set off against that document at once."""
        with self._changing():
            on = on or self.day()
            terms = self.customers[customer].terms
            due = on + timedelta(days=TERMS[terms].days)
            currency, rate = "", Decimal(100)
            if invoice is not None:
                currency, rate = self.invoices[invoice].currency, self.invoices[invoice].rate
            note = self.add_invoice(number, customer, -amount, due, booked=on, currency=currency, rate=rate)
            if invoice is not None:
                entry = self.entries[self.entry_of_invoice[number]]
                note.remainder = entry.remainder = self._set_off(entry, invoice)
        return note

    # Money.

    def register_payment(self, invoice: int, amount: Decimal | None = None, *, on: date | None = None) -> LedgerEntry:
        """Put a payment against a document, all of the rest unless told; what is too much stays unapplied."""
        with self._changing():
            paid = self.invoices[invoice]
            money = (paid.remainder if amount is None else amount).quantize(CENT)
            entry = self._entry(
                PAYMENT, paid.customer, -money, on or self.day(), "Indbetaling", paid.currency, paid.rate
            )
            entry.remainder = self._set_off(entry, invoice)
        return entry

    def return_payment(self, invoice: int, amount: Decimal | None = None, *, on: date | None = None) -> LedgerEntry:
        """Take money back that was put against a document, all of it unless told: the document is open again."""
        with self._changing():
            owed = self.invoices[invoice]
            back = (owed.gross - owed.remainder if amount is None else amount).quantize(CENT)
            entry = self._entry(PAYMENT, owed.customer, back, on or self.day(), "Tilbageført", owed.currency, owed.rate)
            entry.remainder = Decimal(0)
            owed.remainder = self.entries[self.entry_of_invoice[invoice]].remainder = owed.remainder + back
        return entry

    def add_unapplied_payment(
        self, customer: int, amount: Decimal, *, on: date | None = None, currency: str = ""
    ) -> LedgerEntry:
        """Money that came in and was put against nothing."""
        with self._changing():
            currency = currency or self.customers[customer].currency
            return self._entry(PAYMENT, customer, -amount, on or self.day(), "Indbetaling", currency, Decimal(100))

    def add_reminder_entry(self, customer: int, amount: Decimal, *, on: date | None = None) -> LedgerEntry:
        """A fee booked by the vendor's own reminder run (entry type 6)."""
        return self.add_entry(REMINDER, customer, amount, on=on, text="Rykker")

    def add_entry(
        self, kind: int, customer: int, amount: Decimal, *, on: date | None = None, text: str = "Postering"
    ) -> LedgerEntry:
        """A ledger line without a document, such as an opening entry (type 7)."""
        with self._changing():
            currency = self.customers[customer].currency
            on = on or self.day()
            due = on + timedelta(days=10)
            return self._entry(kind, customer, amount, on, text, currency, Decimal(100), due=due)

    def set_bare_integers(self, bare_integers: bool) -> None:
        with self._changing():
            self.bare_integers = bare_integers

    # Saving.

    def snapshot(self) -> Snapshot:
        with self.lock:
            return Snapshot(
                self.company,
                list(self.customers.values()),
                list(self.contacts.values()),
                list(self.invoices.values()),
                list(self.entries.values()),
                list(self.pairs),
                self.bare_integers,
            )

    @classmethod
    def restored(cls, saved: Snapshot) -> Book:
        book = cls(saved.company)
        book.customers = {one.number: one for one in saved.customers}
        book.contacts = {one.number: one for one in saved.contacts}
        book.pairs = list(saved.pairs)
        book.bare_integers = saved.bare_integers
        for invoice in saved.invoices:
            book.invoices[invoice.number] = invoice
            book.invoices_of[invoice.customer].append(invoice.number)
        for entry in saved.entries:
            book._file(entry)
            if entry.invoice is not None:
                book.entry_of_invoice[entry.invoice] = entry.number
        return book

    # Inside.

    def _entry(
        self, kind: int, customer: int, amount: Decimal, on: date, text: str, currency: str, rate: Decimal, **more: Any
    ) -> LedgerEntry:
        amount = amount.quantize(CENT)
        entry = LedgerEntry(self._last_entry + 1, kind, customer, amount, amount, on, text, currency, rate, **more)
        self._file(entry)
        return entry

    def _file(self, entry: LedgerEntry) -> None:
        self._last_entry = max(self._last_entry, entry.number)
        self.entries[entry.number] = entry
        self.entries_of[entry.customer].append(entry.number)

    def _set_off(self, credit: LedgerEntry, number: int) -> Decimal:
        """Lower a document by a negative entry, note the pair, and return what is left of the entry."""
        invoice = self.invoices[number]
        target = self.entries[self.entry_of_invoice[number]]
        # A refund of a credit note runs the other way round, so the smaller of both sizes counts.
        size = min(abs(invoice.remainder), abs(credit.remainder)).copy_sign(invoice.remainder)
        invoice.remainder = target.remainder = invoice.remainder - size
        self.pairs.append(Pair(credit.number, target.number))
        return credit.remainder + size

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock; tell of the change once, when the outermost of nested changes is whole."""
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            if self._depth == 0 and self.on_change is not None:
                self.on_change()


def _recipient(customer: Customer) -> dict[str, str]:
    """The address block; what is empty is left out, as the service does."""
    block = {name: getattr(customer, name) for name in ("name", "address", "zip", "city", "country", "cvr")}
    return {name: text for name, text in block.items() if text}
