"""What a customer sees: its own invoices, what they have grown to and why, and how to pay. No script runs."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from models.database import transaction
from models.mirror import CustomerRow
from tests.api_fixtures import Api
from tests.page_fixtures import CustomerPage, words
from tests.repeat_customer import late_again
from tests.story import NORWEGIAN, Story

pytestmark = pytest.mark.anyio
OTHER = 2002


async def until_the_twentieth(story: Story) -> None:
    """1001 is overdue with one letter sent, 1002 falls due later."""
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "980.00", "2026-09-15")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-20 10:00", released=True)


async def test_every_figure_with_its_working(story: Story, page: CustomerPage, api: Api) -> None:
    await until_the_twentieth(story)
    page.moment = "2026-08-20 10:00"
    seen = await page.read()
    assert "Nordlys ApS Til Havn A/S Kundenummer 1001" in seen
    assert "At betale i dag 12.658,22 kr. Beløbet gælder den 20. august 2026. Derudover er 980,00 kr." in seen
    assert "4. juli 2026 3. august 2026 17 dage over forfald 12.500,00 kr. – 12.500,00 kr." in seen
    assert "Forfaldne fakturaer 12.500,00 kr. Rente til i dag 58,22 kr. Gebyrer 100,00 kr. I alt 12.658,22 kr." in seen
    assert "3. august 2026 – 19. august 2026: 12.500,00 kr. × 10,00 % om året × 17/365 = 58,22 kr." in seen
    assert "Kilde: renteloven § 5" in seen
    assert "Gebyr i påmindelsen den 11. august 2026, faktura 1001: 100,00 kr. Kilde: renteloven § 9 b" in seen
    assert "Sådan betaler du Reg. 1234 konto 0012345678 Mærk betalingen med 1001" in seen
    assert "Telefon: +45 70 10 20 30 E-mail: bogholderi@nordlys.example CVR-nr. 12345674" in seen
    assert "Påmindelser fortsætter" in seen
    claim = await api.get(f"/cases/{story.case.id}/claim", as_of="2026-08-20")
    assert claim["open"]["total"] == "12658.22"


async def test_before_a_letter_has_claimed_anything_only_the_invoice_is_owed(story: Story, page: CustomerPage) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    page.moment = "2026-07-30 12:00"
    early = await page.read()
    assert "Der er ikke forfaldet noget endnu" in early
    assert "At betale ved forfald 12.500,00 kr." in early
    assert "ikke forfalden" in early
    assert "Bed om en betalingsaftale" not in early
    page.moment = "2026-08-06 12:00"
    late = await page.read()
    assert "At betale i dag 12.500,00 kr." in late
    assert "Rente" not in late


async def test_letters_of_a_case_that_is_closed_claim_no_interest_in_the_next(story: Story, page: CustomerPage) -> None:
    """1002 is six days late on 26 August, and no letter about it has gone; rykker 1 of 1001 went on 11 August."""
    await late_again(story)
    await story.until("2026-08-26 12:00")
    page.moment = "2026-08-26 12:00"
    early = await page.read()
    assert "At betale i dag 80.000,00 kr." in early
    assert "Rente" not in early
    await story.until("2026-08-29 12:00", released=True)
    assert story.sent[-1] == "2026-08-28 09:00 rykker-1"
    page.moment = "2026-08-29 12:00"
    assert "Rente til i dag" in await page.read()


async def test_a_part_payment_is_taken_off(story: Story, page: CustomerPage) -> None:
    await until_the_twentieth(story)
    story.book.register_payment(1001, Decimal("5000.00"), on=date(2026, 8, 19))
    await story.told_by_the_books("2026-08-20 11:00")
    page.moment = "2026-08-20 12:00"
    seen = await page.read()
    assert "12.500,00 kr. 5.000,00 kr. 7.500,00 kr." in seen
    assert "Påmindelserne er sat på pause" in seen


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", "Sådan betaler du Reg. 1234 konto 0012345678 Mærk betalingen med 1001"),
        ("nb", "Slik betaler du Reg. 1234 konto 0012345678 Merk betalingen med 1001"),
        ("en", "How to pay Reg. 1234 konto 0012345678 Reference 1001"),
    ],
)
async def test_the_page_speaks_the_customers_language_whatever_the_browser_says(
    story: Story, page: CustomerPage, language: str, said: str
) -> None:
    await until_the_twentieth(story)
    with transaction(story.engines.database) as session:
        row = session.get_one(CustomerRow, (story.creditor, "1001"))
        row.document = {**row.document, "language": language}
    page.moment = "2026-08-20 10:00"
    response = await page.open(accepts="fr")
    assert f'<html lang="{language}">' in response.text
    assert said in words(response)


async def test_a_norwegian_case_is_shown_by_norwegian_law(story: Story, page: CustomerPage) -> None:
    story.in_norway()
    assert story.settings.country == NORWEGIAN["country"]
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-10 12:00", released=True)
    page.moment = "2026-09-10 12:00"
    seen = await page.read()
    assert "4. august 2026 – 10. september 2026: 4.000,00 NOK × 12,25 % om året × 38/365 = 51,01 NOK" in seen
    assert "Kilde: forsinkelsesrenteloven § 3" in seen
    assert "faktura 1001: 38,00 NOK Kilde: inkassoforskriften §§ 1-2 & 1-3" in seen
    assert "Org.nr. 923609016" in seen


async def test_no_script_no_address_of_others_and_nothing_to_index(story: Story, page: CustomerPage) -> None:
    await until_the_twentieth(story)
    page.moment = "2026-08-20 10:00"
    response = await page.open()
    assert not re.search(r"<script|<img|<link|<iframe|javascript:|\son\w+=|style=", response.text)
    assert not re.search(r'(?:src|action)="https?:', response.text)
    assert '<meta name="robots" content="noindex, nofollow, noarchive">' in response.text
    assert response.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "set-cookie" not in response.headers
    for field in re.findall(r'<(?:input|textarea|select)[^>]* id="(\w+)"', response.text):
        assert f'<label for="{field}">' in response.text


async def test_names_from_the_books_are_never_markup(story: Story, page: CustomerPage) -> None:
    evil = '<script>alert("x")</script>\u202e\r\nSet-Cookie: a=b'
    story.book.add_customer(1001, evil, email=story.email, sales_person=1)
    story.settings = story.settings.model_copy(update={"payment_lines": ("<b>1234</b>",), "phone": '"><i>'})
    await until_the_twentieth(story)
    page.moment = "2026-08-20 10:00"
    response = await page.open()
    assert not re.search("<script|<b>|<i>|\u202e", response.text)
    assert "&lt;script&gt;" in response.text


async def test_the_creditors_own_payment_page_gets_reference_and_amount(story: Story, page: CustomerPage) -> None:
    link = "https://pay.example/?r={reference}&a={amount}"
    story.settings = story.settings.model_copy(update={"payment_link": link, "payment_lines": ()})
    await until_the_twentieth(story)
    page.moment = "2026-08-20 10:00"
    html = (await page.open()).text
    assert 'href="https://pay.example/?r=1001&amp;a=12658.22"' in html
    assert html.count("<svg") == 1
    assert "Scan for at åbne betalingssiden" in html


async def test_an_invoice_is_handed_out_as_a_download_and_only_to_whom_it_was_sent(
    story: Story, page: CustomerPage
) -> None:
    story.book.add_customer(OTHER, "Blik ApS", email="post@blik.example", sales_person=2)
    story.invoice(3003, "4711.00", "2026-08-03", customer=OTHER)
    await until_the_twentieth(story)
    havn, kaj = sorted(story.cases, key=lambda case: case.customer_number)
    page.story, page.moment = story, "2026-08-20 10:00"
    links = {case.customer_number: f"/c/{page.links.token(case.page_key)}" for case in (havn, kaj)}
    found = await page.http.get(f"{links['1001']}/invoices/1001.pdf")
    assert found.content.startswith(b"%PDF")
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"] == "attachment; filename*=UTF-8''1001.pdf"
    assert found.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    for number in ("3003", "9999", "../3003", "%2e%2e%2f3003", "1001%00", "1001%2f..%2f3003"):
        refused = await page.http.get(f"{links['1001']}/invoices/{number}.pdf")
        assert refused.status_code == 404, number
        assert "4711" not in refused.text
    theirs = await page.http.get(links["2002"])
    assert "4.711,00" in theirs.text
    assert "Havn" not in theirs.text
    assert "Blik" not in (await page.http.get(links["1001"])).text


async def test_when_the_books_are_down_the_page_is_there_and_the_invoice_is_not(
    story: Story, page: CustomerPage
) -> None:
    await until_the_twentieth(story)
    page.moment = "2026-08-20 10:00"
    story.engines.economic.fault("status", path="*", status=503, times=0)
    try:
        assert "12.658,22 kr." in await page.read()
        assert "Fakturaen kan ikke hentes lige nu" in await page.read("/invoices/1001.pdf", 503)
    finally:
        story.engines.economic.reset()


async def test_a_closed_case_thanks_and_asks_for_nothing(story: Story, page: CustomerPage) -> None:
    await until_the_twentieth(story)
    for number in (1001, 1002):
        story.book.register_payment(number, on=date(2026, 8, 19))
    await story.told_by_the_books("2026-08-20 11:00")
    await story.until("2026-08-20 12:00")
    assert story.case.state == "closed"
    page.moment = "2026-08-20 12:00"
    seen = await page.open()
    assert "Fakturaerne er betalt. Tak for det!" in words(seen)
    assert "<form" not in seen.text
    assert "kr." not in words(seen)
    assert (await page.send("promise", day="2026-08-21")).headers["location"] == page.path
    assert page.inbox == []
