"""Who gets in at the e-conomic stand-in: tokens, roles, verbs, paths and the budget of calls."""

from __future__ import annotations

import httpx
import pytest

from standins.economic import Book, EconomicStandin
from standins.economic.server import APP_SECRET
from standins.server import running
from tests import economic_client
from tests.economic_client import ENTRIES, TODAY, TOKENS, book

# pytest finds a fixture by the name that it has in the module.
server, client = economic_client.server, economic_client.client


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


def test_unknown_things_are_404_in_the_right_shape(client: httpx.Client) -> None:
    for path in ("/invoices/booked/4711", "/invoices/booked/4711/pdf", "/customers/4711", "/customers/4711/contacts"):
        assert client.get(path).json()["errorCode"] == "E06000"
    missing = client.get("/bookedEntriesapi/v3.0.0/booked-entries")
    assert (missing.status_code, missing.json()["errorCode"]) == (404, "ResourceNotFound")


def test_the_case_of_a_path_does_not_matter(client: httpx.Client) -> None:
    assert client.get("/Customers/1117").json()["customerNumber"] == 1117
    assert client.get("/customersapi/v3.1.0/contacts").status_code == 200


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
