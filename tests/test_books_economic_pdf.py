"""The invoice as PDF, as e-conomic hands it out."""

from __future__ import annotations

import pytest

from activities.books.economic import EconomicBooks
from models.books import BooksUnavailable
from standins.economic import EconomicStandin
from tests import economic_reading

# pytest finds a fixture by the name that it has in the module.
naps, standin, books = economic_reading.naps, economic_reading.standin, economic_reading.books


def test_the_invoice_comes_as_pdf(standin: EconomicStandin, books: EconomicBooks) -> None:
    document = books.pdf("20318")
    assert document is not None
    assert document.startswith(b"%PDF-")
    assert books.pdf("999999") is None


def test_a_pdf_that_the_role_does_not_reach_is_left_out_and_not_asked_again(
    standin: EconomicStandin, books: EconomicBooks
) -> None:
    standin.fault("status", status=403, path="*/pdf", times=0)
    assert (books.pdf("20318"), books.pdf("20319"), books.features_off) == (None, None, {"pdf"})
    assert len(standin.journal()) == 1


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html", "<html>%PDF-</html>"),
        ("application/pdf", "<html></html>"),
        ("application/pdf", "%PDF-1.4\nhalf of it"),
        ("application/json", "%PDF-1.4\n%%EOF"),
    ],
)
def test_what_is_not_a_whole_pdf_is_never_handed_on(
    standin: EconomicStandin, books: EconomicBooks, content_type: str, body: str
) -> None:
    standin.fault("status", status=200, content_type=content_type, body=body, path="*/pdf", times=0)
    with pytest.raises(BooksUnavailable, match="PDF"):
        books.pdf("20318")
