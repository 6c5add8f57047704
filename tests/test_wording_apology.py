"""What an admin may copy when a reminder and a payment have crossed: an apology without a figure in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from activities.apology import apology, check_apology
from activities.wording import BUILT_IN
from models.letters import Channel, Language
from tests.letters import charges, currency_of, invoice, letter


@pytest.mark.parametrize(
    ("language", "sorry", "cancelled", "value_date"),
    [
        (Language.da, "Det beklager vi", "annulleret gebyret og renterne", "valørdato før vores påmindelse"),
        (Language.nb, "Det beklager vi", "annullert gebyret og rentene", "valuteringsdato før påminnelsen"),
        (Language.en, "We apologise", "cancelled the fee and the interest", "a value date before our reminder"),
    ],
)
def test_it_names_the_invoices_and_cancels_fee_and_interest_without_figures(
    language: Language, sorry: str, cancelled: str, value_date: str
) -> None:
    five = [invoice(str(number), currency=currency_of(language)) for number in range(1001, 1006)]
    said = apology(letter("reminder-1", language, *five, charges=charges(language, fee="100.00", interest="5.00")))
    assert said.channel is Channel.email
    assert said.html == ""
    assert "1001" in said.subject
    for needed in (sorry, cancelled, value_date, "1001, 1002, 1003, 1004, 1005", "Havn A/S", "Mette Holm"):
        assert needed in said.text
    assert not re.search(r"\d[,.]\d\d|reg\.nr\.|REF-1001|kr\b|DKK|NOK", said.subject + said.text)


def test_it_cancels_only_what_was_claimed() -> None:
    only_fee = apology(letter(charges=charges(fee="100.00"))).text
    assert "annulleret gebyret i påmindelsen" in only_fee
    only_interest = apology(letter(charges=charges(interest="5.00"))).text
    assert "annulleret renterne i påmindelsen" in only_interest
    assert "hverken gebyr eller renter" in apology(letter()).text


def test_it_is_written_although_nothing_is_owed_any_more() -> None:
    assert "1001" in apology(letter("reminder-1", Language.da, invoice("1001", paid="12500.00"))).text


def test_it_is_no_wording_of_a_step() -> None:
    """Wordings are found by their file names; a leading underscore keeps a file from being one."""
    for language in Language:
        assert sorted(path.name for path in (BUILT_IN / language.value).glob("*apology*")) == [
            "_apology.email.txt.j2",
            "_apology.subject.txt.j2",
        ]


def test_the_built_in_apology_has_no_problem() -> None:
    assert check_apology((BUILT_IN,), tuple(Language)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [("Undskyld, {{ customer_nam }}", "no placeholder customer_nam"), ("Undskyld", "the invoices are never named")],
)
def test_a_mistake_in_an_apology_of_ones_own_is_found(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "da").mkdir()
    (tmp_path / "da" / "_apology.email.txt.j2").write_text(text, encoding="utf-8")
    found = check_apology((tmp_path, BUILT_IN), (Language.da,))
    assert [one.file for one in found] == ["da/_apology.email.txt.j2"]
    assert problem in str(found[0])


@pytest.mark.parametrize("language", Language)
def test_it_asks_for_no_payment_and_so_names_no_page(language: Language) -> None:
    said = apology(letter("reminder-1", language, page_url="https://rykker.example/c/x.y"))
    assert "/c/" not in said.text
