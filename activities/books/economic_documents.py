"""What e-conomic's documents mean: invoices, customers and contacts as our own value types.

Everything here is pure. Keys that we do not know are ignored; a key that we need and miss refuses that one document.
Source of the shapes: https://restdocs.e-conomic.com/ and https://apis.e-conomic.com/customersapi/redoc.html.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from activities.books.economic_fields import (
    Malformed,
    day_of,
    money_of,
    needed_text_of,
    number_of,
    part_of,
    text_of,
    value_of,
)
from models.books import BookCustomer, BookInvoice, Unreadable
from models.money import Money


def read_invoice(document: Any) -> BookInvoice | Unreadable:
    """One item of an invoice collection, or the single document; a credit note is one with a negative gross."""
    where = f"invoice {_name(document, 'bookedInvoiceNumber')}"
    try:
        currency = needed_text_of(document, "currency")
        invoice_date = day_of(document, "date")
        if invoice_date is None:
            raise Malformed("date is missing")
        terms = part_of(document, "paymentTerms")
        return BookInvoice(
            number=str(number_of(document, "bookedInvoiceNumber")),
            customer_number=str(number_of(part_of(document, "customer"), "customerNumber", "customer.customerNumber")),
            invoice_date=invoice_date,
            due_date=day_of(document, "dueDate") or _due_by_terms(invoice_date, terms),
            gross=money_of(document, "grossAmount", currency),
            remainder=money_of(document, "remainder", currency),
            terms=text_of(terms, "paymentTermsType"),
        )
    except Malformed as error:
        return Unreadable(where=where, reason=str(error))


def read_customer(document: Any) -> BookCustomer | Unreadable:
    """One customer; without a language, because this surface of e-conomic has none."""
    where = f"customer {_name(document, 'customerNumber')}"
    try:
        seller = value_of(part_of(document, "salesPerson"), "employeeNumber")
        street = " ".join(text_of(document, "address").split())
        town = f"{text_of(document, 'zip')} {text_of(document, 'city')}".strip()
        return BookCustomer(
            number=str(number_of(document, "customerNumber")),
            name=needed_text_of(document, "name"),
            email=text_of(document, "email"),
            mobile=text_of(document, "mobilePhone"),
            phone=text_of(document, "telephoneAndFaxNumber"),
            country=text_of(document, "country"),
            registration_number=text_of(document, "corporateIdentificationNumber"),
            owner=str(seller) if isinstance(seller, int) else "",
            currency=text_of(document, "currency"),
            barred=value_of(document, "barred") is True,
            address=", ".join(part for part in (street, town) if part),
        )
    except Malformed as error:
        return Unreadable(where=where, reason=str(error))


def reminder_addresses(contacts: Iterable[Any]) -> dict[str, str]:
    """Customer number to the addresses of the contacts who take reminders, separated by blanks."""
    found: dict[str, list[str]] = {}
    for contact in contacts:
        gone = value_of(contact, "isDeleted") is True or value_of(contact, "active") is False
        if gone or value_of(contact, "receiveReminders") is not True:
            continue
        address, customer = text_of(contact, "email"), value_of(contact, "customerNumber")
        if address and isinstance(customer, int) and address not in found.setdefault(str(customer), []):
            found[str(customer)].append(address)
    return {customer: " ".join(addresses) for customer, addresses in found.items()}


def missing_from_balance(customers: list[Any], documents: list[Any], currency: str) -> Money:
    """What a customer's balance is short of their open documents: payments that are put against none of them.

    The balance is the whole account in the agreement's own currency, so it tells something only while every open
    document is in `currency` and that is the agreement's own; otherwise zero. Debts without a document hide credit.
    Raises Malformed. Rests on the balance being the sum of the account; the vendor calls it the outstanding amount.
    """
    open_documents = 0
    for document in documents:
        left = money_of(document, "remainder", needed_text_of(document, "currency"))
        if left.currency != currency or value_of(document, "remainderInBaseCurrency") != left.amount:
            return Money(minor=0, currency=currency)
        open_documents += left.minor
    if not customers or (not documents and text_of(customers[0], "currency") != currency):
        return Money(minor=0, currency=currency)
    balance = money_of(customers[0], "balance", currency) if value_of(customers[0], "balance") is not None else None
    short = 0 if balance is None else open_documents - balance.minor
    return Money(minor=max(0, short), currency=currency)


def _due_by_terms(invoice_date: date, terms: Mapping[str, Any]) -> date | None:
    """Net: days after the invoice. Running month: days after the end of its month. The others need a person."""
    days = value_of(terms, "daysOfCredit")
    if not isinstance(days, int) or not 0 <= days <= 3650 or invoice_date.year > 9000:
        return None
    match value_of(terms, "paymentTermsType"):
        case "net":
            return invoice_date + timedelta(days=days)
        case "invoiceMonth":
            month_end = invoice_date.replace(day=monthrange(invoice_date.year, invoice_date.month)[1])
            return month_end + timedelta(days=days)
        case _:
            return None


def _name(document: Any, key: str) -> str:
    value = value_of(document, key)
    return str(value) if isinstance(value, int) else "without a number"
