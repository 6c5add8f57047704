"""What a message says, before and after it is put into words."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.money import Money


class Channel(StrEnum):
    email = "email"
    sms = "sms"
    phone = "phone"


class Language(StrEnum):
    da = "da"
    nb = "nb"
    en = "en"


class LetterInvoice(BaseModel):
    """One invoice as a message names it."""

    model_config = ConfigDict(frozen=True)

    number: str
    invoice_date: date
    due_date: date
    days_late: int
    """Negative before the due date."""
    amount: Money
    """The invoice's own total."""
    outstanding: Money
    """What is left to pay of it."""


class Letter(BaseModel):
    """Everything the wording of one message may name; the placeholders of the templates."""

    model_config = ConfigDict(frozen=True)

    wording: str
    """Name of the wording: `nudge`, `reminder-1`, `reminder-2`, `collection-notice`."""
    language: Language
    creditor_name: str
    creditor_address: str
    creditor_registration_number: str
    sender_name: str
    reply_to: str
    phone: str
    customer_name: str
    customer_number: str
    customer_address: str = ""
    """One line; a collection notice names it where it is known."""
    letter_date: date
    """The day on which it is meant to leave; figures are as of this day."""
    final_date: date | None
    """The day by which to pay, where the step gives a deadline."""
    invoices: tuple[LetterInvoice, ...]
    also_open: tuple[LetterInvoice, ...]
    """Other unpaid invoices of the customer that this message is not about."""
    total: Money
    """Sum of what is outstanding on `invoices`."""
    payment_lines: tuple[str, ...]
    """How to pay, one line each, as the creditor configured it."""
    payment_reference: str
    case_code: str
    """Short code that identifies the case in an answer by SMS or telephone."""


class Rendered(BaseModel):
    """The words of one message on one channel, exactly as they will be sent."""

    model_config = ConfigDict(frozen=True)

    channel: Channel
    subject: str = ""
    text: str
    html: str = ""
