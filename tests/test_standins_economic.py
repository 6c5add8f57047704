"""e-conomic as its clients meet it: tokens and roles, pages, filters, documents, ledger, budget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from standins.economic import Book, EconomicStandin
from standins.economic.server import APP_SECRET, GRANT
from standins.large_book import large_book
from standins.server import running

TODAY = date(2026, 11, 22)
TOKENS = {"X-AppSecretToken": APP_SECRET, "X-AgreementGrantToken": GRANT}
ENTRIES = "/bookedEntriesapi/v4.0.0/booked-entries"


def book() -> Book:
    """Three customers; 20318 late, 20319 due today, 20320 due tomorrow, 20321 paid."""
    books = Book()
    books.day = lambda: TODAY
    books.add_customer(1117, "Ærø Værktøj ApS", email="a@aero.example b@aero.example", cvr="99999993", sales_person=2)
    books.add_customer(1112, "Kro & Kunst I/S")
    books.add_customer(1113, "Nordsee GmbH", currency="EUR", country="")
    books.add_contact(12, 1117, "Bo Æbelø", email="bo@aero.example", receive_reminders=True)
    books.add_invoice(20318, 1117, Decimal("10500.00"), date(2026, 11, 14))
    books.add_invoice(20319, 1117, Decimal("866.00"), TODAY)
    books.add_invoice(20320, 1112, Decimal("99.95"), date(2026, 11, 23))
    books.add_invoice(20321, 1112, Decimal("500.00"), date(2026, 11, 1), paid=True)
    books.add_invoice(20322, 1113, Decimal("100.00"), date(2026, 11, 2), rate=Decimal("745.93"))
    return books


@pytest.fixture
def server() -> Iterator[EconomicStandin]:
    with running(EconomicStandin(book(), today=TODAY)) as standin:
        yield standin


@pytest.fixture
def client(server: EconomicStandin) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=TOKENS, trust_env=False, verify=False) as one:
        yield one


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [one["bookedInvoiceNumber"] for one in answer.json()["collection"]]


def listed(client: httpx.Client, path: str, **query: Any) -> list[int]:
    return numbers(client.get(path, params={"sort": "bookedInvoiceNumber", **query}))


@pytest.mark.parametrize(
    "headers", [{}, {**TOKENS, "X-AgreementGrantToken": "other"}, {"X-AppSecretToken": APP_SECRET}]
)
def test_without_the_right_tokens_nothing_is_said(server: EconomicStandin, headers: dict[str, str]) -> None:
    for path in ("/self", "/invoices/unpaid", ENTRIES, "/nowhere"):
        refused = httpx.get(server.url + path, headers=headers, trust_env=False, verify=False)
        assert (refused.status_code, refused.json()["errorCode"]) == (401, "E02250")


def test_a_grant_can_be_revoked_between_two_pages(server: EconomicStandin, client: httpx.Client) -> None:
    server.fault("revoke", query={"skippages": "1"})
    assert client.get("/invoices/unpaid?pagesize=1&skippages=0").status_code == 200
    assert client.get("/invoices/unpaid?pagesize=1&skippages=1").status_code == 401
    assert client.get("/self").status_code == 401


def test_two_creditors_have_their_own_books(server: EconomicStandin, client: httpx.Client) -> None:
    other = Book()
    other.add_customer(1, "Anden Kunde")
    server.add_agreement(other, grant="other-grant")
    asked = client.get("/customers", headers={"X-AgreementGrantToken": "other-grant"}).json()
    assert [one["name"] for one in asked["collection"]] == ["Anden Kunde"]
    server.revoke("other-grant")
    assert client.get("/self", headers={"X-AgreementGrantToken": "other-grant"}).status_code == 401
    assert client.get("/self").status_code == 200


def test_a_role_opens_only_its_own_doors(server: EconomicStandin, client: httpx.Client) -> None:
    server.set_roles(("Sales",))
    assert client.get("/invoices/unpaid").status_code == 200
    refused = client.get(ENTRIES)
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    server.set_roles(("Bookkeeping",))
    assert client.get("/invoices/unpaid").json()["httpStatusCode"] == 403
    assert client.get(ENTRIES).status_code == 200
    assert [role["name"] for role in client.get("/self").json()["application"]["requiredRoles"]] == ["Bookkeeping"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_every_other_verb_is_refused_and_remembered(server: EconomicStandin, client: httpx.Client, method: str) -> None:
    assert client.request(method, "/invoices/booked").status_code == 405
    assert [entry.method for entry in server.writes()] == [method]


def test_invoices_are_listed_by_state_and_due_today_is_not_overdue(client: httpx.Client) -> None:
    assert listed(client, "/invoices/booked") == [20318, 20319, 20320, 20321, 20322]
    assert listed(client, "/invoices/paid") == [20321]
    assert listed(client, "/invoices/unpaid") == [20318, 20319, 20320, 20322]
    assert listed(client, "/invoices/overdue") == [20318, 20322]
    assert listed(client, "/invoices/not-due") == [20319, 20320]
    assert listed(client, "/customers/1112/invoices/booked") == [20320, 20321]


def test_amounts_are_written_with_two_decimals_unless_the_book_is_switched(
    server: EconomicStandin, client: httpx.Client
) -> None:
    assert '"remainder":866.00,' in client.get("/invoices/booked/20319").text
    assert '"exchangeRate":745.930000,' in client.get("/invoices/booked/20322").text
    server.book.set_bare_integers(True)
    assert '"remainder":866,' in client.get("/invoices/booked/20319").text


def test_a_single_document_has_lines_and_a_list_has_none(client: httpx.Client) -> None:
    single = client.get("/invoices/booked/20318").json()
    assert (single["netAmount"], single["vatAmount"], single["lines"][0]["totalNetAmount"]) == (8400.0, 2100.0, 8400.0)
    assert single["recipient"]["cvr"] == "99999993"
    assert single["references"]["salesPerson"]["employeeNumber"] == 2
    assert single["paymentTerms"]["paymentTermsType"] == "net"
    assert all("lines" not in one for one in client.get("/invoices/booked").json()["collection"])


def test_documents_and_customers_have_only_the_fields_of_the_vendor(client: httpx.Client) -> None:
    document = """bookedInvoiceNumber orderNumber date currency exchangeRate netAmount netAmountInBaseCurrency
        grossAmount grossAmountInBaseCurrency vatAmount roundingAmount remainder remainderInBaseCurrency
        dueDate paymentTerms customer recipient notes references layout pdf lines sent self"""
    debtor = """customerNumber currency paymentTerms customerGroup address balance dueAmount
        corporateIdentificationNumber city country email name zip telephoneAndFaxNumber mobilePhone
        barred vatZone layout attention salesPerson lastUpdated contacts templates totals
        deliveryLocations invoices eInvoicingDisabledByDefault self"""
    for number in (20318, 20322):
        assert client.get(f"/invoices/booked/{number}").json().keys() <= set(document.split())
    for number in (1112, 1113, 1117):
        assert client.get(f"/customers/{number}").json().keys() <= set(debtor.split())


def test_what_is_empty_is_left_out(client: httpx.Client) -> None:
    customer = client.get("/customers/1113").json()
    assert not {"email", "country", "mobilePhone", "barred", "salesPerson"} & customer.keys()
    assert client.get("/customers/1117").json()["email"] == "a@aero.example b@aero.example"


def test_balance_and_due_amount_follow_the_ledger(client: httpx.Client) -> None:
    customer = client.get("/customers/1117").json()
    assert (customer["balance"], customer["dueAmount"]) == (11366.0, 10500.0)
    assert client.get("/customers/1113").json()["balance"] == 745.93


def test_unknown_things_are_404_in_the_right_shape(client: httpx.Client) -> None:
    for path in ("/invoices/booked/4711", "/invoices/booked/4711/pdf", "/customers/4711", "/customers/4711/contacts"):
        assert client.get(path).json()["errorCode"] == "E06000"
    missing = client.get("/bookedEntriesapi/v3.0.0/booked-entries")
    assert (missing.status_code, missing.json()["errorCode"]) == (404, "ResourceNotFound")


def test_the_case_of_a_path_does_not_matter(client: httpx.Client) -> None:
    assert client.get("/Customers/1117").json()["customerNumber"] == 1117
    assert client.get("/customersapi/v3.1.0/contacts").status_code == 200


def test_the_pdf_is_one(client: httpx.Client) -> None:
    answer = client.get("/invoices/booked/20318/pdf")
    assert (answer.headers["Content-Type"], answer.headers["X-CallCost"]) == ("application/pdf", "13")
    assert answer.content.startswith(b"%PDF-")
    assert b"(Faktura 20318)" in answer.content
    # The table of objects is where the trailer says, and every offset in it is true.
    start = int(answer.content.rsplit(b"startxref\n", 1)[1].split()[0])
    offsets = [int(line[:10]) for line in answer.content[start:].split(b"\n")[3:8]]
    assert all(answer.content[at:].startswith(b"%d 0 obj" % n) for n, at in enumerate(offsets, start=1))


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


def test_contacts_stand_on_both_surfaces_and_only_the_newer_knows_who_gets_reminders(client: httpx.Client) -> None:
    [legacy] = client.get("/customers/1117/contacts").json()["collection"]
    [newer] = client.get("/customersapi/v3.1.0/Contacts").json()["items"]
    assert (legacy["customerContactNumber"], legacy["email"]) == (12, "bo@aero.example")
    assert (newer["number"], newer["receiveReminders"], newer["isDeleted"]) == (12, True, False)
    assert "receiveReminders" not in legacy


def test_totals_agree_with_the_list(client: httpx.Client) -> None:
    totals = client.get("/invoices/totals/booked/unpaid").json()
    assert (totals["invoiceCount"], totals["grossRemainderInBaseCurrency"]) == (4, 12211.88)
    assert client.get("/invoices/totals/booked/unpaid/overdue").json()["invoiceCount"] == 2
    assert client.get("/invoices/totals/booked/unpaid/not-overdue").json()["invoiceCount"] == 2
    assert client.get("/invoices/totals/booked").json()["invoiceCount"] == 5


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


def test_every_answer_tells_its_price_and_an_empty_bucket_says_wait() -> None:
    with (
        running(EconomicStandin(book(), today=TODAY, rate_limit=10)) as server,
        httpx.Client(base_url=server.url, headers=TOKENS, trust_env=False, verify=False) as client,
    ):
        first = client.get("/self")
        assert first.headers["X-RateLimiting"] == "token-limit-10-per-60-seconds: 3/10"
        assert (first.headers["X-CallCost"], bool(first.headers["X-RequestId"])) == ("3", True)
        server.set_lettered_cost(True)
        # A refused call is priced like any other, and both hosts draw from the one bucket.
        assert client.get("/invoices/unpaid?pagesize=1001").status_code == 400
        assert client.get(ENTRIES).headers["X-CallCost"] == "L"
        exhausted = client.get("/self")
        assert (exhausted.status_code, exhausted.headers["Retry-After"]) == (429, "1")
        server.reset()
        assert client.get("/self").status_code == 200


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
