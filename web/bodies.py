"""What people send with a command. Unknown keys are refused, and so is what could not be stored as text."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from models.letters import Channel


def one_line(text: str) -> str:
    """Refuse line breaks, and what PostgreSQL cannot keep and no reader could see."""
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise ValueError("must be one line without control characters")
    return text


def _writing(text: str) -> str:
    """The same, but lines and tabs are fine."""
    one_line(text.translate(dict.fromkeys(map(ord, "\r\n\t\u2028\u2029"), " ")))
    return text


Stripped = StringConstraints(strip_whitespace=True, min_length=1)
Reason = Annotated[str, Stripped, Field(max_length=500), AfterValidator(one_line)]
Reference = Annotated[str, Stripped, Field(max_length=100), AfterValidator(one_line)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), AfterValidator(one_line)]
StopId = Annotated[str, StringConstraints(max_length=400), AfterValidator(one_line)]
Writing = Annotated[str, Stripped, Field(max_length=4000), AfterValidator(_writing)]


EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""Dates outside are slips of the pen."""


class Because(BaseModel):
    """Why something is done; it goes on the trail."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class Going(Because):
    """Why a case goes on, and which of its stops were looked at."""

    stops: Annotated[tuple[StopId, ...], Field(max_length=100)] | None = None
    """Ids of stops, as `GET /stops` lists them; needed where more than one stops the case. Others go on stopping it."""


class WhatBecame(Because):
    """Whether messages with an unknown outcome went out, and how that is known."""

    went: bool
    channel: Channel | None = None
    """Only what went by this channel; without it, everything of the proposal of which it is not known."""


class Until(Because):
    """The day on which a case goes on by itself, and why it rests until then."""

    until: Annotated[date, Field(lt=LATEST)]


class Approval(BaseModel):
    """Names exactly what is released: the digest that the proposal shows."""

    model_config = ConfigDict(extra="forbid")

    digest: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(one_line)]


class Payment(BaseModel):
    """Money that has come in and that the books do not know yet, in the creditor's currency."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, examples=["12500.00"])]
    value_date: Annotated[date, Field(gt=EARLIEST, lt=LATEST)]
    reference: Reference
    """What tells this payment from any other, such as the bank's own reference."""
    invoice_number: Number = ""
    """Empty: the oldest open invoice first."""


class CustomerQuestion(BaseModel):
    """What a customer asks, written down by staff."""

    model_config = ConfigDict(extra="forbid")

    topic: Literal["wrong_amount", "already_paid", "missing_delivery", "other"]
    text: Writing
