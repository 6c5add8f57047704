"""What customers read: each wording in each language says what it must, in one tone, and nothing can be forged."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.channels.gsm7 import to_gsm7
from activities.wording import BUILT_IN, WordingError, check_wording, render, sms_segments
from models.letters import Channel, Language
from tests.letters import NBSP, WORDINGS, charges, currency_of, invoice, letter, mail, plain, sms


def test_the_built_in_wording_has_no_problem() -> None:
    assert check_wording((BUILT_IN,), tuple(Language), WORDINGS) == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_every_mail_names_what_the_customer_needs(language: Language, wording: str) -> None:
    also = invoice("3001", 1, "300.00", currency=currency_of(language))
    rendered = mail(letter(wording, language, also_open=(also,)))
    amount = {"da": f"12.500,00{NBSP}kr.", "nb": f"12{NBSP}500,00{NBSP}kr", "en": f"DKK{NBSP}12,500.00"}[language]
    day = {"nudge": "15", "due-date": "11", "overdue": "9"}.get(wording, "3")
    due = f"{day} August 2026" if language is Language.en else f"{day}. august 2026"
    for text in (rendered.text, plain(rendered.html)):
        for needed in (amount, due, "1001", "3001", "reg.nr. 1234, konto 0012345678", "REF-1001", "K7Q2"):
            assert needed in text
        for needed in ("Nordlys ApS", "Mette Holm", "Havn A/S", "bogholderi@nordlys.example", "70 10 20 30"):
            assert needed in text
        assert "25" in text
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
    currency = currency_of(language)
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
        (Language.da, "Inkassovarsel\n", "senest den 25. august 2026, overgiver vi kravet til inkasso"),
        (Language.nb, "Inkassovarsel\n", "betalt innen 25. august 2026, sender vi det til inkasso"),
        (
            Language.en,
            "Notice before debt collection (inkassovarsel)\n",
            "paid by 25 August 2026, we will pass the claim on",
        ),
    ],
)
def test_a_collection_notice_has_heading_parties_deadline_and_consequence(
    language: Language, heading: str, consequence: str
) -> None:
    rendered = mail(letter("collection-notice", language))
    assert rendered.text.startswith(heading)
    for needed in (heading, consequence, "Havnegade 1, 8000 Aarhus C", "10101010", "Kajen 2, 9000 Aalborg"):
        assert needed in rendered.text
        assert needed in plain(rendered.html)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_no_wording_threatens_shouts_or_flatters(language: Language, wording: str) -> None:
    """The style of norway.md section 12 and what denmark.md 7.1 forbids."""
    claimed = charges(language, fee="100.00", interest="12.00", compensation="310.00", announced_fee="100.00")
    rendered = mail(letter(wording, language, charges=claimed, previous_letter_date=date(2026, 7, 23)))
    words = rendered.subject + rendered.text.replace("K7Q2", "").replace("REF", "")
    assert not re.search("inkasso|collection", words, re.IGNORECASE) or wording == "collection-notice"
    assert not re.search("retten|fogd|foged|politi|RKI|Kjære|Kære|vennligst|umiddelbart|straks", words)
    assert not re.search("betalingsanmerkning|betaling i dag|court|legal action|immediately", words, re.IGNORECASE)
    assert not re.search(r"\b[A-ZÆØÅ]{4,}\b|!|#", words)


@pytest.mark.parametrize("language", Language)
def test_the_due_date_is_named_as_a_date_and_never_as_today(language: Language) -> None:
    """It may leave a day early or late: a date stays true, `today` does not."""
    due = "11 August 2026" if language is Language.en else "11. august 2026"
    on_time = letter("due-date", language)
    late = letter("due-date", language, invoice("1001", 2, currency=currency_of(language)))
    rendered = mail(on_time)
    for text in (rendered.subject, rendered.text, plain(rendered.html), sms(on_time)):
        assert due in text
        assert not re.search("i dag|today", text, re.IGNORECASE)
    assert re.search("forfalder den|forfaller|is due on", rendered.text)
    assert re.search("forfaldt den|forfalt 9|was due on", mail(late).text)


def test_each_step_has_its_own_tone() -> None:
    slip, help_, instalments = "smutte i en travl hverdag", "Vi hjælper gerne, hvis noget", "betaling i rater"
    said = {wording: mail(letter(wording)).text for wording in WORDINGS}
    assert [wording for wording, text in said.items() if slip in text] == ["overdue"]
    assert [wording for wording, text in said.items() if help_ in text] == ["reminder-1"]
    assert [wording for wording, text in said.items() if instalments in text] == ["reminder-2"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.da, "Vi sendte dig en påmindelse den 23. juli 2026."),
        (Language.nb, "Vi sendte deg en påminnelse 23. juli 2026."),
        (Language.en, "We sent you a reminder on 23 July 2026."),
    ],
)
def test_the_second_reminder_names_the_first_where_there_was_one(language: Language, said: str) -> None:
    again = mail(letter("reminder-2", language, previous_letter_date=date(2026, 7, 23)))
    assert said in again.text
    assert said in plain(again.html)
    assert said[:12] not in mail(letter("reminder-2", language)).text


def test_a_collection_notice_without_a_final_date_or_a_way_to_object_is_refused() -> None:
    with pytest.raises(WordingError, match="needs a final date"):
        mail(letter("collection-notice", final_date=None))
    with pytest.raises(WordingError, match="needs an address for objections"):
        mail(letter("collection-notice", reply_to=" "))


def test_a_reminder_without_a_deadline_does_not_invent_one() -> None:
    rendered = mail(letter("reminder-1", final_date=None))
    assert "inden for de nærmeste dage" in rendered.text
    assert "None" not in rendered.text + rendered.html


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


PAGE = "https://rykker.example/c/k7Qz_3vB-9xTn5Lw.0123456789abcdefghijklmnopA"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("wording", WORDINGS)
def test_every_message_names_the_customers_page(language: Language, wording: str) -> None:
    written = letter(wording, language, page_url=PAGE)
    rendered, text = mail(written), sms(written)
    assert rendered.text.count(f"\n{PAGE}\n") == 1
    assert f'<a href="{PAGE}"' in rendered.html
    assert f">{PAGE}</a>" in rendered.html
    assert f": {PAGE} " in text  # nothing that a telephone might take for a part of it
    assert sms_segments(text) <= 3
    assert to_gsm7(text) == text


@pytest.mark.parametrize("wording", WORDINGS)
def test_without_a_page_nothing_of_it_is_said(wording: str) -> None:
    assert "/c/" not in sms(letter(wording, page_url=PAGE, link_in_texts=False))
    without = mail(letter(wording))
    assert "bed om en aftale:" not in without.text + without.html
    assert "betal eller spørg:" not in sms(letter(wording))
