"""Letters for the tests of what customers read, in few words."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from activities.wording import BUILT_IN, render
from models.letters import Channel, Charges, InterestPeriod, Language, Letter, LetterInvoice, Rendered
from models.money import Money, total

WORDINGS = ("nudge", "due-date", "overdue", "reminder-1", "reminder-2", "collection-notice")
BEFORE_IT_IS_LATE = ("nudge", "due-date")
BOTH = (Channel.email, Channel.sms)
SENT = date(2026, 8, 11)
NBSP = "\N{NO-BREAK SPACE}"
DAYS_LATE = {"nudge": -4, "due-date": 0, "overdue": 2}


def invoice(
    number: str, days_late: int = 8, amount: str = "12500.00", paid: str = "0", currency: str = "DKK"
) -> LetterInvoice:
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


def currency_of(language: Language) -> str:
    return "NOK" if language is Language.nb else "DKK"


def charges(language: Language = Language.da, **amounts: Any) -> Charges:
    """Charges by name, such as `fee="100.00"`; interest comes with one period at 10.05 % unless told."""
    currency = currency_of(language)
    values = {name: Money.of(value, currency) for name, value in amounts.items() if isinstance(value, str)}
    others = {name: value for name, value in amounts.items() if not isinstance(value, str)}
    if "interest" in values:
        others.setdefault("interest_periods", (period("2026-08-03", "2026-08-10"),))
    return Charges.none(currency).model_copy(update={**values, **others})


def period(first: str, last: str, rate: str = "10.05") -> InterestPeriod:
    return InterestPeriod(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last), rate=Decimal(rate))


def letter(
    wording: str = "reminder-1", language: Language = Language.da, *invoices: LetterInvoice, **changes: Any
) -> Letter:
    """A letter of Nordlys ApS to Havn A/S; principal and total follow from invoices and charges unless told."""
    currency = currency_of(language)
    about = invoices or (invoice("1001", DAYS_LATE.get(wording, 8), currency=currency),)
    about = changes.get("invoices", about)
    currency = about[0].outstanding.currency
    principal = total([one.outstanding for one in about], currency)
    claimed = changes.get("charges", Charges.none(currency))
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
        "principal": principal,
        "charges": claimed,
        "total": principal + claimed.sum if claimed.sum.currency == currency else principal,
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


def both_parts(rendered: Rendered) -> tuple[str, str]:
    """The text of an e-mail and the words of its HTML, with ordinary spaces."""
    return rendered.text.replace(NBSP, " "), plain(rendered.html).replace(NBSP, " ")
