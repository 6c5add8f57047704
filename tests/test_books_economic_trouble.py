"""When e-conomic answers badly, late or not at all: it is asked again for a while, and then nothing is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest

from activities.books.economic import EconomicBooks
from activities.books.economic_calls import Patience
from models.books import BooksUnavailable
from standins.economic import Book, EconomicStandin
from standins.server import running
from tests import economic_reading
from tests.economic_reading import DOCUMENT, TODAY, Naps, dkk, reader

# pytest finds a fixture by the name that it has in the module.
naps, standin, books = economic_reading.naps, economic_reading.standin, economic_reading.books

QUICK = Patience(connect=5, read=1.5, total=2)
QUICKER = Patience(connect=5, read=0.3, total=0.5)
TROUBLE: list[dict[str, Any]] = [
    {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "status", "status": 429, "body": "<html>", "content_type": "text/html"},
    {"kind": "status", "status": 500, "body": "{}"},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 408},
    {"kind": "status", "status": 204},
    {"kind": "html", "status": 200},
    {"kind": "html", "status": 502},
    {"kind": "hang_before_read"},
    {"kind": "hang_after_read"},
    {"kind": "drop_before_read"},
    {"kind": "drop_after_read"},
    {"kind": "drop_after_read", "rst": True},
    {"kind": "slow", "seconds": 5},
    {"kind": "slow", "seconds": 60, "drip": True},
    {"kind": "cut"},
    {"kind": "bad_json"},
    {"kind": "empty"},
    {"kind": "redirect", "location": "/invoices/booked/20319"},
    {"kind": "status", "status": 200, "body": "[" * 100_000},
    {"kind": "status", "status": 200, "body": '{"remainder":NaN}'},
]


def patience(trouble: dict[str, Any], short: Patience) -> Patience:
    """Short only where no answer comes, so that a busy machine is not taken for a silent one."""
    return short if trouble["kind"] in ("hang_before_read", "hang_after_read", "slow") else Patience()


def named(trouble: dict[str, Any]) -> str:
    return "-".join(str(value)[:20] for value in trouble.values() if not isinstance(value, dict))


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_any_trouble_that_passes_is_read_through(standin: EconomicStandin, naps: Naps, trouble: dict[str, Any]) -> None:
    standin.fault(**trouble, times=2)
    books = reader(standin, naps, patience=patience(trouble, QUICK))
    found = books.invoice("20318", TODAY)
    books.close()
    assert found is not None
    assert found.remainder == dkk("10500")
    assert len(standin.journal()) == 3
    assert len(naps) == 2


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_any_trouble_that_stays_is_unknown_after_five_repeats(
    standin: EconomicStandin, naps: Naps, trouble: dict[str, Any]
) -> None:
    standin.fault(**trouble, times=0)
    books = reader(standin, naps, patience=patience(trouble, QUICKER))
    with pytest.raises(BooksUnavailable, match=r"no usable answer on /invoices/booked/20318 after 6 tries"):
        books.invoice("20318", TODAY)
    books.close()
    assert standin.wait(lambda entries: len(entries) == 6)
    assert len(naps) == 5


def test_a_closed_port_is_unknown_and_reading_goes_on_when_it_opens(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    standin.fault("refuse", seconds=0)
    with pytest.raises(BooksUnavailable, match="ConnectError"):
        books.invoice("20318", TODAY)
    naps.instead = standin.reset
    assert books.invoice("20318", TODAY) is not None


def test_pauses_between_repeats_are_drawn_below_a_doubling_limit(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    standin.fault("status", status=500, times=0)
    with pytest.raises(BooksUnavailable):
        books.invoice("20318", TODAY)
    assert all(0 <= nap <= 0.5 * 2**repeat for repeat, nap in enumerate(naps))


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({}, 60),
        ({"Retry-After": ""}, 60),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "-3"}, 60),
        ({"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 10:00:40 GMT"}, 40),
        ({"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0),
    ],
)
def test_a_rate_limit_is_waited_for_as_long_as_the_server_says(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps, headers: dict[str, str], least: float
) -> None:
    standin.fault("status", status=429, headers=headers)
    assert books.invoice("20318", TODAY) is not None
    assert len(naps) == 1
    assert least <= naps[0] <= least + 1


def test_a_retry_date_counts_from_our_clock_when_the_server_tells_none(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    standin.fault("status", status=429, headers={"Retry-After": later})
    assert books.invoice("20318", TODAY) is not None
    assert 20 <= naps[0] <= 31


def test_a_wait_longer_than_our_patience_is_not_begun(
    standin: EconomicStandin, books: EconomicBooks, naps: Naps
) -> None:
    standin.fault("status", status=429, headers={"Retry-After": "99999"})
    with pytest.raises(BooksUnavailable, match="after 1 tries: status 429"):
        books.invoice("20318", TODAY)
    assert naps == []


def test_a_long_wait_is_capped(standin: EconomicStandin, naps: Naps) -> None:
    standin.fault("status", status=429, headers={"Retry-After": "99999"})
    books = reader(standin, naps, patience=Patience(altogether=1000))
    assert books.invoice("20318", TODAY) is not None
    books.close()
    assert 300 <= naps[0] <= 301


def test_a_nearly_used_budget_is_left_to_refill_before_the_next_call(naps: Naps) -> None:
    book = Book()
    book.add_customer(1, "Firma")
    book.add_invoice(7, 1, Decimal(100), date(2026, 11, 1))
    with running(EconomicStandin(book, rate_limit=10)) as economic:
        books = reader(economic, naps)
        naps.instead = economic.reset
        for _ in range(3):
            assert books.invoice("7", TODAY) is not None
        assert naps == []
        assert books.invoice("7", TODAY) is not None
        assert len(naps) == 1
        assert 23 <= naps[0] <= 24
        books.close()


def test_an_unreadable_call_cost_does_no_harm(standin: EconomicStandin, books: EconomicBooks, naps: Naps) -> None:
    for told in ("L", "token-limit-0-per-60-seconds: 5/0", "token-limit-x"):
        standin.fault("status", status=200, body=DOCUMENT, headers={"X-RateLimiting": told, "X-CallCost": "L"})
        assert books.invoice("20318", TODAY) is not None
    assert naps == []
