"""The JSON of the legacy surface: documents, customers, contacts, the agreement itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from standins.economic.book import CENT, Book
from standins.economic.fields import balance
from standins.economic.records import TERMS, Contact, Customer, Invoice

ROLES = {"SuperUser": 1, "Bookkeeping": 2, "Sales": 3, "ProjectEmployee": 4}


def _link(base: str, path: str, name: str, number: int) -> dict[str, Any]:
    return {name: number, "self": f"{base}/{path}/{number}"}


def _number(book: Book, amount: Decimal) -> Decimal | int:
    """Two decimals as the service writes them, or a bare integer where the book was switched to that."""
    return int(amount) if book.bare_integers and amount == amount.to_integral_value() else amount.quantize(CENT)


def _based(amount: Decimal, rate: Decimal) -> Decimal:
    return (amount * rate / 100).quantize(CENT)


def invoice(book: Book, one: Invoice, base: str, glued: str = "") -> dict[str, Any]:
    """A document as lists show it; `glued` is the query that the service leaves on `self` when it came unencoded."""
    terms = TERMS[one.terms]
    net = one.gross - one.vat
    own = f"{base}/invoices/booked/{one.number}"
    amounts = {
        "exchangeRate": one.rate.quantize(Decimal("0.000001")),
        "netAmount": _number(book, net),
        "netAmountInBaseCurrency": _number(book, _based(net, one.rate)),
        "grossAmount": _number(book, one.gross),
        "grossAmountInBaseCurrency": _number(book, _based(one.gross, one.rate)),
        "vatAmount": _number(book, one.vat),
        "roundingAmount": _number(book, Decimal(0)),
        "remainder": _number(book, one.remainder),
        "remainderInBaseCurrency": _number(book, _based(one.remainder, one.rate)),
    }
    document = {
        "bookedInvoiceNumber": one.number,
        "date": one.booked.isoformat(),
        "currency": one.currency,
        **amounts,
        "dueDate": one.due.isoformat() if one.due else None,
        "paymentTerms": {
            **_link(base, "payment-terms", "paymentTermsNumber", terms.number),
            "daysOfCredit": terms.days,
            "name": terms.name,
            "paymentTermsType": terms.kind,
        },
        "customer": _link(base, "customers", "customerNumber", one.customer),
        "recipient": {**one.recipient, "vatZone": _vat_zone(base)},
        "notes": {"heading": one.heading},
        "references": _references(base, one),
        "layout": _link(base, "layouts", "layoutNumber", 21),
        "pdf": {"download": f"{own}/pdf"},
        "sent": f"{own}/sent",
        "self": own + glued,
    }
    return _without_empty(document)


def single_invoice(book: Book, one: Invoice, base: str) -> dict[str, Any]:
    """One document with its line; a credit note's quantity is negative and its unit price is not."""
    net = one.gross - one.vat
    line = {
        "lineNumber": 1,
        "sortKey": 1,
        "description": one.heading,
        "quantity": Decimal("1.00").copy_sign(net),
        "unitNetPrice": abs(net).quantize(CENT),
        "discountPercentage": Decimal("0.00"),
        "unitCostPrice": Decimal("0.00"),
        "vatRate": Decimal("25.00000000") if one.vat else Decimal("0.00000000"),
        "vatAmount": one.vat.quantize(Decimal("0.0001")),
        "totalNetAmount": net.quantize(CENT),
        "product": {"productNumber": "14", "self": f"{base}/products/14"},
    }
    return {**invoice(book, one, base), "lines": [line]}


def customer(book: Book, one: Customer, base: str, today: date) -> dict[str, Any]:
    own = f"{base}/customers/{one.number}"
    first = next((contact for contact in book.contacts.values() if contact.customer == one.number), None)
    shape = {
        "customerNumber": one.number,
        "currency": one.currency,
        "paymentTerms": _link(base, "payment-terms", "paymentTermsNumber", one.terms),
        "customerGroup": _link(base, "customer-groups", "customerGroupNumber", 1),
        "address": one.address,
        "balance": balance(book, one.number).quantize(CENT),
        "dueAmount": _due(book, one.number, today),
        "corporateIdentificationNumber": one.cvr,
        "city": one.city,
        "country": one.country,
        "email": one.email,
        "name": one.name,
        "zip": one.zip,
        "telephoneAndFaxNumber": one.phone,
        "mobilePhone": one.mobile,
        "barred": one.barred,
        "vatZone": _link(base, "vat-zones", "vatZoneNumber", 1),
        "layout": _link(base, "layouts", "layoutNumber", 21),
        "attention": _attention(own, base, first) if first else None,
        "salesPerson": _link(base, "employees", "employeeNumber", one.sales_person) if one.sales_person else None,
        "lastUpdated": one.updated,
        "contacts": f"{own}/contacts",
        "templates": {"invoice": f"{own}/templates/invoice", "self": f"{own}/templates"},
        "totals": {"booked": f"{base}/invoices/totals/booked/customers/{one.number}", "self": f"{own}/totals"},
        "deliveryLocations": f"{own}/delivery-locations",
        "invoices": {"booked": f"{own}/invoices/booked", "self": f"{own}/invoices"},
        "self": own,
    }
    return {**_without_empty(shape), "eInvoicingDisabledByDefault": False}


def contact(one: Contact, base: str) -> dict[str, Any]:
    own = f"{base}/customers/{one.customer}"
    shape = {
        "customerContactNumber": one.number,
        "email": one.email,
        "name": one.name,
        "phone": one.phone,
        "notes": one.notes,
        "emailNotifications": ["invoices"] if one.receive_invoices else None,
        "customer": _link(base, "customers", "customerNumber", one.customer),
        "sortKey": 1,
        "self": f"{own}/contacts/{one.number}",
    }
    return _without_empty(shape)


def agreement(book: Book, roles: Sequence[str], base: str, server_time: str) -> dict[str, Any]:
    """The answer of `/self`; the roles are what a client must check before it trusts itself to be harmless."""
    company = book.company
    return {
        "agreementNumber": company.agreement_number,
        "agreementType": {"agreementTypeNumber": 21, "name": "e-conomic komplet"},
        "userName": "API user",
        "company": {
            "addressLine1": company.address,
            "city": company.city,
            "companyIdentificationNumber": company.cvr,
            "country": company.country,
            "email": company.email,
            "name": company.name,
            "zip": company.zip,
        },
        "bankInformation": {
            "bankAccountNumber": company.bank_account,
            "bankName": "Nordbanken",
            "bankSortCode": company.bank_sort_code,
        },
        "application": {
            "appNumber": 999,
            "name": "Rykker",
            "appPublicToken": "public-token",
            "created": "2026-05-01T07:00:00Z",
            "requiredRoles": [
                {"roleNumber": ROLES[role], "name": role, "self": f"{base}/app-roles/{ROLES[role]}"} for role in roles
            ],
            "self": f"{base}/self/user/apps/999",
        },
        "settings": {"baseCurrency": company.currency, "internationalLedger": "false"},
        "modules": [],
        "serverTime": server_time,
        "self": f"{base}/self",
    }


def totals(book: Book, invoices: Sequence[Invoice], own: str) -> dict[str, Any]:
    dates = sorted(one.booked.isoformat() for one in invoices)
    shape = {
        "netAmountInBaseCurrency": sum((_based(one.gross - one.vat, one.rate) for one in invoices), Decimal("0.00")),
        "invoiceCount": len(invoices),
        "grossRemainderInBaseCurrency": sum((_based(one.remainder, one.rate) for one in invoices), Decimal("0.00")),
        "minDate": dates[0] if dates else None,
        "maxDate": dates[-1] if dates else None,
        "self": own,
    }
    return _without_empty(shape)


def _due(book: Book, number: int, today: date) -> Decimal:
    own = (book.invoices[one] for one in book.invoices_of[number])
    return sum((_based(one.remainder, one.rate) for one in own if one.due and one.due < today), Decimal("0.00"))


def _vat_zone(base: str) -> dict[str, Any]:
    zone = _link(base, "vat-zones", "vatZoneNumber", 1)
    return {"name": "Domestic", **zone, "enabledForCustomer": True, "enabledForSupplier": True}


def _references(base: str, one: Invoice) -> dict[str, Any] | None:
    if one.sales_person is None:
        return None
    return {"salesPerson": _link(base, "employees", "employeeNumber", one.sales_person)}


def _attention(own: str, base: str, one: Contact) -> dict[str, Any]:
    return {
        "customerContactNumber": one.number,
        "customer": _link(base, "customers", "customerNumber", one.customer),
        "self": f"{own}/contacts/{one.number}",
    }


def _without_empty(shape: dict[str, Any]) -> dict[str, Any]:
    """The service leaves out what is empty or false in place of writing null."""
    return {name: value for name, value in shape.items() if value is not None and value != "" and value is not False}
