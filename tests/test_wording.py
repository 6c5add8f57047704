"""What customers read: each wording in each language, and what a creditor's own templates may and may not do."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.channels.gsm7 import to_gsm7
from activities.wording import BUILT_IN, PLACEHOLDERS, WordingError, check_wording, render, sms_segments
from models.letters import Channel, Language, Letter, LetterInvoice, Rendered
from models.money import Money, total

WORDINGS = ("nudge", "reminder-1", "reminder-2", "collection-notice")
BOTH = (Channel.email, Channel.sms)
SENT = date(2026, 8, 11)
NBSP = "\N{NO-BREAK SPACE}"


def invoice(number: str, days_late: int = 8, amount: str = "12500.00", paid: str = "0", currency: str = "DKK") -> Any:
    due = SENT - timedelta(days=days_late)
    whole = Money.of(amount, currency)
    return LetterInvoice(
        number=number,
        invoice_date=due - timedelta(days=30),
        due_date=due,
        days_late=days_late,
        amount=whole,
        outstanding=whole - Money.of(paid, currency),
    )


def letter(
    wording: str = "reminder-1", language: Language = Language.da, *invoices: LetterInvoice, **changes: Any
) -> Letter:
    currency = "NOK" if language is Language.nb else "DKK"
    about = invoices or (invoice("1001", -4 if wording == "nudge" else 8, currency=currency),)
    values: dict[str, Any] = {
        "wording": wording,
        "language": language,
        "creditor_name": "Nordlys ApS",
        "creditor_address": "Havnegade 1, 8000 Aarhus C",
        "creditor_registration_number": "10101010",
        "sender_name": "Mette Holm",
        "reply_to": "bogholderi@nordlys.example",
        "phone": "70 10 20 30",
        "customer_name": "Havn A/S",
        "customer_number": "4711",
        "customer_address": "Kajen 2, 9000 Aalborg",
        "letter_date": SENT,
        "final_date": SENT + timedelta(days=14),
        "invoices": about,
        "also_open": (),
        "total": total([one.outstanding for one in about], about[0].outstanding.currency),
        "payment_lines": ("reg.nr. 1234, konto 0012345678",),
        "payment_reference": "REF-1001",
        "case_code": "K7Q2",
    }
    return Letter.model_validate({**values, **changes})


def mail(written: Letter, *folders: Path) -> Rendered:
    return render(written, (Channel.email,), (*folders, BUILT_IN))[0]


def sms(written: Letter, *folders: Path) -> str:
    return render(written, (Channel.sms,), (*folders, BUILT_IN))[0].text


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def replaced(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, text: str, name: str = "da/reminder-1.email.txt.j2") -> WordingError:
    replaced(folder, name, text)
    with pytest.raises(WordingError) as raised:
        render(letter(), BOTH, (folder, BUILT_IN))
    return raised.value


def test_the_built_in_wording_has_no_problem() -> None:
    assert check_wording((BUILT_IN,), tuple(Language), WORDINGS) == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_every_mail_names_what_the_customer_needs(language: Language, wording: str) -> None:
    also = invoice("3001", 1, "300.00", currency="NOK" if language is Language.nb else "DKK")
    rendered = mail(letter(wording, language, also_open=(also,)))
    amount = {"da": f"12.500,00{NBSP}kr.", "nb": f"12{NBSP}500,00{NBSP}kr", "en": f"DKK{NBSP}12,500.00"}[language]
    due = {"da": "3. august 2026", "nb": "3. august 2026", "en": "3 August 2026"}[language]
    due = due.replace("3", "15", 1) if wording == "nudge" else due
    for text in (rendered.text, plain(rendered.html)):
        for needed in (amount, due, "1001", "3001", "reg.nr. 1234, konto 0012345678", "REF-1001", "K7Q2"):
            assert needed in text
        for needed in ("Nordlys ApS", "Mette Holm", "Havn A/S", "bogholderi@nordlys.example", "70 10 20 30"):
            assert needed in text
        assert wording == "nudge" or "25" in text
    assert "1001" in rendered.subject
    assert "Nordlys ApS" in rendered.subject


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_every_text_is_short_plain_and_complete(language: Language, wording: str) -> None:
    text = sms(letter(wording, language))
    assert len(text) <= 320
    assert sms_segments(text) <= 3
    assert to_gsm7(text) == text
    assert NBSP not in text
    for needed in ("1001", "500,00" if language is not Language.en else "500.00", "konto 0012345678", "REF-1001"):
        assert needed in text
    assert text.endswith("K7Q2")
    assert "inkasso" not in text.lower()


@pytest.mark.parametrize(
    ("language", "start"), [(Language.da, "3 fakturaer, i alt 13.100,50 kr."), (Language.nb, "3 f")]
)
def test_several_invoices_are_summed_up_in_a_text(language: Language, start: str) -> None:
    currency = "NOK" if language is Language.nb else "DKK"
    three = [invoice("1001", currency=currency), invoice("1002", 6, "500.00", currency=currency)]
    text = sms(letter("reminder-1", language, *three, invoice("1003", 4, "100.50", currency=currency)))
    assert start in text
    assert "1001, 1002 og 1003" in text
    assert len(text) <= 320


def test_many_invoices_do_not_make_a_long_text_or_subject() -> None:
    many = letter("reminder-2", Language.da, *(invoice(str(1001 + place)) for place in range(30)))
    assert "1001, 1002, 1003 og 27 andre" in sms(many)
    assert len(sms(many)) <= 360
    assert len(mail(many).subject) < 100
    assert all(str(1001 + place) in mail(many).text for place in range(30))


def test_a_part_payment_shows_amount_paid_and_rest() -> None:
    part = letter("reminder-2", Language.da, invoice("1001", paid="5000.00"))
    for text in (mail(part).text, plain(mail(part).html)):
        for amount in ("12.500,00", "5.000,00", "7.500,00"):
            assert f"{amount}{NBSP}kr." in text
    assert "Betalt eller krediteret" not in mail(letter()).text


def test_days_late_are_counted_in_the_customers_words() -> None:
    assert "(1 dag over forfald)" in mail(letter("reminder-1", Language.da, invoice("1", 1))).text
    assert "(8 dager over forfall)" in mail(letter("reminder-1", Language.nb, invoice("1", 8))).text
    assert "over forfald" not in mail(letter("nudge")).text


def test_foreign_money_is_written_with_its_currency() -> None:
    euro = letter("reminder-1", Language.da, invoice("1001", amount="1234.50", currency="EUR"))
    assert f"1.234,50{NBSP}€" in mail(euro).text
    assert "1.234,50 €" in sms(euro)
    krona = letter("reminder-1", Language.nb, invoice("1001", amount="1234.50", currency="ISK"))
    assert f"1{NBSP}234,50{NBSP}ISK" in mail(krona).text


@pytest.mark.parametrize(
    ("language", "heading", "consequence"),
    [
        (Language.da, "INKASSOVARSEL", "senest den 25. august 2026, overgiver vi kravet til inkasso"),
        (Language.nb, "INKASSOVARSEL", "betalt innen 25. august 2026, sender vi det til inkasso"),
        (Language.en, "NOTICE BEFORE DEBT COLLECTION", "paid by 25 August 2026, we will pass the claim on"),
    ],
)
def test_a_collection_notice_has_heading_parties_deadline_and_consequence(
    language: Language, heading: str, consequence: str
) -> None:
    rendered = mail(letter("collection-notice", language))
    for needed in (heading, consequence, "Havnegade 1, 8000 Aarhus C", "10101010", "Kajen 2, 9000 Aalborg"):
        assert needed.lower() in rendered.text.lower()
        assert needed.lower() in plain(rendered.html).lower()


def test_only_a_collection_notice_speaks_of_collection() -> None:
    for language in Language:
        for wording in WORDINGS[:-1]:
            rendered = mail(letter(wording, language))
            assert not re.search("inkasso|collection", rendered.text + rendered.html, re.IGNORECASE)


def test_a_collection_notice_without_a_final_date_or_a_way_to_object_is_refused() -> None:
    with pytest.raises(WordingError, match="needs a final date"):
        mail(letter("collection-notice", final_date=None))
    with pytest.raises(WordingError, match="needs an address for objections"):
        mail(letter("collection-notice", reply_to=" "))


def test_a_reminder_without_a_deadline_does_not_invent_one() -> None:
    rendered = mail(letter("reminder-1", final_date=None))
    assert "inden for de nærmeste dage" in rendered.text
    assert "None" not in rendered.text + rendered.html


def test_a_letter_whose_invoices_do_not_add_up_is_refused() -> None:
    with pytest.raises(WordingError, match="do not add up"):
        mail(letter(total=Money.of("1", "DKK")))
    with pytest.raises(WordingError, match="currency of the total"):
        mail(letter("reminder-1", Language.da, invoice("1", currency="EUR"), total=Money.of("12500", "DKK")))
    with pytest.raises(WordingError, match="names no invoice"):
        mail(letter().model_copy(update={"invoices": ()}))


def test_html_needs_nothing_from_outside_and_is_made_for_a_phone() -> None:
    html = mail(letter()).html
    assert not re.search(r"<(img|link|script|iframe|form)\b|https?:|url\(|@import|<style", html)
    assert 'name="viewport"' in html
    assert "max-width:600px" in html
    assert '<html lang="da">' in html


def test_channels_come_in_the_order_asked_for_and_a_call_has_no_wording() -> None:
    rendered = render(letter(), (Channel.sms, Channel.phone, Channel.email), (BUILT_IN,))
    assert [one.channel for one in rendered] == [Channel.sms, Channel.email]


FORGED = "Evil\r\nBcc: all@firma.dk\u2028\u202e\x00<b>&{{ 7*7 }}"


@pytest.mark.parametrize("wording", WORDINGS)
def test_no_name_can_forge_a_header_a_line_or_markup(wording: str) -> None:
    names = ("creditor_name", "customer_name", "sender_name", "case_code", "phone", "reply_to", "payment_reference")
    also = ("creditor_address", "customer_address", "creditor_registration_number", "customer_number")
    changes = {"payment_lines": (FORGED,), "invoices": (invoice(FORGED),)}
    written = letter(wording, Language.da, **dict.fromkeys((*names, *also), FORGED), **changes)
    rendered = mail(written)
    assert "\n" not in rendered.subject
    assert "\r" not in rendered.subject + rendered.text
    assert not re.search(r"^Bcc:", rendered.text, re.MULTILINE)
    assert not set(rendered.subject) & {"\u2028", "\u202e", "\x00"}
    assert "<b>" not in rendered.html
    assert "&lt;b&gt;&amp;{{ 7*7 }}" in rendered.html
    assert "\n" not in sms(written)


@settings(max_examples=60, deadline=None)
@given(name=st.text(min_size=1, max_size=30))
def test_whatever_a_customer_is_called_the_subject_is_one_line_and_the_page_is_safe(name: str) -> None:
    rendered = mail(letter("nudge", creditor_name=name, customer_name=name))
    assert rendered.subject.splitlines() == [rendered.subject]
    assert rendered.html.count("<") == mail(letter("nudge")).html.count("<")
    rendered.html.encode("utf-8")


def test_a_creditor_may_replace_a_single_file(tmp_path: Path) -> None:
    replaced(tmp_path, "da/reminder-1.subject.txt.j2", "Hov, {{ customer_name }}!\n")
    rendered = mail(letter(), tmp_path)
    assert rendered.subject == "Hov, Havn A/S!"
    assert rendered.text == mail(letter()).text
    assert mail(letter("nudge"), tmp_path) == mail(letter("nudge"))


def test_a_creditor_may_replace_a_shared_part(tmp_path: Path) -> None:
    labels = (BUILT_IN / "da" / "_labels.j2").read_text(encoding="utf-8")
    replaced(tmp_path, "da/_labels.j2", labels.replace("Sådan betaler du", "Betalingsoplysninger"))
    rendered = mail(letter(), tmp_path)
    assert "Betalingsoplysninger" in rendered.text
    assert "Betalingsoplysninger" in rendered.html


def test_a_changed_file_is_seen_at_once(tmp_path: Path) -> None:
    assert mail(letter(), tmp_path).subject == mail(letter()).subject
    replaced(tmp_path, "da/reminder-1.subject.txt.j2", "Ny tekst")
    assert mail(letter(), tmp_path).subject == "Ny tekst"


def test_an_unknown_placeholder_is_named_with_its_place_and_the_known_ones(tmp_path: Path) -> None:
    error = refusal(tmp_path, "Hej\n\nDu skylder {{ totl }}\n")
    assert (error.problem.file, error.problem.line, error.problem.placeholder) == (
        "da/reminder-1.email.txt.j2",
        3,
        "totl",
    )
    assert "line 3: there is no placeholder totl. Did you mean total?" in str(error)
    assert all(name in str(error) for name in PLACEHOLDERS)
    assert str(tmp_path) not in str(error)


def test_an_unknown_field_of_an_invoice_is_named_with_the_fields_there_are(tmp_path: Path) -> None:
    error = refusal(tmp_path, "{% for invoice in invoices %}\n{{ invoice.amont }}\n{% endfor %}")
    assert (error.problem.line, error.problem.placeholder) == (2, "amont")
    assert "Did you mean amount?" in str(error)
    assert "outstanding" in str(error)


def test_a_syntax_error_is_named_with_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, "Hej\n{% if total %}\nDu skylder {{ total \n", "da/reminder-1.sms.txt.j2")
    assert error.problem.file == "da/reminder-1.sms.txt.j2"
    assert error.problem.line == 3


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer_name.__class__ }}",
        "{{ customer_name.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''.__class__ }}",
        "{{ invoices[0].__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ '%s' | format(1) }}",
        "{{ customer_name | safe }}",
        "{{ customer_name | attr('__class__') }}",
        "{{ range(9) }}",
        "{{ '{0.__class__}'.format(customer_name) }}",
        "{% include '../../../pyproject.toml' %}",
        "{% include '/etc/passwd' %}",
        "{{ total / 0 }}",
        "{{ 1 / 0 }}",
        "{% set x = invoices.append(1) %}",
    ],
)
def test_a_template_can_reach_nothing_but_the_letter(tmp_path: Path, text: str) -> None:
    problem = refusal(tmp_path, f"Hej\n{text}\n").problem
    assert problem.line in (2, None)
    assert problem.reason


def test_a_text_part_used_in_html_is_escaped_too(tmp_path: Path) -> None:
    replaced(tmp_path, "da/_hello.j2", "{% macro hello(name) %}Hej {{ name }}{% endmacro %}")
    replaced(tmp_path, "da/nudge.email.html.j2", '{% from "da/_hello.j2" import hello %}{{ hello(customer_name) }}')
    assert mail(letter("nudge", customer_name="<b>"), tmp_path).html == "Hej &lt;b&gt;\n"


def test_a_missing_wording_is_named() -> None:
    with pytest.raises(WordingError, match=r"da/farewell\.subject\.txt\.j2: no wording folder has this file"):
        mail(letter("farewell"))
    with pytest.raises(WordingError, match="no wording folder"):
        mail(letter("../nb/nudge"))


def test_an_empty_subject_and_an_overlong_text_are_refused(tmp_path: Path) -> None:
    assert "empty" in str(refusal(tmp_path, "\n  \n", "da/reminder-1.subject.txt.j2"))
    replaced(tmp_path, "da/reminder-1.subject.txt.j2", "Emne")
    assert "1600" in str(refusal(tmp_path, "x" * 1601, "da/reminder-1.sms.txt.j2"))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("da/nudge.sms.txt.j2", "{% if days_late > 900 %}{{ totl }}{% endif %}Hej", "no placeholder totl"),
        ("da/nudge.sms.txt.j2", "{% if total %}", "Unexpected end of template"),
        ("da/nudge.sms.txt.j2", "{{ total | bold }}", "No filter named 'bold'"),
        ("da/_labels.j2", "{% set invoice = total_sum %}", "no placeholder total_sum"),
        ("da/nudge.email.html.j2", "{% autoescape false %}{{ total }}{% endautoescape %}", "escaping may not be"),
        ("da/nudge.email.txt.j2", "Hej {{ customer_name }}", "payment_lines is never named"),
        ("da/nudge.email.html.j2", "<p>{{ total }}</p>", "invoice_numbers is never named"),
    ],
)
def test_checking_finds_what_a_letter_would_trip_over_later(tmp_path: Path, name: str, text: str, problem: str) -> None:
    replaced(tmp_path, name, text)
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("nudge",))
    assert any(problem in str(one) and one.file == name for one in found), [str(one) for one in found]


def test_a_collection_notice_that_hides_its_final_date_is_found(tmp_path: Path) -> None:
    own = (BUILT_IN / "da" / "collection-notice.email.txt.j2").read_text(encoding="utf-8")
    replaced(tmp_path, "da/collection-notice.email.txt.j2", own.replace("{{ final_date }}", "snart"))
    found = check_wording((tmp_path, BUILT_IN), (Language.da,), ("collection-notice",))
    assert [(one.file, one.placeholder) for one in found] == [("da/collection-notice.email.txt.j2", "final_date")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("æøåÆØÅéü" * 20, 1),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 2 + "a" * 152, 3),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("a" * 69 + "–", 1),
        ("a" * 70 + "–", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 66 + "😀" + "a" * 66, 3),
    ],
)
def test_segments_are_counted_in_units_and_pairs_are_not_split(text: str, parts: int) -> None:
    assert sms_segments(text) == parts


def test_look_alikes_become_plain_and_what_has_no_counterpart_stays() -> None:
    odd = "“Café” – l’hôtel…\u00a012\u202f500 • Þór Đặng ½"
    assert to_gsm7(odd) == '"Café" - l\'hotel... 12 500 - Thór Dang ½'.replace("ó", "o")
    assert to_gsm7("æøå ÆØÅ äöü €[]{}") == "æøå ÆØÅ äöü €[]{}"
    assert to_gsm7("a\u0308rlig Ωμέγα") == "ärlig Ωμέγα"
    assert to_gsm7("日本") == "日本"
