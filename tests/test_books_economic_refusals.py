"""When e-conomic says no: nothing is repeated, nothing is given away, and nothing was ever written."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from activities.books.economic import EconomicBooks
from models.books import BooksRefused, BooksUnavailable
from standins.economic import Book, EconomicStandin
from standins.economic.server import APP_SECRET, GRANT
from standins.server import running
from tests import economic_reading
from tests.economic_reading import DOCUMENT, TODAY, open_numbers

# pytest finds a fixture by the name that it has in the module.
naps, standin, books = economic_reading.naps, economic_reading.standin, economic_reading.books

LEGACY_ERROR = '{"message":"Could not parse","logId":"a2a282a789f20523-CPH","errors":["faktura@aero.example"]}'
OPENAPI_ERROR = (
    '{"title":"Bad request.","traceId":"a2a259bbe959d8d6-CPH","errors":[{"message":"faktura@aero.example"}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, LEGACY_ERROR, "does not accept our request .*logId a2a282a789f20523-CPH, X-RequestId abc-1"),
        (400, OPENAPI_ERROR, "logId a2a259bbe959d8d6-CPH"),
        (400, '{"errors":{"paymentTerms":{"errors":[]}},"logId":"x y"}', r"\(400 on /invoices/unpaid, X-RequestId"),
        (401, LEGACY_ERROR, "refuses the grant .*connect the company again"),
        (403, LEGACY_ERROR, "forbids this .*lacks the role"),
        (404, LEGACY_ERROR, "has nothing there"),
        (405, "<html>", "does not accept our request"),
        (415, "", "does not accept our request"),
    ],
)
def test_a_refusal_is_not_repeated_and_names_what_the_vendor_needs_to_find_it(
    standin: EconomicStandin, books: EconomicBooks, status: int, body: str, told: str
) -> None:
    standin.fault("status", status=status, body=body, headers={"X-RequestId": "abc-1"})
    with pytest.raises(BooksRefused, match=told):
        open_numbers(books)
    assert len(standin.journal()) == 1


def test_a_revoked_grant_refuses_every_question(standin: EconomicStandin, books: EconomicBooks) -> None:
    standin.revoke()
    questions: list[Callable[[], object]] = [
        lambda: open_numbers(books),
        lambda: list(books.customers(["1117"], TODAY)),
        lambda: books.invoice("20318", TODAY),
        lambda: books.unapplied_credit("1117", "DKK", TODAY),
        lambda: books.pdf("20318"),
    ]
    for question in questions:
        with pytest.raises(BooksRefused, match="refuses the grant"):
            question()
    assert books.features_off == set()


def test_an_answer_of_unknown_shape_is_unknown(standin: EconomicStandin, books: EconomicBooks) -> None:
    for body in ("[]", "{}", '{"collection":[]}', '{"collection":{},"pagination":{"results":1}}', '"x"', "3"):
        standin.fault("status", status=200, body=body)
        with pytest.raises(BooksUnavailable, match="unknown shape"):
            open_numbers(books)


def test_a_redirect_takes_no_token_to_another_host(standin: EconomicStandin, books: EconomicBooks) -> None:
    with running(EconomicStandin(Book())) as elsewhere:
        standin.fault("redirect", location=f"{elsewhere.url}/invoices/unpaid", times=0)
        with pytest.raises(BooksUnavailable, match="status 307"):
            open_numbers(books)
        assert elsewhere.journal() == []


def test_no_token_address_or_body_gets_into_an_error_or_the_log(
    standin: EconomicStandin, books: EconomicBooks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[str] = [repr(books)]
    for fault in (
        {"kind": "status", "status": 400, "body": LEGACY_ERROR},
        {"kind": "status", "status": 500, "body": LEGACY_ERROR, "times": 6},
        {"kind": "status", "status": 200, "body": DOCUMENT.replace("4500.00", '"faktura@aero.example"')},
        {"kind": "status", "status": 401, "body": LEGACY_ERROR},
    ):
        standin.fault(**fault)  # type: ignore[arg-type]
        with pytest.raises((BooksUnavailable, BooksRefused)) as caught:
            books.invoice("20318", TODAY)
        errors.append(repr(caught.value))
    list(books.customers(["1117"], TODAY))
    for text in (*errors, caplog.text):
        for secret in (APP_SECRET, GRANT, "faktura@", "Ærø", "Could not parse"):
            assert secret not in text


def test_everything_that_was_asked_was_a_get(standin: EconomicStandin, books: EconomicBooks) -> None:
    open_numbers(books)
    list(books.customers(["1117"], TODAY))
    books.unapplied_credit("1117", "DKK", TODAY)
    books.pdf("20318")
    assert standin.writes() == []
    assert len(standin.journal()) == 5
