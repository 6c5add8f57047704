"""Which properties of each collection may be filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from standins.economic.book import Book
from standins.economic.query import AMOUNT, NUMBER, Field, day, flag, text
from standins.economic.records import Contact, Customer, Invoice, LedgerEntry

ENTRY_KINDS = {
    "customerinvoice": 1,
    "customerpayment": 2,
    "supplierinvoice": 3,
    "supplierpayment": 4,
    "financevoucher": 5,
    "reminder": 6,
    "openingentry": 7,
    "transferredopeningentry": 8,
    "systementry": 9,
    "manualcustomerinvoice": 10,
}


def _recipient(name: str) -> Callable[[Invoice], str | None]:
    return lambda invoice: invoice.recipient.get(name)


def _nothing(_: Any) -> None:
    """A property that the vendor lets one filter on and that these books never hold."""


# Neither the due date nor any amount is in this list: that is the vendor's doing, not an omission here.
INVOICE_FIELDS: dict[str, Field] = {
    "bookedInvoiceNumber": Field(lambda invoice: invoice.number, NUMBER),
    "date": Field(lambda invoice: invoice.booked, day),
    "currency": Field(lambda invoice: invoice.currency, text),
    "exchangeRate": Field(lambda invoice: invoice.rate, AMOUNT),
    "paymentTerms.paymentTermsNumber": Field(lambda invoice: invoice.terms, NUMBER),
    "customer.customerNumber": Field(lambda invoice: invoice.customer, NUMBER),
    **{f"recipient.{name}": Field(_recipient(name), text) for name in ("name", "address", "zip", "city", "country")},
    "recipient.ean": Field(_nothing, text),
    "recipient.publicEntryNumber": Field(_nothing, text),
    "recipient.vatZone.vatZoneNumber": Field(lambda invoice: 1, NUMBER),
    "notes.heading": Field(lambda invoice: invoice.heading, text),
    "notes.textLine1": Field(_nothing, text),
    "notes.textLine2": Field(_nothing, text),
    "references.salesPerson.employeeNumber": Field(lambda invoice: invoice.sales_person, NUMBER),
    "references.vendorReference.employeeNumber": Field(_nothing, NUMBER),
    "references.other": Field(_nothing, text),
    "deliveryLocation.deliveryLocationNumber": Field(_nothing, NUMBER),
}


def customer_fields(book: Book) -> dict[str, Field]:
    """The 21 properties of the legacy customer list; the balance needs the book."""
    texts = {
        "address": "address",
        "city": "city",
        "corporateIdentificationNumber": "cvr",
        "country": "country",
        "currency": "currency",
        "email": "email",
        "name": "name",
        "telephoneAndFaxNumber": "phone",
        "mobilePhone": "mobile",
        "zip": "zip",
        "lastUpdated": "updated",
    }
    return {
        **{name: Field(_attribute(attribute), text) for name, attribute in texts.items()},
        "customerNumber": Field(lambda customer: customer.number, NUMBER),
        "barred": Field(lambda customer: customer.barred, flag),
        "balance": Field(lambda customer: balance(book, customer.number), AMOUNT),
        "creditLimit": Field(_nothing, AMOUNT),
        "customerGroup.customerGroupNumber": Field(lambda customer: 1, NUMBER),
        **{name: Field(_nothing, text) for name in ("ean", "publicEntryNumber", "vatNumber", "website", "pNumber")},
    }


def _attribute(name: str) -> Callable[[Customer | Contact], Any]:
    return lambda record: getattr(record, name)


def balance(book: Book, customer: int) -> Decimal:
    """What the ledger says the customer owes, in the base currency; below zero when they have money with us."""
    entries = (book.entries[number] for number in book.entries_of[customer])
    return sum((entry.remainder * entry.rate / 100 for entry in entries), start=Decimal("0.00"))


def _entry_kind(value: str) -> int:
    return ENTRY_KINDS[value.lower()] if not value.isdecimal() else int(value)


ENTRY_FIELDS: dict[str, Field] = {
    "entryNumber": Field(lambda entry: entry.number, NUMBER),
    "accountNumber": Field(lambda entry: 5600, NUMBER),
    "amount": Field(lambda entry: entry.amount, AMOUNT),
    "amountInBaseCurrency": Field(lambda entry: entry.amount * entry.rate / 100, AMOUNT),
    "currencyCode": Field(lambda entry: entry.currency, text),
    "date": Field(lambda entry: entry.on, day),
    "dueDate": Field(lambda entry: entry.due, day),
    "text": Field(lambda entry: entry.text, text),
    "type": Field(lambda entry: entry.kind, _entry_kind, frozenset({"eq", "ne"})),
    "voucherNumber": Field(lambda entry: voucher(entry), NUMBER),
    "customerNumber": Field(lambda entry: entry.customer, NUMBER),
    "customerInvoiceNumber": Field(lambda entry: entry.invoice, NUMBER),
    "supplierNumber": Field(_nothing, NUMBER),
    "supplierInvoiceNumber": Field(_nothing, NUMBER),
    "remainder": Field(lambda entry: entry.remainder, AMOUNT),
    "vatAccountNumber": Field(_nothing, text),
    "projectNumber": Field(_nothing, NUMBER),
}


def voucher(entry: LedgerEntry) -> int:
    return entry.invoice or entry.number % 90000


CONTACT_FIELDS: dict[str, Field] = {
    "customerNumber": Field(_attribute("customer"), NUMBER),
    "number": Field(_attribute("number"), NUMBER),
    "name": Field(_attribute("name"), text),
    "email": Field(_attribute("email"), text),
    "eInvoiceId": Field(_nothing, text),
    "lastUpdated": Field(lambda contact: "2026-06-26T12:52:54Z", text),
    "isDeleted": Field(lambda contact: False, flag),
    "active": Field(lambda contact: True, flag),
}
DEBTOR_FIELDS: dict[str, Field] = {"customerNumber": Field(_attribute("number"), NUMBER)}
