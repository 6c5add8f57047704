"""What a message says, before and after it is put into words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
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


class InterestPeriod(BaseModel):
    """Days that bore interest at one rate."""

    model_config = ConfigDict(frozen=True)

    first_day: date
    last_day: date
    """Both days bear interest."""
    rate: Decimal
    """Percent a year."""


class LetterInstalment(BaseModel):
    """The instalment of a payment plan that a message reminds of."""

    model_config = ConfigDict(frozen=True)

    number: int
    """Counted from 1."""
    count: int
    """How many instalments the plan has."""
    due_date: date
    amount: Money
    outstanding: Money
    """What is left to pay of it."""
    plan_left: Money
    """What is left to pay of the whole plan, this instalment included."""


class Charges(BaseModel):
    """What a letter claims on top of the principal, and what a later one may."""

    model_config = ConfigDict(frozen=True)

    fee: Money
    """The fee of this very letter; zero when it goes free."""
    earlier_fees: Money
    """Fees of earlier letters that are still open."""
    compensation: Money
    """Fixed compensation that is open, that of this letter included."""
    interest: Money
    """Interest up to the letter date that is open."""
    interest_periods: tuple[InterestPeriod, ...] = ()
    """The rates it was calculated with, oldest first."""
    announced_fee: Money | None = None
    """The fee that a later reminder may carry; None when none will, or when no fee may be announced."""
    announced_rate: Decimal | None = None
    """Percent a year at which late payment bears interest, where a letter from before the due date says so."""

    @classmethod
    def none(cls, currency: str) -> Charges:
        """Nothing on top of the principal."""
        zero = Money(minor=0, currency=currency)
        return cls(fee=zero, earlier_fees=zero, compensation=zero, interest=zero)

    @property
    def sum(self) -> Money:
        return self.fee + self.earlier_fees + self.compensation + self.interest


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
    principal: Money
    """Sum of what is outstanding on `invoices`."""
    charges: Charges
    total: Money
    """Everything that this letter asks for: principal and charges, or what is left of the instalment."""
    previous_letter_date: date | None = None
    """When the reminder before this one was sent; None for the first."""
    payment_lines: tuple[str, ...]
    """How to pay, one line each, as the creditor configured it."""
    payment_reference: str
    case_code: str
    """Short code that identifies the case in an answer by SMS or telephone."""
    page_url: str = ""
    """The link to the customer's page; empty where there is none."""
    link_in_texts: bool = True
    """Whether an SMS names that link, too."""
    instalment: LetterInstalment | None = None
    """What it reminds of, where that is no invoice but an instalment."""


class Rendered(BaseModel):
    """The words of one message on one channel, exactly as they will be sent."""

    model_config = ConfigDict(frozen=True)

    channel: Channel
    subject: str = ""
    text: str
    html: str = ""
