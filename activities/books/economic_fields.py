"""Typed values out of e-conomic's JSON: each function takes a document and a key, and says what is wrong with it.

A number is an integer or, written with a fraction, a Decimal. No message ever holds the value itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from models.money import Money

LARGEST = Decimal(10) ** 13
"""Amounts beyond this are nonsense in any currency; also keeps absurd exponents out of the arithmetic."""


class Malformed(ValueError):
    """A document cannot be understood; says which key and why."""


def parse_json(text: bytes) -> Any:
    """JSON with every fraction as Decimal; raises ValueError, also for NaN, bad encoding and bottomless nesting."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_not_a_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def value_of(document: Any, key: str) -> Any:
    """None when the key is missing, which is how e-conomic writes an empty value."""
    return document.get(key) if isinstance(document, Mapping) else None


def part_of(document: Any, key: str) -> Mapping[str, Any]:
    """A nested object; empty when it is missing."""
    value = value_of(document, key)
    return value if isinstance(value, Mapping) else {}


def text_of(document: Any, key: str) -> str:
    """Text without blanks around it; empty when it is missing or not text."""
    value = value_of(document, key)
    # JSON can spell half a character; text that cannot be stored must not stop the document.
    return value.strip().encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def needed_text_of(document: Any, key: str) -> str:
    text = text_of(document, key)
    if not text:
        raise Malformed(f"{key} is missing")
    return text


def number_of(document: Any, key: str, shown_as: str = "") -> int:
    value = value_of(document, key)
    if value is None:
        raise Malformed(f"{shown_as or key} is missing")
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(f"{shown_as or key} is not a whole number")
    return value


def amount_of(document: Any, key: str) -> Decimal:
    value = value_of(document, key)
    if value is None:
        raise Malformed(f"{key} is missing")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Malformed(f"{key} is not an amount")
    amount = Decimal(value)
    if abs(amount) > LARGEST:
        raise Malformed(f"{key} is too large to be an amount")
    return amount


def money_of(document: Any, key: str, currency: str) -> Money:
    amount = amount_of(document, key)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise Malformed("currency is not a code of three letters")
    try:
        return Money.of(amount, currency)
    except ValueError:
        raise Malformed(f"{key} has more than two decimals") from None


def day_of(document: Any, key: str) -> date | None:
    """A plain date, or a midnight without a zone as the ledger writes it; None when it is missing."""
    text = text_of(document, key).removesuffix("T00:00:00")
    if not text:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"{key} is not a date") from None


def log_id(body: bytes) -> str:
    """The id to quote to the vendor, from an error answer of either surface; empty when there is none."""
    try:
        document = parse_json(body)
    except ValueError:
        return ""
    return plain_id(value_of(document, "logId") or value_of(document, "traceId"))


def plain_id(found: Any) -> str:
    """An id that is safe to show; anything else might be somebody's data and becomes empty."""
    return found if isinstance(found, str) and re.fullmatch(r"[\w.:-]{1,80}", found) else ""


def _not_a_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
