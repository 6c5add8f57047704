"""How a customer pays: what the creditor configured, and the same as a picture for the camera of a phone."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import segno
from markupsafe import Markup

from activities.composing import payment_reference
from activities.placeholders import one_line, written_money
from models.books import BookCustomer
from models.creditor import CreditorSettings
from models.letters import Language
from models.money import Money

LARGEST_QR = 600
"""Bytes; a denser picture is not read from a screen."""


@dataclass(frozen=True)
class Payment:
    """Ways to pay one sum."""

    lines: tuple[str, ...]
    reference: str
    amount: str
    link: str
    """The creditor's own payment page, with reference and amount filled in; empty without one."""
    qr: Markup | None
    """An SVG: the link, or where there is none everything that has to be typed into a bank."""


def ways_to_pay(
    settings: CreditorSettings, customer: BookCustomer, numbers: tuple[str, ...], amount: Money, language: Language
) -> Payment:
    """How to pay an amount for some invoices, with the same reference that the messages name."""
    reference = one_line(payment_reference(numbers, customer))
    lines = tuple(one_line(line) for line in settings.payment_lines)
    link = settings.payment_link.replace("{reference}", quote(reference, safe=""))
    link = link.replace("{amount}", str(amount.amount))
    typed = "\n".join((*lines, reference, f"{amount.amount} {amount.currency}")) if lines else ""
    return Payment(lines, reference, written_money(amount, language), link, _qr(link or typed))


def _qr(content: str) -> Markup | None:
    if not content or len(content.encode()) > LARGEST_QR:
        return None
    drawn = segno.make(content, error="m", micro=False)
    # No size of its own: the page's style gives it one.
    return Markup(drawn.svg_inline(omitsize=True, border=4, dark="#1b2a33", light="#ffffff"))
