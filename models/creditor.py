"""A creditor's own settings: what an admin may change, and how its books are reached."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.claim import DayCount
from models.ladder import NAME
from models.letters import Language


@cache
def _zones() -> frozenset[str]:
    """Looked up once: Python reads every file of the zone database to list them, and settings are read all the time."""
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is not a time zone; write it like Europe/Copenhagen")
    return name


class CreditorSettings(BaseModel):
    """What an admin may change through the API. Times of day are in the creditor's own zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    module_on: bool = True
    """Switched off, nothing is proposed or sent."""
    ladder: str = Field(default="dk-standard", pattern=NAME)
    """Name of the ladder that new cases climb; a case keeps the version it started on."""
    zone: Annotated[str, AfterValidator(_known_zone)] = "Europe/Copenhagen"
    country: str = Field(default="DK", pattern=r"^[A-Z]{2}$")
    """Whose law and whose holidays are kept; the edges refuse a country without a pack (web/soundness.py)."""
    currency: str = Field(default="DKK", pattern=r"^[A-Z]{3}$")
    language: Language = Language.da
    """Language of the staff, and of customers whose own is not known."""
    propose_from: time = time(8, 0)
    send_from: time = time(9, 0)
    send_until: time = time(16, 0)
    hold_hours: int = Field(default=24, ge=1, le=240)
    """Length of the hold window, counted from the heads-up."""
    message_gap_days: int = Field(default=3, ge=1, le=60)
    """At least so many days between two messages to one customer."""
    fresh_minutes: int = Field(default=24 * 60, ge=1, le=7 * 24 * 60)
    """How old the payment picture may be at a send."""
    address: str = Field(default="", max_length=200)
    registration_number: str = Field(default="", max_length=20)
    phone: str = Field(default="", max_length=40)
    sender_name: str = Field(default="", max_length=80)
    sender_email: str = Field(default="", max_length=120)
    reply_to: str = Field(default="", max_length=120)
    sms_sender: str = Field(default="", max_length=15)
    due_dates_move: bool = True
    """A due date on a day without business counts from the next business day."""
    day_count: DayCount | None = None
    """How days of interest are counted, where the country lets a creditor choose; None is the country's own way."""
    agreed_rate: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    """Percent a year, when the contracts name another rate of interest than the statute."""
    fees_announced: bool = False
    """The invoices themselves say that late payment costs a reminder fee; else a message has to say it first."""
    payment_lines: tuple[str, ...] = Field(default=(), max_length=6)
    """How to pay, one line each, as it stands in every message."""
    payment_link: str = Field(default="", max_length=300, pattern=r"^(https://\S+)?$")
    """A payment page of the creditor; may name {reference} and {amount}."""
    link_in_texts: bool = True
    """SMS name the customer's page, too; Danish networks block addresses of senders that are not registered."""
    link_days: int = Field(default=120, ge=7, le=730)
    """So long after the last message the customer's page opens."""
    freeze_days: int = Field(default=7, ge=1, le=60)
    """After so many days a stop comes back to a person, and again after as many."""
    grace_days: int = Field(default=3, ge=0, le=60)
    """So many days the ladder rests after a question has been resolved."""
    promise_days: int = Field(default=14, ge=0, le=60)
    """How far ahead a customer may promise to pay and be left in peace until then; 0: promises are not taken."""
    charges_after_payment: Literal["waive", "ask"] = "ask"
    """What becomes of fees and interest that are open when the principal has been paid."""
    plan_instalments: int = Field(default=6, ge=0, le=36)
    """The most instalments a customer may ask for; 0: plans are not offered."""
    plan_smallest: Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=2)] = Decimal("500.00")
    """The smallest instalment a customer may ask for, in the creditor's currency."""
    plan_days: int = Field(default=180, ge=1, le=1100)
    """A plan that a customer asks for is over within so many days."""
    plan_grace_days: int = Field(default=5, ge=0, le=30)
    """An instalment counts as missed so many days after it was due."""
    plan_reminder_days: int = Field(default=0, ge=0, le=14)
    """So many days before an instalment is due the customer gets a friendly word about it; 0: none is proposed."""
    company_watch: bool = True
    """Business customers are looked up in the company register every day."""
    company_hours: int = Field(default=72, ge=1, le=14 * 24)
    """How old the register's answer may be at a send."""

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class EconomicSource(BaseModel):
    """An e-conomic agreement; the grant itself stays in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["economic"] = "economic"
    grant_variable: str = "ECONOMIC_GRANT_TOKEN"
    """Name of the environment variable that holds the agreement's grant token."""


class CsvSource(BaseModel):
    """A CSV file of invoices, and optionally one of payments."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["csv"] = "csv"
    path: str
    payments_path: str = ""
    pdf_folder: str = ""
    columns: dict[str, str] = Field(default_factory=dict)


BooksSource = Annotated[EconomicSource | CsvSource, Field(discriminator="kind")]
