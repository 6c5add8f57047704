"""A claim as the calculator takes it and the statement it answers with; amounts are minor units of one currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Debtor(StrEnum):
    """Who owes; a debtor whose type nobody knows is treated as a consumer."""

    business = "business"
    public = "public"
    consumer = "consumer"
    unknown = "unknown"

    @property
    def trades(self) -> bool:
        """A business or a public body, to whom the rules for consumers do not apply."""
        return self in (Debtor.business, Debtor.public)


class LetterKind(StrEnum):
    """What a letter is in the eyes of the law; every country has its own words for them."""

    reminder = "reminder"
    formal_notice = "formal_notice"
    demand = "demand"
    """The creditor's own demand after the notice (betalingsoppfordring); only Norway knows it."""


class DayCount(StrEnum):
    """How days become a part of a year."""

    actual_actual = "ACT/ACT"
    actual_365 = "ACT/365F"
    thirty_360 = "30E/360"


class Interval(StrEnum):
    """Which of the two outer days bears interest."""

    from_due_day = "[due, as_of)"
    from_day_after = "(due, as_of]"


class Category(StrEnum):
    """What a payment can be put against."""

    fees = "fees"
    compensation = "compensation"
    interest = "interest"
    principal = "principal"


# --- what is handed in ---


@dataclass(frozen=True, slots=True)
class ClaimInvoice:
    id: str
    principal: int
    due: date
    delivered: bool = True
    """False when the customer had no invoice before the due date."""


@dataclass(frozen=True, slots=True)
class ClaimLetter:
    n: int
    sent: date
    kind: LetterKind
    deadline: date | None = None
    fee_wanted: bool = False
    compensation_wanted: bool = False
    covers: tuple[str, ...] = ()
    """Invoices in the letter; empty means all that are due."""
    given: bool = False
    """It has been sent: a fact that is not judged again."""
    charged: int | None = None
    """The fee that a letter already sent has charged; None judges the fee as for any other."""
    compensated: int = 0
    """The compensation that a letter already sent has claimed, where the country claims it by letter."""
    complete: bool = True
    """Has everything the country asks of such a letter, on a channel that it accepts."""
    bounced: bool = False
    """It reached nobody and counts as not sent."""
    on_plan: bool = False
    """It reminds of an instalment of a payment plan."""


@dataclass(frozen=True, slots=True)
class CompensationClaim:
    invoice: str
    claimed_on: date


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    on: date
    """Value date."""
    amount: int
    invoice: str = ""
    """The invoice that it names; empty for the case as a whole."""
    directed_to: Category | None = None
    """What the payer said it is for."""


@dataclass(frozen=True, slots=True)
class CreditNote:
    on: date
    invoice: str
    amount: int
    from_due_date: bool = True
    """Corrects an error, so it counts from the first day; False for goodwill, which counts from its own date."""


@dataclass(frozen=True, slots=True)
class Handover:
    on: date
    fee_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Days on which nothing may be sent or charged: a dispute, a kept plan, an insolvency."""

    reason: str
    """`on_hold_dispute`, `on_hold_plan` or `on_hold_status`."""
    start: date
    end: date | None = None
    """The day on which it was over; None while it lasts."""
    invoice: str = ""
    """The invoice it stops; empty for all."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Time in which an invoice bears no interest: a payment plan was agreed on, or the debtor is bankrupt."""

    invoice: str
    start: date
    """Interest has run as it would have been claimed as of this day."""
    end: date | None = None
    """The day as of which it begins to run again; None while it rests."""
    why: str = "a payment plan"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a creditor may choose; None takes the country's own way."""

    day_count: DayCount | None = None
    interval: Interval | None = None
    allocation: tuple[Category, ...] | None = None
    due_dates_move: bool = True
    """A due date on a day without business moves to the next one."""
    agreed_rate: Decimal | None = None
    """Percent a year, when the contract names another rate than the statute."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Everything that has happened to the invoices of one case."""

    country: str
    debtor: Debtor
    currency: str
    invoices: tuple[ClaimInvoice, ...]
    as_of: date
    letters: tuple[ClaimLetter, ...] = ()
    compensation: tuple[CompensationClaim, ...] = ()
    payments: tuple[ClaimPayment, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    handovers: tuple[Handover, ...] = ()
    stops: tuple[Stop, ...] = ()
    rests: tuple[Rest, ...] = ()
    terms: Terms = field(default_factory=Terms)


# --- what comes back ---


@dataclass(frozen=True, slots=True)
class Segment:
    """Days of one invoice with one base and one rate; both days bear interest."""

    invoice: str
    first_day: date
    last_day: date
    days: int
    base: int
    rate: Decimal
    """Percent a year."""
    year_days: int
    interest: Fraction
    """Minor units, exact."""


@dataclass(frozen=True, slots=True)
class Crystallisation:
    """Where unrounded interest of an invoice became an amount: once, half up."""

    invoice: str
    on: date
    unrounded: Fraction
    rounded: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the law says of one letter."""

    letter: str = "allowed"
    """allowed, refused (it is not sent at all) or given (it has been sent)."""
    letter_reason: str = ""
    fee: int = 0
    fee_reason: str = ""
    """Why a fee that was wanted is not charged; the letter itself may still go."""
    compensation: int = 0
    compensation_reason: str = ""
    fee_source: str = ""
    invoice: str = ""
    """The invoice that the fee is judged by and booked on: the oldest in the letter."""


@dataclass(frozen=True, slots=True)
class CompensationRuling:
    invoice: str
    claimed_on: date
    amount: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HandoverRuling:
    on: date
    outcome: str
    reason: str = ""
    fee: int = 0


@dataclass(frozen=True, slots=True)
class Allocated:
    """Where one payment went."""

    on: date
    amount: int
    fees: int
    compensation: int
    interest: Mapping[str, int]
    principal: Mapping[str, int]
    unallocated: int


@dataclass(frozen=True, slots=True)
class InvoiceOpen:
    """What is left of one invoice."""

    principal: int
    interest: int
    fees: int
    """Fees booked on it."""
    compensation: int
    accrued: int
    """All interest on it so far, paid or not."""


@dataclass(frozen=True, slots=True)
class Open:
    """What is left to pay."""

    principal: int
    interest: int
    fees: int
    compensation: int

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fees + self.compensation


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim worked out as of a day, with everything it was worked out from."""

    claim: Claim
    effective_due: Mapping[str, date]
    letters: tuple[Ruling, ...]
    compensation: tuple[CompensationRuling, ...]
    payments: tuple[Allocated, ...]
    handovers: tuple[HandoverRuling, ...]
    segments: tuple[Segment, ...]
    crystallisations: tuple[Crystallisation, ...]
    accrued: int
    """All interest so far, paid or not."""
    open: Open
    per_invoice: Mapping[str, InvoiceOpen]
    uncredited: Mapping[str, int]
    """What goodwill was more than what was open of an invoice on its day; it lowers nothing."""
    rate_reason: str = ""
    """Why an agreed rate was not used."""


class Refusal(ValueError):
    """A claim that cannot be worked out: a reason code, and a sentence that says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    @property
    def sentence(self) -> str:
        """The message as it is told to a person."""
        return f"{self.message[:1].upper()}{self.message[1:]}."
