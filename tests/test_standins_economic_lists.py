"""Lists of the e-conomic stand-in: pages, filters, sorting, links and ledger entries."""

from __future__ import annotations

import re
from decimal import Decimal

import httpx
import pytest

from standins.economic import EconomicStandin
from standins.large_book import large_book
from standins.server import running
from tests import economic_client
from tests.economic_client import ENTRIES, TODAY, TOKENS, book, listed, numbers

# pytest finds a fixture by the name that it has in the module.
server, client = economic_client.server, economic_client.client


def test_pages_link_on_until_the_last(client: httpx.Client) -> None:
    url: str | None = "/invoices/unpaid?sort=bookedInvoiceNumber&pagesize=3"
    seen: list[int] = []
    while url:
        page = client.get(url).json()
        seen += [one["bookedInvoiceNumber"] for one in page["collection"]]
        assert page["pagination"]["results"] == 4
        assert ("previousPage" in page["pagination"]) == (page["pagination"]["skipPages"] > 0)
        url = page["pagination"].get("nextPage")
    assert seen == [20318, 20319, 20320, 20322]


def test_past_the_end_is_an_empty_page_that_still_counts(client: httpx.Client) -> None:
    answer = client.get("/invoices/unpaid?skippages=9&pagesize=2")
    assert (answer.status_code, answer.json()["collection"]) == (200, [])
    assert answer.json()["pagination"]["results"] == 4


def test_a_page_has_twenty_by_default_and_a_thousand_at_most(client: httpx.Client) -> None:
    assert client.get("/invoices/unpaid").json()["pagination"]["pageSize"] == 20
    assert client.get("/invoices/unpaid?pagesize=1000").status_code == 200
    refused = client.get("/invoices/unpaid?pagesize=1001")
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "E04810")


def test_without_sort_the_order_is_not_that_of_numbers(server: EconomicStandin, client: httpx.Client) -> None:
    for number in range(1, 30):
        server.book.add_invoice(number, 1112, Decimal(100), TODAY)
    first, again = (
        numbers(client.get("/invoices/unpaid?pagesize=50")),
        numbers(client.get("/invoices/unpaid?pagesize=50")),
    )
    assert first == again
    assert first != sorted(first)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("bookedInvoiceNumber$eq:20319", [20319]),
        ("customer.customerNumber$eq:1117", [20318, 20319]),
        ("customer.customerNumber$in:[1112,1113]", [20320, 20321, 20322]),
        ("customer.customerNumber$nin:[1112,1113]", [20318, 20319]),
        ("date$gte:2026-10-23$and:currency$eq:dkk", [20319, 20320]),
        ("currency$ne:DKK$or:bookedInvoiceNumber$lt:20319", [20318, 20322]),
        ("customer.customerNumber$eq:1117$and:(bookedInvoiceNumber$gt:20318$or:currency$eq:EUR)", [20319]),
        ("recipient.name$like:kro", [20320, 20321]),
        ("recipient.name$like:*aps", [20318, 20319]),
        ("recipient.country$eq:$null:", [20322]),
        ("customer.customerNumber$eq:4711", []),
    ],
)
def test_a_filter_really_filters(client: httpx.Client, filter_: str, expected: list[int]) -> None:
    assert listed(client, "/invoices/booked", filter=filter_) == expected


@pytest.mark.parametrize("name", ["dueDate", "remainder", "grossAmount", "netAmount", "vatAmount", "bogusProp"])
def test_due_dates_and_amounts_cannot_be_filtered_or_sorted(client: httpx.Client, name: str) -> None:
    refused = client.get("/invoices/unpaid", params={"filter": f"{name}$gt:1"})
    assert refused.status_code == 400
    assert refused.json()["errors"] == [f"Filtering is not allowed on property '{name}'."]
    assert "bookedInvoiceNumber" in refused.json()["allowedFilteringFields"]
    unsorted = client.get("/invoices/unpaid", params={"sort": f"-{name}"})
    assert (unsorted.status_code, unsorted.json()["message"][-10:]) == (400, "parameter.")


@pytest.mark.parametrize(
    "filter_",
    ["nonsense", "date$gte", "date$gte:soon", "(currency$eq:DKK", "currency$in:DKK", f"zip$in:[{'1,' * 200}1]"],
)
def test_a_broken_filter_is_refused(client: httpx.Client, filter_: str) -> None:
    assert client.get("/customers", params={"filter": filter_}).status_code == 400


def test_sort_goes_down_with_a_minus_and_by_several_keys(client: httpx.Client) -> None:
    assert listed(client, "/invoices/booked", sort="-bookedInvoiceNumber")[0] == 20322
    assert listed(client, "/invoices/booked", sort="-customer.customerNumber,bookedInvoiceNumber")[:2] == [20318, 20319]


def test_links_echo_the_query_and_an_unencoded_filter_sticks_to_every_self(
    server: EconomicStandin, client: httpx.Client
) -> None:
    encoded = client.get("/invoices/booked?filter=currency%24eq%3AEUR").json()
    assert encoded["pagination"]["firstPage"].endswith("?skippages=0&pagesize=20&filter=currency%24eq%3AEUR")
    assert encoded["collection"][0]["self"] == f"{server.url}/invoices/booked/20322"
    raw = client.get("/invoices/booked?filter=currency$eq:EUR").json()
    assert raw["collection"][0]["self"].endswith("/20322?currency$eq:EUR")


def test_customers_come_in_a_batch_and_by_their_last_change(server: EconomicStandin, client: httpx.Client) -> None:
    batch = client.get("/customers", params={"filter": "customerNumber$in:[1112,1117,4711]", "pagesize": 1000}).json()
    assert sorted(one["customerNumber"] for one in batch["collection"]) == [1112, 1117]
    assert batch["pagination"]["resultsWithoutFilter"] == 3
    server.book.change_customer(1112, email="ny@kro.example")
    changed = client.get("/customers", params={"filter": "lastUpdated$gt:2026-11-21T00:00:00Z"}).json()["collection"]
    assert [one["email"] for one in changed] == ["ny@kro.example"]


def test_entries_come_by_cursor_which_is_absent_at_the_end() -> None:
    with (
        running(EconomicStandin(book(), today=TODAY, cursor_page=2)) as server,
        httpx.Client(base_url=server.url, headers=TOKENS, trust_env=False, verify=False) as client,
    ):
        seen, cursor = [], "0"
        while cursor:
            page = client.get(ENTRIES, params={"cursor": cursor, "sort": "-entryNumber"}).json()
            seen += [one["entryNumber"] for one in page["items"]]
            cursor = page.get("cursor", "")
        assert len(seen) == 6
        assert seen == sorted(seen)


def test_entries_can_be_filtered_by_what_is_open(client: httpx.Client) -> None:
    query = {"filter": "customerNumber$eq:1112$and:remainder$ne:0"}
    [entry] = client.get(ENTRIES, params=query).json()["items"]
    assert (entry["type"], entry["customerInvoiceNumber"], entry["remainder"]) == (1, 20320, 99.95)
    assert entry["dueDate"] == "2026-11-23T00:00:00"
    assert client.get(f"{ENTRIES}/count", params={"filter": "type$eq:customerPayment"}).text == "1"
    assert len(client.get(f"{ENTRIES}/paged").json()) == 6


def test_a_type_can_only_be_compared_for_equality(client: httpx.Client) -> None:
    refused = client.get(ENTRIES, params={"filter": "type$gt:1"})
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "BadFilterRequest")
    assert refused.json()["errors"][0]["property"] == "type"


def test_ten_thousand_invoices_are_read_in_full_pages() -> None:
    with (
        running(EconomicStandin(large_book(TODAY), today=TODAY)) as server,
        httpx.Client(base_url=server.url, headers=TOKENS, trust_env=False, verify=False, timeout=10) as client,
    ):
        seen: set[int] = set()
        for page in range(8):
            query = f"sort=bookedInvoiceNumber&pagesize=1000&skippages={page}"
            seen.update(
                int(n) for n in re.findall(r'"bookedInvoiceNumber":(\d+)', client.get(f"/invoices/unpaid?{query}").text)
            )
        assert len(seen) == 8000
