"""The newer services: ledger entries, matched pairs, contacts and customers, by cursor."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from standins.economic import problems
from standins.economic.book import CENT
from standins.economic.fields import CONTACT_FIELDS, DEBTOR_FIELDS, ENTRY_FIELDS, voucher
from standins.economic.legacy import View
from standins.economic.query import BadQuery, Field, Node, holds, parse_filter, pinned
from standins.economic.records import Contact, Customer, LedgerEntry, Pair
from standins.exchange import Answer, Request, json_answer

ENTRIES = "/bookedEntriesapi/v4.0.0"
CUSTOMERS = "/customersapi/v3.1.0"


def answer(view: View, request: Request, page_size: int) -> Answer:
    """Answer a path of one of the services; any other version than the two known is not there."""
    for pattern, handler in ROUTES:
        found = re.fullmatch(pattern, request.path.rstrip("/"), re.IGNORECASE)
        if found:
            try:
                return handler(view, request, page_size, *found.groups())
            except BadQuery as refused:
                detail, prop = str(refused), refused.prop or "filter"
                return problems.problem(400, "Bad request.", detail, "BadFilterRequest", prop)
            except ValueError:
                return problems.problem(
                    400, "Bad request.", "A paging parameter is not a number.", "BadRequest", "page"
                )
    return _nothing_here()


def _entries(view: View, request: Request, page_size: int, form: str | None) -> Answer:
    book = view.book

    def candidates(node: Node | None) -> Sequence[LedgerEntry]:
        customers = pinned(node, "customerNumber")
        if customers is None:
            return list(book.entries.values())
        return [book.entries[number] for one in customers for number in book.entries_of.get(one, ())]

    return _listing(request, page_size, form, candidates, ENTRY_FIELDS, lambda one: one.number, _entry)


def _pairs(view: View, request: Request, page_size: int) -> Answer:
    pairs = list(enumerate(view.book.pairs, start=1))
    cursor = int(request.query.get("cursor") or 0)
    shown = [_pair(view, pair) for number, pair in pairs if number > cursor][:page_size]
    more = {"cursor": str(cursor + page_size)} if cursor + page_size < len(pairs) else {}
    return json_answer(200, {**more, "items": shown})


def _contacts(view: View, request: Request, page_size: int, form: str | None) -> Answer:
    contacts = list(view.book.contacts.values())
    return _listing(request, page_size, form, lambda _: contacts, CONTACT_FIELDS, lambda one: one.number, _contact)


def _customers(view: View, request: Request, page_size: int, form: str | None) -> Answer:
    customers = list(view.book.customers.values())
    return _listing(request, page_size, form, lambda _: customers, DEBTOR_FIELDS, lambda one: one.number, _customer)


def _single_customer(view: View, _: Request, __: int, number: str) -> Answer:
    found = view.book.customers.get(int(number))
    return json_answer(200, _customer(found)) if found else _nothing_here()


def _listing(
    request: Request,
    page_size: int,
    form: str | None,
    candidates: Callable[[Node | None], Sequence[Any]],
    fields: Mapping[str, Field],
    key: Callable[[Any], int],
    render: Callable[[Any], dict[str, Any]],
) -> Answer:
    """By cursor, `/paged` or `/count`; `sort` is ignored without a word, as the service does."""
    expression = request.query.get("filter")
    node = parse_filter(expression, fields) if expression else None
    items = [one for one in candidates(node) if node is None or holds(node, one, fields)]
    if form == "count":
        return json_answer(200, len(items))
    items.sort(key=key)
    if form == "paged":
        size = min(int(request.query.get("pageSize") or 20), 100)
        start = int(request.query.get("skipPages") or 0) * size
        return json_answer(200, [render(one) for one in items[start : start + size]])
    start = bisect_right(items, int(request.query.get("cursor") or 0), key=key)
    shown = items[start : start + page_size]
    more = {"cursor": str(key(shown[-1]))} if start + page_size < len(items) else {}
    return json_answer(200, {**more, "items": [render(one) for one in shown]})


def _entry(one: LedgerEntry) -> dict[str, Any]:
    shape = {
        "entryNumber": one.number,
        "accountNumber": 5600,
        "amount": float(one.amount),
        "amountInBaseCurrency": float((one.amount * one.rate / 100).quantize(CENT)),
        "currencyCode": one.currency,
        "date": f"{one.on.isoformat()}T00:00:00",
        "dueDate": f"{one.due.isoformat()}T00:00:00" if one.due else None,
        "text": one.text,
        "type": one.kind,
        "voucherNumber": voucher(one),
        "customerNumber": one.customer,
        "customerInvoiceNumber": one.invoice,
        "remainder": float(one.remainder),
        "objectVersion": _version(one.number),
    }
    return {name: value for name, value in shape.items() if value is not None}


def _pair(view: View, pair: Pair) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for side, number in (("from", pair.from_entry), ("to", pair.to_entry)):
        entry = view.book.entries[number]
        shape[f"{side}Entry"] = number
        shape[f"{side}EntryDate"] = f"{entry.on.isoformat()}T00:00:00"
        shape[f"{side}EntryAmount"] = float(entry.amount)
        shape[f"{side}EntryAmountDKK"] = float((entry.amount * entry.rate / 100).quantize(CENT))
    return shape


def _contact(one: Contact) -> dict[str, Any]:
    return {
        "number": one.number,
        "customerNumber": one.customer,
        "userInterfaceNumber": 1,
        "name": one.name,
        "email": one.email,
        "phone": one.phone,
        "notes": one.notes,
        "lastUpdated": "2026-06-26T12:52:54Z",
        "receiveQuotes": False,
        "receiveOrders": False,
        "receiveInvoices": one.receive_invoices,
        "receiveEInvoices": False,
        "receiveStatementOfAccounts": False,
        "receiveReminders": one.receive_reminders,
        "objectVersion": _version(one.number),
        "isDeleted": False,
        "active": True,
    }


def _customer(one: Customer) -> dict[str, Any]:
    """Only the fields our sheet knows by name; `language` is the one that the legacy customer lacks."""
    return {
        "customerNumber": one.number,
        "name": one.name,
        "email": one.email,
        "phone": one.phone,
        "cvrNo": one.cvr,
        "language": one.language,
        "access": not one.barred,
        "objectVersion": _version(one.number),
    }


def _version(number: int) -> str:
    return f"{0xA1B20000 + number:016X}"


def _nothing_here() -> Answer:
    detail = "The resource you have been looking for does not exist."
    return problems.problem(404, "Resource not found.", detail, "ResourceNotFound")


FORM = "(?:/(count|paged))?"
ROUTES: list[tuple[str, Callable[..., Answer]]] = [
    (f"{ENTRIES}/booked-entries/matched-pairs", _pairs),
    (f"{ENTRIES}/booked-entries{FORM}", _entries),
    (f"{CUSTOMERS}/contacts{FORM}", _contacts),
    (f"{CUSTOMERS}/customers{FORM}", _customers),
    (rf"{CUSTOMERS}/customers/(\d+)", _single_customer),
]
