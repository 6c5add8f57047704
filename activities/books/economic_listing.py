"""Reading a long list by page number while invoices are being paid underneath it.

Paging counts rows from the start. When a row before the next page leaves the list, every later row moves up by one, and
the first of the next page slips onto the page that was read already. So when the list has become shorter, the reader
goes back until it meets rows it knows, and reads on from there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from activities.books.economic_documents import read_invoice
from activities.books.economic_fields import value_of
from models.books import BookInvoice, Unreadable

logger = logging.getLogger(__name__)

STEPS_BACK = 20
"""After so many the list is too restless to be read whole, and we say so."""


@dataclass(frozen=True)
class Page:
    """One page and how many rows the whole list had at that moment."""

    rows: list[Any]
    results: int


def whole_listing(fetch: Callable[[int], Page], page_size: int) -> Iterator[BookInvoice | Unreadable]:
    """Every document once, one page in memory at a time; `fetch` answers a page by its number from zero."""
    seen: set[int] = set()
    unnumbered = 0
    number, results, steps_back = 0, 0, 0
    going_back = False
    while True:
        page = fetch(number)
        shorter, results = page.results < results, page.results
        met = not seen.isdisjoint(_numbers(page))
        if number > 0 and (shorter or going_back) and not met and steps_back < STEPS_BACK:
            logger.info("the list of open invoices became shorter while it was read, going back a page")
            number, steps_back, going_back = number - 1, steps_back + 1, True
            continue
        going_back = False
        for row in page.rows:
            key = value_of(row, "bookedInvoiceNumber")
            if not isinstance(key, int):
                unnumbered += 1
            elif key in seen:
                continue
            else:
                seen.add(key)
            yield read_invoice(row)
        number += 1
        if not page.rows or number * page_size >= results:
            break
    if steps_back >= STEPS_BACK or len(seen) + unnumbered < results:
        yield Unreadable(
            where="list of open invoices",
            reason=f"changed while it was read: {len(seen)} of now {results} documents seen, some may be missing",
        )


def _numbers(page: Page) -> list[int]:
    numbers = (value_of(row, "bookedInvoiceNumber") for row in page.rows)
    return [number for number in numbers if isinstance(number, int)]
