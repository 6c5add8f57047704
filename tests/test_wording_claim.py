"""A letter carries the whole claim: every fee, every krone of interest with its rate, and nothing in a text message."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from activities.wording import BUILT_IN, WordingError, check_wording
from models.letters import Charges, Language, Letter
from models.money import Money
from tests.letters import (
    BEFORE_IT_IS_LATE,
    WORDINGS,
    both_parts,
    charges,
    currency_of,
    invoice,
    letter,
    mail,
    period,
    sms,
)

TWO_PERIODS = (period("2026-06-07", "2026-06-30", "9.75"), period("2026-07-01", "2026-08-10"))

PERIODS = {
    Language.da: "9,75 % p.a. fra og med 7. juni 2026 til og med 30. juni 2026; "
    "10,05 % p.a. fra og med 1. juli 2026 til og med 10. august 2026",
    Language.nb: "9,75 % p.a. fra og med 7. juni 2026 til og med 30. juni 2026; "
    "10,05 % p.a. fra og med 1. juli 2026 til og med 10. august 2026",
    Language.en: "9.75% p.a. from 7 June 2026 up to and including 30 June 2026; "
    "10.05% p.a. from 1 July 2026 up to and including 10 August 2026",
}
CLAIM = {
    Language.da: [
        ("Betalt eller krediteret i alt, trukket fra", "5.000,00 kr."),
        ("Hovedstol", "8.000,00 kr."),
        ("Rykkergebyr for dette brev", "100,00 kr."),
        ("Tidligere rykkergebyrer", "200,00 kr."),
        ("Rente", "76,54 kr."),
        ("Kompensationsbeløb", "310,00 kr."),
        ("I alt til betaling", "8.686,54 kr."),
    ],
    Language.nb: [
        ("Betalt eller kreditert i alt, trukket fra", "5 000,00 kr"),
        ("Hovedstol", "8 000,00 kr"),
        ("Purregebyr for dette brevet", "100,00 kr"),
        ("Tidligere purregebyr", "200,00 kr"),
        ("Forsinkelsesrente", "76,54 kr"),
        ("Kompensasjon etter forsinkelsesrenteloven § 3 a", "310,00 kr"),
        ("Å betale i alt", "8 686,54 kr"),
    ],
    Language.en: [
        ("Paid or credited in all, already deducted", "DKK 5,000.00"),
        ("Principal", "DKK 8,000.00"),
        ("Reminder fee for this letter", "DKK 100.00"),
        ("Earlier reminder fees", "DKK 200.00"),
        ("Late payment interest", "DKK 76.54"),
        ("Fixed compensation for late payment", "DKK 310.00"),
        ("Total to pay", "DKK 8,686.54"),
    ],
}
LABELS_OF_CHARGES = re.compile(
    "gebyr|fee|rente[: ]|interest|Kompensa|compensation|Hovedstol|Principal|trukket fra|deducted|p\\.a\\."
)


def everything(wording: str, language: Language, **changes: Any) -> Letter:
    """Two invoices, one of them partly paid, with every charge there is."""
    about = (
        invoice("1001", 65, paid="5000.00", currency=currency_of(language)),
        invoice("1002", 60, "500.00", currency=currency_of(language)),
    )
    amounts = {"fee": "100.00", "earlier_fees": "200.00", "interest": "76.54", "compensation": "310.00"}
    return letter(
        wording, language, *about, charges=charges(language, **amounts, interest_periods=TWO_PERIODS), **changes
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS[3:])
def test_every_part_of_the_claim_has_its_line(language: Language, wording: str) -> None:
    text, html = both_parts(mail(everything(wording, language)))
    for label, amount in CLAIM[language]:
        assert f"\n{label}: {amount}" in text
        assert re.search(f"{label}({re.escape(PERIODS[language])})?{amount}", html)
    assert f"({PERIODS[language]})" in text
    assert PERIODS[language] in html


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_what_is_zero_has_no_line(language: Language, wording: str) -> None:
    bare = letter(wording, language)
    for text in both_parts(mail(bare)):
        assert not LABELS_OF_CHARGES.search(text)
    only_interest = letter(wording, language, charges=charges(language, interest="12.00"))
    for text in both_parts(mail(only_interest)):
        assert "10,05 %" in text or "10.05%" in text
        assert not re.search("gebyr|fee|Kompensa|compensation", text)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_a_text_message_carries_no_charge(language: Language, wording: str) -> None:
    announced = {"announced_fee": Money.of("100", currency_of(language)), "announced_rate": Decimal("10.05")}
    claimed = everything(wording, language)
    claimed = claimed.model_copy(update={"charges": claimed.charges.model_copy(update=announced)})
    text = sms(claimed)
    assert "8.000,00" in text or "8 000,00" in text or "8,000.00" in text
    assert not re.search(r"8.686|100[,.]00|200[,.]00|76[,.]54|310[,.]00|10[,.]05|gebyr|fee|rente|interest", text)
    assert len(text) <= 420


def test_a_text_about_a_letter_with_charges_points_to_the_whole_amount() -> None:
    assert "Hele beløbet står i vores e-mail." in sms(everything("reminder-1", Language.da))
    assert "hele beløpet står i det" in sms(everything("collection-notice", Language.nb))
    assert "full amount" not in sms(letter("reminder-2", Language.en))


@pytest.mark.parametrize("wording", BEFORE_IT_IS_LATE)
@pytest.mark.parametrize(
    ("language", "both", "fee_only", "rate_only"),
    [
        (
            Language.da,
            "efter forfaldsdatoen kan der komme et rykkergebyr på 100,00 kr. og renter på 10,05 % om året",
            "kan der komme et rykkergebyr på 100,00 kr. oven i beløbet",
            "kan der komme renter på 10,05 % om året oven i beløbet",
        ),
        (
            Language.nb,
            "etter forfall kan det komme et purregebyr på 100,00 kr og forsinkelsesrente på 10,05 % per år i tillegg",
            "kan det komme et purregebyr på 100,00 kr i tillegg",
            "kan det komme forsinkelsesrente på 10,05 % per år i tillegg",
        ),
        (
            Language.en,
            "after the due date, a reminder fee of DKK 100.00 and interest of 10.05% a year may be added",
            "due date, a reminder fee of DKK 100.00 may be added",
            "due date, interest of 10.05% a year may be added",
        ),
    ],
)
def test_fee_and_interest_are_announced_before_they_are_charged(
    wording: str, language: Language, both: str, fee_only: str, rate_only: str
) -> None:
    fee, rate = {"announced_fee": Money.of("100", currency_of(language))}, {"announced_rate": Decimal("10.05")}
    for announced, said in (({**fee, **rate}, both), (fee, fee_only), (rate, rate_only)):
        for text in both_parts(mail(letter(wording, language, charges=charges(language, **announced)))):
            assert said in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.da, "Skal vi minde om betalingen igen, kan der komme et rykkergebyr på 100,00 kr. oven i beløbet."),
        (Language.nb, "Må vi minne om betalingen igjen, kan det komme et purregebyr på 100,00 kr i tillegg."),
        (Language.en, "if we have to remind you again, a reminder fee of DKK 100.00 may be added."),
    ],
)
def test_after_the_due_date_the_next_fee_is_announced(language: Language, said: str) -> None:
    for text in both_parts(mail(letter("overdue", language, charges=charges(language, announced_fee="100.00")))):
        assert said in text


def test_a_letter_with_a_fee_calls_itself_what_the_law_calls_it() -> None:
    assert mail(letter(charges=charges(fee="100.00"))).subject.startswith("Rykker fra Nordlys ApS")
    assert mail(letter()).subject.startswith("Påmindelse fra")
    norwegian = letter("reminder-2", Language.nb, charges=charges(Language.nb, fee="38.00"))
    assert mail(norwegian).subject.startswith("Ny purring fra")


@pytest.mark.parametrize("language", Language)
def test_the_formal_notice_is_complete(language: Language) -> None:
    """Denmark.md 6.6 (a)-(m) and norway.md 6.4 (a)-(e); what was delivered stands on the invoice."""
    en, nb = language is Language.en, language is Language.nb
    needed = ["Nordlys ApS, Havnegade 1, 8000 Aarhus C", "10101010", "Havn A/S, Kajen 2, 9000 Aalborg"]
    needed += ["1001", "1002", "8 May 2026" if en else "8. mai 2026" if nb else "8. maj 2026"]
    needed += ["7 June 2026" if en else "7. juni 2026", "25 August 2026" if en else "25. august 2026"]
    needed += ["konto 0012345678", "bogholderi@nordlys.example", "70 10 20 30"]
    needed += ["delivered" if en else "levert" if nb else "leveret"]
    for text in both_parts(mail(everything("collection-notice", language))):
        assert [one for one in needed if one not in text] == []
        assert ("kan føre til" in text) == nb
        assert "vil medføre" not in text


def test_interest_of_one_day_names_that_day() -> None:
    once = charges(interest="3.42", interest_periods=(period("2026-08-10", "2026-08-10"),))
    assert "Rente: 3,42 kr. (10,05 % p.a. den 10. august 2026)" in both_parts(mail(letter(charges=once)))[0]


def test_interest_that_rounds_to_nothing_is_not_mentioned() -> None:
    nothing = charges(interest="0.00", interest_periods=TWO_PERIODS)
    assert "p.a." not in mail(letter(charges=nothing)).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"principal": Money.of("1", "DKK")}, "invoices do not add up to the principal"),
        ({"total": Money.of("1", "DKK")}, "principal and charges do not add up to the total"),
        ({"charges": charges(fee="100.00"), "total": Money.of("12500", "DKK")}, "charges do not add up to the total"),
        ({"charges": Charges.none("NOK")}, "charges are not all in the currency of the total"),
        ({"charges": charges(announced_fee=Money.of("100", "NOK"))}, "are not all in the currency of the total"),
        ({"principal": Money.of("12500", "NOK")}, "principal and charges are not all in the currency"),
        ({"total": Money.of("12500", "NOK")}, "invoices are not all in the currency of the total"),
        ({"charges": charges(interest="5.00", interest_periods=())}, "without the rates and days"),
        ({"charges": charges(fee="-100.00")}, "a charge is negative"),
        ({"charges": charges(fee="100.00"), "final_date": None}, "carries a fee must set a date to pay by"),
        ({"invoices": ()}, "names no invoice"),
    ],
)
def test_a_letter_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    about = changes.pop("invoices", None)
    written = letter(**changes) if about is None else letter().model_copy(update={"invoices": about})
    with pytest.raises(WordingError, match=said):
        mail(written)


@pytest.mark.parametrize("kind", ["txt", "html"])
@pytest.mark.parametrize("hidden", ["fee", "earlier_fees", "compensation", "interest", "interest_periods"])
def test_a_charge_that_a_template_hides_is_found(tmp_path: Path, hidden: str, kind: str) -> None:
    own = (BUILT_IN / f"_charges.{kind}.j2").read_text(encoding="utf-8").replace(f"{{{{ {hidden} }}}}", "")
    own = re.sub(rf", {hidden}\b", ', ""', own)
    (tmp_path / f"_charges.{kind}.j2").write_text(own, encoding="utf-8")
    found = check_wording((tmp_path, BUILT_IN), (Language.nb,), ("reminder-2",))
    assert [(one.file, one.placeholder) for one in found] == [(f"nb/reminder-2.email.{kind}.j2", hidden)]


def test_a_formal_notice_that_hides_what_was_paid_is_found(tmp_path: Path) -> None:
    own = (BUILT_IN / "_charges.txt.j2").read_text(encoding="utf-8").replace("{{ settled }}", "")
    (tmp_path / "_charges.txt.j2").write_text(own, encoding="utf-8")
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("reminder-2", "collection-notice"))
    assert [(one.file, one.placeholder) for one in found] == [("da/collection-notice.email.txt.j2", "settled")]


@pytest.mark.parametrize("hidden", ["announced_fee", "announced_rate"])
def test_an_announcement_that_a_template_hides_is_found(tmp_path: Path, hidden: str) -> None:
    (tmp_path / "da").mkdir()
    own = (BUILT_IN / "da" / "_announcement.j2").read_text(encoding="utf-8").replace(f"{{{{ {hidden} }}}}", "noget")
    (tmp_path / "da" / "_announcement.j2").write_text(own, encoding="utf-8")
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("nudge",))
    assert {problem.placeholder for problem in found} == {hidden}
