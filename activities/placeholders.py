"""What a template may name: the values of a letter, written out in the customer's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from models.letters import InterestPeriod, Language, Letter, LetterInstalment, LetterInvoice
from models.money import Money, total

_LOCALES = {Language.da: "da_DK", Language.nb: "nb_NO", Language.en: "en_GB"}
_AND = {Language.da: "og", Language.nb: "og", Language.en: "and"}
_MORE = {Language.da: "andre", Language.nb: "andre", Language.en: "more"}
_PERCENT = {Language.da: "\N{NO-BREAK SPACE}%", Language.nb: "\N{NO-BREAK SPACE}%", Language.en: "%"}
_PERIOD = {
    Language.da: "{rate} p.a. fra og med {first} til og med {last}",
    Language.nb: "{rate} p.a. fra og med {first} til og med {last}",
    Language.en: "{rate} p.a. from {first} up to and including {last}",
}
_ONE_DAY = {
    Language.da: "{rate} p.a. den {first}",
    Language.nb: "{rate} p.a. for {first}",
    Language.en: "{rate} p.a. on {first}",
}

NAMED_AT_MOST = 3
"""Invoice numbers written out in a subject or SMS; the rest are counted there and listed in the e-mail."""
SMS_PAYMENT_LENGTH = 80
"""Characters that the ways to pay may take in an SMS; the e-mail has all of them."""


@dataclass(frozen=True)
class InvoicePlaceholders:
    """One invoice as a template sees it."""

    number: str
    invoice_date: str
    due_date: str
    days_late: int
    """Negative before the due date."""
    amount: str
    outstanding: str
    settled: str
    """What has been paid or credited on it; empty when nothing has."""


@dataclass(frozen=True)
class Placeholders:
    """Everything a template may name; the fields of `Letter` as text, and what follows from them."""

    language: str
    creditor_name: str
    creditor_address: str
    creditor_registration_number: str
    sender_name: str
    reply_to: str
    phone: str
    customer_name: str
    customer_number: str
    customer_address: str
    letter_date: str
    final_date: str
    """Empty where the step gives no deadline."""
    invoices: tuple[InvoicePlaceholders, ...]
    invoice_numbers: str
    due_date: str
    """The earliest due date of `invoices`."""
    days_late: int
    """Days since `due_date`, negative before it."""
    also_open: tuple[InvoicePlaceholders, ...]
    also_open_numbers: str
    principal: str
    """What is left to pay of `invoices`, without any charge."""
    settled: str
    """What has been paid or credited on `invoices` in all; empty when nothing has."""
    has_charges: bool
    """Whether `total` is more than `principal`."""
    fee: str
    """The fee of this letter; like every charge empty when there is none, so that its line is left out."""
    earlier_fees: str
    """Fees of earlier letters that are still open."""
    fees: str
    """`fee` and `earlier_fees` together."""
    compensation: str
    interest: str
    interest_periods: str
    """Rates and days that `interest` was calculated with."""
    announced_fee: str
    """The fee that a later reminder may carry; empty when none will."""
    announced_rate: str
    """Interest a year that late payment may bear, with its percent sign; empty when nothing is announced."""
    total: str
    """Everything to pay: `principal` and all charges; where an instalment is reminded of, what is open of it."""
    previous_letter_date: str
    """When the reminder before this one was sent; empty for the first."""
    payment_lines: tuple[str, ...]
    ways_to_pay: str
    """As many payment lines as an SMS has room for, the first one always."""
    payment_reference: str
    case_code: str
    page_url: str
    """The customer's page: invoices, ways to pay, a question, a plan. Empty where there is none."""
    page_url_in_texts: str
    """The same for an SMS; empty as well where the creditor keeps links out of texts."""
    instalment_number: int
    """The instalment of a payment plan that is reminded of, counted from 1; 0 in every other letter."""
    instalment_count: int
    instalment_due_date: str
    instalment_amount: str
    instalment_settled: str
    plan_left: str
    """What is left to pay of the plan, this instalment included."""


def placeholders(letter: Letter) -> Placeholders:
    """The values of one letter; text from outside is made one line, so that it cannot begin a line of its own."""
    language, oldest = letter.language, min(letter.invoices, key=lambda invoice: invoice.due_date)
    lines = tuple(one_line(line) for line in letter.payment_lines)
    charges, currency = letter.charges, letter.total.currency
    settled = [paid for i in letter.invoices if (paid := i.amount - i.outstanding).minor > 0]
    return Placeholders(
        language=language.value,
        creditor_name=one_line(letter.creditor_name),
        creditor_address=one_line(letter.creditor_address),
        creditor_registration_number=one_line(letter.creditor_registration_number),
        sender_name=one_line(letter.sender_name),
        reply_to=one_line(letter.reply_to),
        phone=one_line(letter.phone),
        customer_name=one_line(letter.customer_name),
        customer_number=one_line(letter.customer_number),
        customer_address=one_line(letter.customer_address),
        letter_date=written_date(letter.letter_date, language),
        final_date=_date_if_any(letter.final_date, language),
        invoices=tuple(_invoice(invoice, language) for invoice in letter.invoices),
        invoice_numbers=_numbers(letter.invoices, language),
        due_date=written_date(oldest.due_date, language),
        days_late=oldest.days_late,
        also_open=tuple(_invoice(invoice, language) for invoice in letter.also_open),
        also_open_numbers=_numbers(letter.also_open, language),
        principal=written_money(letter.principal, language),
        settled=_unless_zero(total(settled, currency), language),
        has_charges=charges.sum.minor != 0,
        fee=_unless_zero(charges.fee, language),
        earlier_fees=_unless_zero(charges.earlier_fees, language),
        fees=_unless_zero(charges.fee + charges.earlier_fees, language),
        compensation=_unless_zero(charges.compensation, language),
        interest=_unless_zero(charges.interest, language),
        interest_periods="; ".join(_period(p, language) for p in charges.interest_periods if charges.interest.minor),
        announced_fee=_unless_zero(charges.announced_fee, language) if charges.announced_fee else "",
        announced_rate=written_rate(charges.announced_rate, language) if charges.announced_rate else "",
        total=written_money(letter.total, language),
        previous_letter_date=_date_if_any(letter.previous_letter_date, language),
        payment_lines=lines,
        ways_to_pay=_fitting(lines),
        payment_reference=one_line(letter.payment_reference),
        case_code=one_line(letter.case_code),
        page_url=letter.page_url,
        page_url_in_texts=letter.page_url if letter.link_in_texts else "",
        **_instalment(letter.instalment, language),
    )


def written_money(money: Money, language: Language) -> str:
    """`12.500,00 kr.`, `12 500,00 kr`, `DKK 12,500.00`; spaces inside an amount are non-breaking."""
    pattern = "¤¤\N{NO-BREAK SPACE}#,##0.00" if language is Language.en else None
    # Two decimals whatever the currency: Money holds hundredths, and some currencies would drop them.
    return str(format_currency(money.amount, money.currency, pattern, locale=_LOCALES[language], currency_digits=False))


def written_date(day: date, language: Language) -> str:
    """`3. august 2026` in Danish and Norwegian, `3 August 2026` in English."""
    return str(format_date(day, "d MMMM y" if language is Language.en else "d. MMMM y", locale=_LOCALES[language]))


def written_rate(rate: Decimal, language: Language) -> str:
    """`10,05 %` in Danish and Norwegian, `10.05%` in English; never fewer than two decimals."""
    return str(format_decimal(rate, "0.00####", locale=_LOCALES[language])) + _PERCENT[language]


def one_line(text: str) -> str:
    """Text without line breaks, control and invisible characters, so that no name can forge a header or a line."""
    visible = (
        " " if category in ("Cc", "Cs", "Zl", "Zp") else char
        for char in text
        if (category := unicodedata.category(char)) != "Cf"
    )
    return " ".join("".join(visible).split())


def _invoice(invoice: LetterInvoice, language: Language) -> InvoicePlaceholders:
    settled = invoice.amount - invoice.outstanding
    return InvoicePlaceholders(
        number=one_line(invoice.number),
        invoice_date=written_date(invoice.invoice_date, language),
        due_date=written_date(invoice.due_date, language),
        days_late=invoice.days_late,
        amount=written_money(invoice.amount, language),
        outstanding=written_money(invoice.outstanding, language),
        settled=written_money(settled, language) if settled.minor > 0 else "",
    )


def _instalment(part: LetterInstalment | None, language: Language) -> dict[str, Any]:
    return {
        "instalment_number": part.number if part else 0,
        "instalment_count": part.count if part else 0,
        "instalment_due_date": _date_if_any(part.due_date if part else None, language),
        "instalment_amount": written_money(part.amount, language) if part else "",
        "instalment_settled": _unless_zero(part.amount - part.outstanding, language) if part else "",
        "plan_left": written_money(part.plan_left, language) if part else "",
    }


def _period(period: InterestPeriod, language: Language) -> str:
    pattern = _ONE_DAY if period.first_day == period.last_day else _PERIOD
    first, last = written_date(period.first_day, language), written_date(period.last_day, language)
    return pattern[language].format(rate=written_rate(period.rate, language), first=first, last=last)


def _unless_zero(money: Money, language: Language) -> str:
    return written_money(money, language) if money.minor else ""


def _date_if_any(day: date | None, language: Language) -> str:
    return written_date(day, language) if day else ""


def _numbers(invoices: Sequence[LetterInvoice], language: Language) -> str:
    """`1001`, `1001 og 1002`, `1001, 1002, 1003 og 4 andre`."""
    names = [one_line(invoice.number) for invoice in invoices]
    if len(names) > NAMED_AT_MOST + 1:
        names = [*names[:NAMED_AT_MOST], f"{len(names) - NAMED_AT_MOST} {_MORE[language]}"]
    return f" {_AND[language]} ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _fitting(lines: Sequence[str]) -> str:
    """Lines joined by commas, as long as they fit; the first is never left out."""
    chosen = list(lines[:1])
    for line in lines[1:]:
        if len(", ".join([*chosen, line])) > SMS_PAYMENT_LENGTH:
            break
        chosen.append(line)
    return ", ".join(chosen).rstrip(" .")
