"""Amounts, rates, days and names as they are written in JSON; anything else is refused in words."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

FIRST, LAST = date(1900, 1, 1), date(2100, 1, 1)
"""Dates outside are slips of the pen; whether there are figures for a day is for the tables to say."""
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
RATE = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,6})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _minor(text: object) -> int:
    if not isinstance(text, str) or not AMOUNT.fullmatch(text):
        raise ValueError('is no amount; write it as text with two decimals, like "12500.00"')
    return int(Decimal(text) * 100)


def _percent(text: object) -> Decimal:
    if not isinstance(text, str) or not RATE.fullmatch(text):
        raise ValueError('is no rate; write percent a year as text, like "9.75"')
    return Decimal(text)


def _day(text: object) -> date:
    if not isinstance(text, str) or not DATE.fullmatch(text):
        raise ValueError('is no date; write it as text like "2026-08-03"')
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    if not FIRST <= day < LAST:
        raise ValueError(f"lies outside the years {FIRST.year} to {LAST.year - 1}")
    return day


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


Minor = Annotated[int, PlainValidator(_minor), WithJsonSchema({"type": "string", "examples": ["12500.00"]})]
Percent = Annotated[Decimal, PlainValidator(_percent), WithJsonSchema({"type": "string", "examples": ["9.75"]})]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
