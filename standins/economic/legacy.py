"""The legacy REST surface: invoices by state, customers, contacts, totals, the agreement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from standins.economic import problems, shapes
from standins.economic.book import Book
from standins.economic.fields import INVOICE_FIELDS, customer_fields
from standins.economic.paging import PageTooLarge, page
from standins.economic.pdf import invoice_pdf
from standins.economic.query import BadQuery, BadSort, Field, holds, parse_filter, pinned, sort
from standins.economic.records import Customer, Invoice
from standins.exchange import Answer, Request, json_answer

PDF = "application/pdf"


@dataclass(frozen=True)
class View:
    """One agreement's books as one request sees them."""

    book: Book
    roles: tuple[str, ...]
    base: str
    today: date
    server_time: str


def answer(view: View, request: Request) -> Answer:
    """Find the route; the path's case does not matter."""
    for pattern, handler in ROUTES:
        found = re.fullmatch(pattern, request.path.rstrip("/"), re.IGNORECASE)
        if found:
            return handler(view, request, *found.groups())
    return problems.not_found("The resource", view.base)


def _self(view: View, _: Request) -> Answer:
    return json_answer(200, shapes.agreement(view.book, view.roles, view.base, view.server_time))


def _invoice_links(view: View, _: Request) -> Answer:
    own = f"{view.base}/invoices"
    names = ("drafts", "booked", "paid", "unpaid", "overdue", "sent", "totals")
    return json_answer(200, {**{name: f"{own}/{name}" for name in names}, "notDue": f"{own}/not-due", "self": own})


STATES: dict[str, Callable[[Invoice, date], bool]] = {
    "booked": lambda one, today: True,
    "paid": lambda one, today: not one.remainder,
    "unpaid": lambda one, today: bool(one.remainder),
    "overdue": lambda one, today: bool(one.remainder) and one.due is not None and one.due < today,
    "not-due": lambda one, today: bool(one.remainder) and (one.due is None or one.due >= today),
}


def _invoices(view: View, request: Request, state: str) -> Answer:
    wanted = STATES[state.lower()]
    chosen = [one for one in view.book.invoices.values() if wanted(one, view.today)]
    return _invoice_page(view, request, chosen)


def _invoices_of_customer(view: View, request: Request, number: str) -> Answer:
    if int(number) not in view.book.customers:
        return _no_customer(view, number)
    return _invoice_page(view, request, [view.book.invoices[one] for one in view.book.invoices_of[int(number)]])


def _invoice_page(view: View, request: Request, chosen: list[Invoice]) -> Answer:
    def narrowed(key: str, values: set[Any]) -> Iterable[Invoice] | None:
        if key != "customer.customerNumber":
            return None
        return [view.book.invoices[number] for value in values for number in view.book.invoices_of.get(value, ())]

    return _collection(
        view,
        request,
        chosen,
        INVOICE_FIELDS,
        lambda one, glued: shapes.invoice(view.book, one, view.base, glued),
        shuffle=lambda one: one.number,
        narrowed=narrowed,
    )


def _invoice(view: View, _: Request, number: str) -> Answer:
    found = view.book.invoices.get(int(number))
    if found is None:
        return _no_invoice(view, number)
    return json_answer(200, shapes.single_invoice(view.book, found, view.base))


def _pdf(view: View, _: Request, number: str) -> Answer:
    found = view.book.invoices.get(int(number))
    return Answer(200, invoice_pdf(view.book, found), PDF) if found else _no_invoice(view, number)


def _sent(view: View, _: Request, number: str) -> Answer:
    if int(number) not in view.book.invoices:
        return _no_invoice(view, number)
    return json_answer(200, {"self": f"{view.base}/invoices/booked/{number}/sent"})


def _sent_list(view: View, request: Request) -> Answer:
    """Only e-invoices stand here, and these books never sent one."""
    return json_answer(200, page(request, view.base, [], 0, lambda one, glued: {}))


def _totals(view: View, request: Request, paid: str | None, when: str | None) -> Answer:
    state = {"overdue": "overdue", "not-overdue": "not-due"}.get((when or "").lower(), (paid or "booked").lower())
    chosen = [one for one in view.book.invoices.values() if STATES[state](one, view.today)]
    return json_answer(200, shapes.totals(view.book, chosen, view.base + request.path))


def _customers(view: View, request: Request) -> Answer:
    def narrowed(key: str, values: set[Any]) -> Iterable[Customer] | None:
        found = (view.book.customers.get(value) for value in values)
        return [one for one in found if one] if key == "customerNumber" else None

    create = {"description": "Create a new customer", "href": f"{view.base}/customers", "httpMethod": "post"}
    return _collection(
        view,
        request,
        list(view.book.customers.values()),
        customer_fields(view.book),
        lambda one, _: shapes.customer(view.book, one, view.base, view.today),
        shuffle=lambda one: one.number,
        narrowed=narrowed,
        more={"metaData": {"create": create}},
    )


def _customer(view: View, _: Request, number: str) -> Answer:
    found = view.book.customers.get(int(number))
    if found is None:
        return _no_customer(view, number)
    return json_answer(200, shapes.customer(view.book, found, view.base, view.today))


def _customer_totals(view: View, _: Request, number: str) -> Answer:
    own = f"{view.base}/customers/{number}/totals"
    return json_answer(200, {"booked": f"{view.base}/invoices/totals/booked/customers/{number}", "self": own})


def _contacts(view: View, request: Request, number: str) -> Answer:
    if int(number) not in view.book.customers:
        return _no_customer(view, number)
    own = [one for one in view.book.contacts.values() if one.customer == int(number)]
    return json_answer(200, page(request, view.base, own, len(own), lambda one, _: shapes.contact(one, view.base)))


def _contact(view: View, _: Request, customer: str, number: str) -> Answer:
    found = view.book.contacts.get(int(number))
    if found is None or found.customer != int(customer):
        return problems.not_found(f"Contact {number}", f"{view.base}/customers/{customer}/contacts")
    return json_answer(200, shapes.contact(found, view.base))


def _no_invoice(view: View, number: str) -> Answer:
    return problems.not_found(f"Booked invoice {number}", f"{view.base}/invoices/booked")


def _no_customer(view: View, number: str) -> Answer:
    return problems.not_found(f"Customer {number}", f"{view.base}/customers")


def _collection(
    view: View,
    request: Request,
    items: list[Any],
    fields: Mapping[str, Field],
    render: Callable[[Any, str], dict[str, Any]],
    *,
    shuffle: Callable[[Any], int],
    narrowed: Callable[[str, set[Any]], Iterable[Any] | None],
    more: Mapping[str, Any] | None = None,
) -> Answer:
    """Filter, sort and page; `narrowed` lets an index answer what a filter fixes."""
    total = len(items)
    order = request.query.get("sort", "")
    try:
        if expression := request.query.get("filter"):
            items = _filtered(items, expression, fields, narrowed)
        # No order is promised without `sort`, so a client that relies on one shall fail here.
        items = sort(items, order, fields) if order else sorted(items, key=lambda one: _scatter(shuffle(one)))
        return json_answer(200, {**page(request, view.base, items, total, render), **(more or {})})
    except PageTooLarge:
        return problems.page_too_large()
    except BadSort as refused:
        return problems.bad_sort(refused.prop, list(fields))
    except BadQuery as refused:
        return problems.bad_filter(str(refused), list(fields))
    except ValueError:
        return problems.legacy(400, "Validation failed.", "Paging parameters are whole numbers.", "E04300")


def _filtered(
    items: list[Any],
    expression: str,
    fields: Mapping[str, Field],
    narrowed: Callable[[str, set[Any]], Iterable[Any] | None],
) -> list[Any]:
    node = parse_filter(expression, fields)
    for key in fields:
        values = pinned(node, key)
        indexed = narrowed(key, values) if values is not None else None
        if indexed is not None:
            among = {id(one) for one in items}
            items = [one for one in indexed if id(one) in among]
            break
    return [one for one in items if holds(node, one, fields)]


def _scatter(number: int) -> int:
    """A fixed shuffle (Knuth's multiplicative hash): the same on every page, and not the order of numbers."""
    return number * 2654435761 % 2**32


NUMBER = r"(-?\d+)"
ROUTES: list[tuple[str, Callable[..., Answer]]] = [
    ("/self", _self),
    ("/invoices", _invoice_links),
    ("/invoices/(booked|paid|unpaid|overdue|not-due)", _invoices),
    ("/invoices/sent", _sent_list),
    (f"/invoices/booked/{NUMBER}", _invoice),
    (f"/invoices/booked/{NUMBER}/pdf", _pdf),
    (f"/invoices/booked/{NUMBER}/sent", _sent),
    ("/invoices/totals(?:/booked(?:/(paid|unpaid)(?:/(overdue|not-overdue))?)?)?", _totals),
    ("/customers", _customers),
    (f"/customers/{NUMBER}", _customer),
    (f"/customers/{NUMBER}/invoices/booked", _invoices_of_customer),
    (f"/customers/{NUMBER}/totals", _customer_totals),
    (f"/customers/{NUMBER}/contacts", _contacts),
    (f"/customers/{NUMBER}/contacts/{NUMBER}", _contact),
]
