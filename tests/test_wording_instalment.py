"""What a customer reads of an instalment that falls due: the instalment and the plan, and no invoice to pay."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from activities.channels.gsm7 import to_gsm7
from activities.wording import BUILT_IN, WordingError, check_wording, sms_segments
from models.letters import Language, Letter, LetterInstalment
from models.money import Money
from tests.letters import both_parts, charges, currency_of, invoice, letter, mail, plain, sms

PAGE = "https://rykker.example/c/k7Qz_3vB-9xTn5Lw.0123456789abcdefghijklmnopA"


def about(language: Language = Language.da, left: str = "4212.55", of_plan: str = "12637.67", **more: Any) -> Letter:
    """Instalment 2 of 3 is due on 1 October."""
    currency = currency_of(language)
    instalment = LetterInstalment(
        number=2,
        count=3,
        due_date=date(2026, 10, 1),
        amount=Money.of("4212.55", currency),
        outstanding=Money.of(left, currency),
        plan_left=Money.of(of_plan, currency),
    )
    fields = {"instalment": instalment, "total": instalment.outstanding, "final_date": None, "page_url": PAGE, **more}
    return letter("instalment", language, **fields)


def test_the_built_in_words_have_no_problem() -> None:
    assert check_wording((BUILT_IN,), tuple(Language), ("instalment",)) == []


@pytest.mark.parametrize(
    ("language", "said", "subject"),
    [
        (Language.da, ("2 af 3", "4.212,55 kr.", "12.637,67 kr.", "1. oktober 2026"), "Rate 2 af 3 til Nordlys ApS"),
        (Language.nb, ("2 av 3", "4 212,55 kr", "12 637,67 kr", "1. oktober 2026"), "Avdrag 2 av 3 til Nordlys ApS"),
        (
            Language.en,
            ("2 of 3", "DKK 4,212.55", "DKK 12,637.67", "1 October 2026"),
            "Instalment 2 of 3 to Nordlys ApS",
        ),
    ],
)
def test_it_names_the_instalment_the_plan_and_the_ways_to_pay(
    language: Language, said: tuple[str, ...], subject: str
) -> None:
    rendered, text = mail(about(language)), sms(about(language))
    assert rendered.subject.startswith(subject)
    for part in both_parts(rendered):
        for needed in (*said, "1001", "reg.nr. 1234, konto 0012345678", "REF-1001", "K7Q2", "Mette Holm", PAGE):
            assert needed in part
        for claimed in ("12.500", "12 500", "12,500", "gebyr", "rente", "fee", "interest"):
            assert claimed not in part.lower()
    for needed in (*said, "konto 0012345678", "REF-1001", "70 10 20 30", f": {PAGE} "):
        assert needed in text
    assert text.endswith("K7Q2")
    assert to_gsm7(text) == text
    assert sms_segments(text) <= 3


def test_what_has_been_paid_of_it_is_said() -> None:
    for part in both_parts(mail(about(left="3212.55", of_plan="7425.12"))):
        for amount in ("4.212,55", "1.000,00", "3.212,55", "7.425,12"):
            assert f"{amount} kr." in part
    assert "Heraf betalt" not in mail(about()).text


def test_other_invoices_are_listed_as_also_open() -> None:
    rendered = mail(about(also_open=(invoice("3001", 1, "300.00"),)))
    assert "3001" in rendered.text
    assert "3001" in plain(rendered.html)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (letter("instalment"), "the letter names no instalment"),
        (
            about(total=Money.of("12500.00", "DKK")),
            "the letter does not ask for what is left of the instalment",
        ),
        (about(charges=charges(announced_fee="100.00")), "charges and announces nothing"),
        (about(left="4212.56"), "more is left of the instalment than of the plan"),
        (about(left="0.00"), "or nothing at all"),
    ],
)
def test_a_letter_that_contradicts_itself_is_not_put_into_words(written: Letter, reason: str) -> None:
    with pytest.raises(WordingError, match=reason):
        mail(written)


@pytest.mark.parametrize("placeholder", ["instalment_due_date", "instalment_amount", "plan_left", "total"])
def test_words_of_a_creditor_that_leave_something_out_are_found(tmp_path: Path, placeholder: str) -> None:
    name = "da/instalment.email.txt.j2"
    own = (BUILT_IN / name).read_text(encoding="utf-8")
    (tmp_path / "da").mkdir()
    (tmp_path / name).write_text(own.replace("{{ " + placeholder + " }}", "snart"), encoding="utf-8")
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("instalment",))
    assert [(one.file, one.placeholder) for one in found] == [(name, placeholder)]
