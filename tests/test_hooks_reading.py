"""What is read out of posted mails and texts, without a case: signatures, topics, character sets, names, addresses."""

from __future__ import annotations

import time
from email import message_from_string
from urllib.parse import urlencode

import pytest
from starlette.datastructures import Headers
from twilio.request_validator import RequestValidator

from activities.inbox_files import LARGEST_FILE, file_name, media_type_of, why_left_out
from activities.reply_address import reply_address, tags_in
from models.settings import Settings
from standins.twilio.inbound import inbound_form, signature
from web.automatic_mail import topic_of
from web.cleaning import cleaned, one_clean_line, text_of_page
from web.inbound_mail import decoded
from web.inbound_text import read_text
from web.inbox_files import disposition
from web.problems import Problem

SETTINGS = Settings(public_url="https://app.example.dk", twilio_auth_token="12345")
INBOUND = {
    "MessageSid": "SM" + "c" * 32,
    "From": "+4512345678",
    "To": "+4592450000",
    "Body": "Jeg har betalt æøå",
    "NumSegments": "1",
}
STATUS = {
    "MessageSid": "SM" + "a" * 32,
    "SmsSid": "SM" + "a" * 32,
    "MessageStatus": "delivered",
    "SmsStatus": "delivered",
    "AccountSid": "AC" + "b" * 32,
    "From": "Firma",
    "To": "+4512345678",
    "ApiVersion": "2010-04-01",
}


def read(
    form: dict[str, str], signed: str, query: str = "", path: str = "/hooks/twilio/inbound", **headers: str
) -> object:
    told = Headers({"x-twilio-signature": signed, **headers})
    return read_text(SETTINGS, path, query, told, urlencode(form).encode())


def test_the_two_known_signatures_are_accepted() -> None:
    incoming = read(INBOUND, "mKJeYTA4zDPFRlXaA2LBynqAf94=")
    assert getattr(incoming, "text", "") == "Jeg har betalt æøå"
    assert read(STATUS, "52twzxTuFKb5Y6d9OCb+6D7s0V0=", "m=42", "/hooks/twilio/status")
    assert signature("12345", "https://app.example.dk/hooks/twilio/inbound", INBOUND) == "mKJeYTA4zDPFRlXaA2LBynqAf94="


@pytest.mark.parametrize(
    ("form", "signed", "query"),
    [
        (INBOUND, "", ""),
        (INBOUND, "mKJeYTA4zDPFRlXaA2LBynqAf95=", ""),
        (INBOUND, "mKJeYTA4zDPFRlXaA2LBynqAf94=", "x=1"),
        (INBOUND, "mKJeYTA4zDPFRlXaA2LBynqAf94=", "bodySHA256=0"),
        ({**INBOUND, "Body": "Jeg har ikke betalt"}, "mKJeYTA4zDPFRlXaA2LBynqAf94=", ""),
        ({**INBOUND, "To": "+4512345678"}, "mKJeYTA4zDPFRlXaA2LBynqAf94=", ""),
        ({}, "mKJeYTA4zDPFRlXaA2LBynqAf94=", ""),
    ],
)
def test_any_other_signature_address_or_text_is_refused(form: dict[str, str], signed: str, query: str) -> None:
    with pytest.raises(Problem) as refused:
        read(form, signed, query)
    assert refused.value.status == 403


def test_the_newer_signature_counts_too_and_an_unknown_one_does_not() -> None:
    url = "https://app.example.dk/hooks/twilio/inbound"
    newer = RequestValidator("12345").compute_signature(url, INBOUND, "HMAC_SHA256")
    named = {"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"}
    assert read(INBOUND, newer, **named)
    for told in ({}, {"x-twilio-webhooks-signature-settings": "key=k,algorithm=NONE"}):
        with pytest.raises(Problem):
            read(INBOUND, newer, **told)


def test_without_a_token_of_our_own_nothing_is_signed() -> None:
    nobody = Settings(public_url="https://app.example.dk", twilio_auth_token="")
    url = "https://app.example.dk/hooks/twilio/inbound"
    headers = Headers({"x-twilio-signature": signature("", url, INBOUND)})
    with pytest.raises(Problem) as refused:
        read_text(nobody, "/hooks/twilio/inbound", "", headers, urlencode(INBOUND).encode())
    assert refused.value.status == 403


def test_a_signed_form_without_a_text_and_one_with_too_many_fields_are_refused() -> None:
    url = "https://app.example.dk/hooks/twilio/inbound"
    for form in ({"Body": "x"}, {f"f{n}": "x" for n in range(300)}):
        with pytest.raises(Problem) as refused:
            read(form, signature("12345", url, form))
        assert refused.value.status == 400


@pytest.mark.parametrize(
    ("headers", "envelope", "sender", "subject", "topic"),
    [
        ("", "bo@havn.example", "bo@havn.example", "Sv: Rykker", "reply"),
        ("Auto-Submitted: no", "bo@havn.example", "bo@havn.example", "", "reply"),
        ("Auto-Submitted: auto-replied (vacation)", "", "bo@havn.example", "", "automatic"),
        ("Auto-Submitted: Auto-Generated; x=y", "b@h.example", "b@h.example", "", "automatic"),
        ("X-Autoreply: yes", "b@h.example", "b@h.example", "", "automatic"),
        ("X-Autorespond:", "b@h.example", "b@h.example", "", "automatic"),
        ("Precedence: Bulk", "b@h.example", "b@h.example", "", "automatic"),
        ("Precedence: auto_reply", "b@h.example", "b@h.example", "", "automatic"),
        ("Precedence: junk", "b@h.example", "b@h.example", "", "automatic"),
        ("Precedence: first-class", "b@h.example", "b@h.example", "", "reply"),
        ("", "", "bo@havn.example", "Re", "bounce"),
        ("", None, "bo@havn.example", "Re", "reply"),
        ("", None, "MAILER-DAEMON@mx.example", "Undelivered", "bounce"),
        ("", "postmaster@mx.example", "x@mx.example", "", "bounce"),
        ("Content-Type: multipart/report; report-type=delivery-status", "b@h.example", "b@h.example", "", "bounce"),
        ("Content-Type: multipart/report; report-type=disposition-notification", "b@h.example", "", "", "automatic"),
        ("", "b@h.example", "b@h.example", "Automatisk svar: ferie", "automatic"),
        ("", "b@h.example", "b@h.example", "Fraværsmelding", "automatic"),
        ("", "b@h.example", "b@h.example", "Out of Office: Re", "automatic"),
        ("", "b@h.example", "b@h.example", "Ikke til stede", "automatic"),
        ("", "b@h.example", "b@h.example", "Sv: Automatisk svar", "reply"),
        ("", "b@h.example", "b@h.example", "Fraværende faktura?", "reply"),
    ],
)
def test_a_machine_is_told_from_a_person(
    headers: str, envelope: str | None, sender: str, subject: str, topic: str
) -> None:
    assert topic_of(message_from_string(f"{headers}\n\n"), envelope, sender, subject) == topic


def test_addresses_for_replies_are_made_and_read() -> None:
    address = reply_address("nordlys", "Ab-_9", "svar.example")
    assert address == "reply+nordlys.Ab-_9@svar.example"
    assert tags_in(["x@y.example", address, f" {address} ", "reply+nordlys@svar.example"]) == [("nordlys", "Ab-_9")]
    assert reply_address("nordlys", "", "svar.example") == ""
    assert reply_address("nordlys", "key", "") == ""
    assert len(reply_address("n" * 40, "k" * 16, "svar.example").partition("@")[0]) == 63
    assert reply_address("n" * 40, "k" * 18, "svar.example") == ""


def test_files_are_known_by_their_first_bytes() -> None:
    assert media_type_of(b"%PDF-1.4") == "application/pdf"
    assert media_type_of(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media_type_of(b"\0\0\0\x18ftypheic") == "image/heic"
    for other in (b"", b"GIF89a", b"<svg", b"\0\0\0\x18ftypisom", b" %PDF-", b"PK\x03\x04"):
        assert media_type_of(other) == ""
    assert why_left_out(b"%PDF-" + b"0" * LARGEST_FILE, 0) == "larger than 10 MB"
    assert why_left_out(b"%PDF-", 5) == "more than 5 files"


def test_names_of_files_are_one_harmless_line() -> None:
    assert file_name("..\\..\\C:\\skade.pdf") == "skade.pdf"
    assert file_name("a\r\nSet-Cookie: x\x00.pdf") == "aSet-Cookie: x.pdf"
    assert file_name("faktura\u202efdp.exe") == "fakturafdp.exe"
    assert file_name("...") == file_name("") == file_name("/") == "file"
    assert len(file_name("x" * 500 + ".pdf")) == 100
    assert file_name("x" * 500 + ".pdf").endswith(".pdf")
    assert disposition('kvittering "1" ærø; x.pdf') == (
        'attachment; filename="kvittering _1_ _r__ x.pdf"; '
        "filename*=UTF-8''kvittering%20%221%22%20%C3%A6r%C3%B8%3B%20x.pdf"
    )


def test_text_is_cleaned_and_pages_are_read() -> None:
    assert cleaned("a\r\nb\rc\x00\x1b\u2066d\ud800") == "a\nb\ncd"
    assert one_clean_line("a\r\nBcc: b\u2028c", 100) == "a Bcc: bc"
    assert text_of_page("<head><title>t</title></head><p>Hej&nbsp;<b>Bo</b><br>ny<style>p{}</style>") == "Hej Bo\nny"
    assert text_of_page("<p>uafsluttet <script>alert(1)") == "uafsluttet"
    assert inbound_form("AC1", "+4520123456", "+45", "x", "SM1", {})["MessageSid"] == "SM1"


def test_a_text_longer_than_anybody_reads_is_cut_before_it_costs_time() -> None:
    began = time.perf_counter()
    for text in ("x" * 30_000_000, "\x00" * 30_000_000, "<p>" * 10_000_000):
        assert len(cleaned(text)) < 21_000
        assert len(one_clean_line(text, 300)) <= 300
        assert len(text_of_page(text)) <= 500_000
    assert time.perf_counter() - began < 20
    assert cleaned("x" * 20_001).endswith("[The rest is left out.]")
    assert cleaned("x" * 20_000).endswith("x")


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Ærø".encode(), "utf-8", "Ærø"),
        ("Ærø".encode("latin-1"), "iso-8859-1", "Ærø"),
        ("Ærø €".encode("cp1252"), "windows-1252", "Ærø €"),
        ("Ærø".encode(), "no-such-set", "Ærø"),
        ("Ærø".encode("latin-1"), "utf-8", "Ærø"),
        (b"a-b", "punycode", "a-b"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        (b"QQ==", "base64", "QQ=="),
    ],
)
def test_a_part_is_read_in_the_character_set_that_it_names(content: bytes, charset: str, text: str) -> None:
    assert decoded(content.decode("latin-1"), charset) == text
