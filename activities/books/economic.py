"""e-conomic as a source of invoices and customers, read over HTTP and never written to.

Source of addresses, filters and roles: https://restdocs.e-conomic.com/ and https://apis.e-conomic.com/.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import httpx

from activities.books.deadline import DeadlineTransport
from activities.books.economic_calls import Calls, Forbidden, NotFound, Patience
from activities.books.economic_documents import missing_from_balance, read_customer, read_invoice, reminder_addresses
from activities.books.economic_fields import Malformed, value_of
from activities.books.economic_ledger import Ledger
from activities.books.economic_listing import Page, whole_listing
from activities.books.transport import ReadOnlyTransport
from models.books import BookCustomer, BookInvoice, BooksRefused, BooksUnavailable, Unreadable
from models.clock import real_now
from models.money import Money

logger = logging.getLogger(__name__)

REST_URL = "https://restapi.e-conomic.com"
OPENAPI_URL = "https://apis.e-conomic.com"
CUSTOMERS_API = "customersapi/v3.1.0"
ENTRIES_API = "bookedEntriesapi/v4.0.0"
"""Pinned: the vendor keeps versions side by side and retires old ones now and then."""

CUSTOMERS_AT_ONCE = 200
"""The most values that `$in` takes."""


class EconomicBooks:
    """One company's books. One object per company and process, so that its calls wait for each other.

    `features_off` fills with what the grant's roles do not reach: `contacts`, `entries` (payments that stand open and
    what settled an invoice) and `pdf`. None of them stops the rest; a person should see them on the creditor.
    """

    def __init__(
        self,
        rest_url: str,
        openapi_url: str,
        app_secret: str,
        grant: str,
        *,
        customers_api: str = CUSTOMERS_API,
        entries_api: str = ENTRIES_API,
        page_size: int = 1000,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        encrypted = httpx.create_ssl_context(trust_env=False) if "https:" in (rest_url + openapi_url) else None
        transport = ReadOnlyTransport(DeadlineTransport(monotonic, encrypted), [rest_url, openapi_url])
        tokens = {"X-AppSecretToken": app_secret, "X-AgreementGrantToken": grant}
        self._client = httpx.Client(
            transport=transport,
            headers={**tokens, "Accept": "application/json", "Content-Type": "application/json"},
            follow_redirects=False,
            trust_env=False,
        )
        self._calls = Calls(self._client, patience or Patience(), sleep, monotonic)
        self._rest = rest_url.rstrip("/")
        self._contacts = f"{openapi_url.rstrip('/')}/{customers_api}/Contacts"
        self._ledger = Ledger(self._calls, f"{openapi_url.rstrip('/')}/{entries_api}")
        self._page_size = page_size
        self.features_off: set[str] = set()

    def read_at(self) -> datetime:
        """Now: an answer is as old as the call that brought it."""
        return real_now()

    def open_invoices(self, as_of: date) -> Iterator[BookInvoice | Unreadable]:
        """Every document with something left to pay, one page in memory at a time.

        Ends with an Unreadable when the list changed so much underneath that some may have been missed. A document
        that is not in the list is not thereby paid: only `invoice` tells.
        """
        return whole_listing(self._open_page, self._page_size)

    def customers(self, numbers: Sequence[str], as_of: date) -> Iterator[BookCustomer | Unreadable]:
        """The named customers, with the addresses of the contacts who take reminders in place of the general one."""
        asked = [number for number in dict.fromkeys(numbers) if _is_number(number)]
        for start in range(0, len(asked), CUSTOMERS_AT_ONCE):
            query = f"customerNumber$in:[{','.join(asked[start : start + CUSTOMERS_AT_ONCE])}]"
            found = self._collection("/customers", {"pagesize": "1000", "filter": query})
            addresses = self._reminder_addresses(query)
            for document in found:
                customer = read_customer(document)
                if isinstance(customer, BookCustomer) and customer.number in addresses:
                    customer = customer.model_copy(update={"email": addresses[customer.number]})
                yield customer

    def invoice(self, number: str, as_of: date) -> BookInvoice | None:
        """One document, read now. One that is there but cannot be understood is BooksUnavailable: nothing is known."""
        if not _is_number(number):
            return None
        try:
            document = self._calls.json(f"{self._rest}/invoices/booked/{number}")
        except NotFound:
            return None
        invoice = read_invoice(document)
        if isinstance(invoice, Unreadable):
            raise BooksUnavailable(f"{invoice.where} in e-conomic cannot be understood: {invoice.reason}")
        if invoice.number != str(int(number)):
            raise BooksUnavailable(f"e-conomic answered with another document than invoice {number}")
        return self._with_settlement(invoice)

    def unapplied_credit(self, customer_number: str, currency: str, as_of: date) -> Money:
        """The customer's payments that stand against nothing; open credit notes are documents and not counted here.

        Where the roles do not reach the ledger, it is what the customer's balance is short of the open documents.
        """
        if not _is_number(customer_number):
            return Money(minor=0, currency=currency)
        if "entries" not in self.features_off:
            try:
                return self._ledger.unapplied_payments(customer_number, currency)
            except Forbidden as refusal:
                self._switch_off("entries", refusal)
        # The documents first: a payment booked between the two answers then shows as credit, which holds a reminder.
        documents = self._collection(
            "/invoices/unpaid", {"pagesize": "1000", "filter": f"customer.customerNumber$eq:{customer_number}"}
        )
        found = self._collection("/customers", {"filter": f"customerNumber$eq:{customer_number}"})
        try:
            return missing_from_balance(found, documents, currency)
        except Malformed as error:
            raise BooksUnavailable(f"customer {customer_number}: {error}") from None

    def pdf(self, number: str) -> bytes | None:
        """None when e-conomic does not have the document or our role may not have its PDF."""
        if "pdf" in self.features_off or not _is_number(number):
            return None
        try:
            return self._calls.pdf(f"{self._rest}/invoices/booked/{number}/pdf")
        except NotFound:
            return None
        except Forbidden as refusal:
            self._switch_off("pdf", refusal)
            return None

    def close(self) -> None:
        self._client.close()

    def _open_page(self, number: int) -> Page:
        answer = self._calls.json(
            f"{self._rest}/invoices/unpaid",
            {"sort": "bookedInvoiceNumber", "skippages": str(number), "pagesize": str(self._page_size)},
        )
        results = value_of(value_of(answer, "pagination"), "results")
        if not isinstance(results, int):
            raise BooksUnavailable("e-conomic's answer on /invoices/unpaid has an unknown shape")
        return Page(_rows(answer, "/invoices/unpaid"), results)

    def _collection(self, path: str, params: Mapping[str, str]) -> list[Any]:
        """The items of a collection that fits on one page."""
        return _rows(self._calls.json(self._rest + path, params), path)

    def _reminder_addresses(self, query: str) -> dict[str, str]:
        if "contacts" in self.features_off:
            return {}
        try:
            return reminder_addresses(self._calls.items(self._contacts, query))
        except Forbidden as refusal:
            self._switch_off("contacts", refusal)
            return {}

    def _with_settlement(self, invoice: BookInvoice) -> BookInvoice:
        """Adds how a settled invoice was settled. That is an extra: failing to learn it never costs the fact itself."""
        if invoice.is_credit_note or invoice.remainder.minor > 0 or "entries" in self.features_off:
            return invoice
        try:
            settlement = self._ledger.settlement(invoice.number)
        except Forbidden as refusal:
            self._switch_off("entries", refusal)
            return invoice
        except (BooksUnavailable, BooksRefused) as error:
            logger.warning("how invoice %s was settled is not known: %s", invoice.number, error)
            return invoice
        return invoice.model_copy(
            update={"settled_on": settlement.last_payment, "settled_by_credit": settlement.by_credit}
        )

    def _switch_off(self, feature: str, refusal: Forbidden) -> None:
        self.features_off.add(feature)
        logger.warning("reading e-conomic without %s: %s", feature, refusal)


def _rows(answer: Any, path: str) -> list[Any]:
    rows = value_of(answer, "collection")
    if not isinstance(rows, list):
        raise BooksUnavailable(f"e-conomic's answer on {path} has an unknown shape")
    return rows


def _is_number(text: str) -> bool:
    """Whether e-conomic could have such a number; anything else must not get into an address or a filter."""
    return re.fullmatch(r"\d{1,15}", text, re.ASCII) is not None
