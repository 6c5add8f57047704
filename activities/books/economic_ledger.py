"""The customer ledger of e-conomic: what stands open on an account, and what settled an invoice.

Needs the role Bookkeeping (or SuperUser); an app with Sales alone is answered Forbidden here.
Source: https://apis.e-conomic.com/bookedEntriesapi/redoc.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from activities.books.economic_calls import Calls
from activities.books.economic_fields import Malformed, amount_of, day_of, money_of, number_of, text_of, value_of
from models.books import BooksUnavailable
from models.money import Money

INVOICE, PAYMENT = 1, 2
"""Entry types. The type of a credit note is not documented; it is told by an invoice entry with a negative amount."""

MOST_PAIRS = 5000
"""Whether pairs can be filtered is not documented; past this many the answer is not about our invoice."""


@dataclass(frozen=True)
class Settlement:
    """What brought an invoice to zero, as far as the ledger tells."""

    last_payment: date | None = None
    by_credit: bool = False
    """Everything put against it was a credit note."""


class Ledger:
    """Reads booked entries; raises Forbidden without the role, otherwise as `Calls` does."""

    def __init__(self, calls: Calls, base_url: str) -> None:
        self._calls = calls
        self._entries = f"{base_url}/booked-entries"

    def unapplied_payments(self, customer_number: str, currency: str) -> Money:
        """What is left over of the customer's payments, as a positive amount; an open repayment counts against it.

        An entry without a currency is in the agreement's own; it counts, because too much credit only holds a reminder.
        """
        left = 0
        query = f"customerNumber$eq:{customer_number}$and:type$eq:{PAYMENT}$and:remainder$ne:0"
        try:
            for entry in self._calls.items(self._entries, query):
                if text_of(entry, "currencyCode") in ("", currency) and value_of(entry, "type") == PAYMENT:
                    left += money_of(entry, "remainder", currency).minor
        except Malformed as error:
            raise BooksUnavailable(f"an entry of customer {customer_number} cannot be understood: {error}") from None
        return Money(minor=max(0, -left), currency=currency)

    def settlement(self, invoice_number: str) -> Settlement:
        """Follows the matched pairs of the invoice's entry; tells nothing rather than half when a piece is missing."""
        try:
            own = [
                number_of(entry, "entryNumber")
                for entry in self._calls.items(
                    self._entries, f"customerInvoiceNumber$eq:{invoice_number}$and:type$eq:{INVOICE}"
                )
            ]
            against = self._matched_with(own[0]) if len(own) == 1 else []
            entries = list(self._calls.items(self._entries, f"entryNumber$in:[{_listed(against)}]")) if against else []
            if not entries or len(entries) != len(against):
                return Settlement()
            payments = [day for entry in entries if not _is_credit_note(entry) and (day := day_of(entry, "date"))]
            return Settlement(last_payment=max(payments, default=None), by_credit=all(map(_is_credit_note, entries)))
        except Malformed:
            return Settlement()

    def _matched_with(self, entry: int) -> list[int]:
        """The entries put against this one; Malformed when the service seems to hand out everybody's pairs."""
        others: set[int] = set()
        query = f"toEntry$eq:{entry}$or:fromEntry$eq:{entry}"
        for read, pair in enumerate(self._calls.items(f"{self._entries}/matched-pairs", query)):
            if read >= MOST_PAIRS:
                raise Malformed("too many matched pairs")
            both = {number_of(pair, "fromEntry"), number_of(pair, "toEntry")}
            if entry in both:
                others |= both - {entry}
        return sorted(others)


def _is_credit_note(entry: Any) -> bool:
    return value_of(entry, "type") == INVOICE and amount_of(entry, "amount") < 0


def _listed(numbers: list[int]) -> str:
    return ",".join(str(number) for number in numbers[:200])
