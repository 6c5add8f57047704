"""Short ways to tell a claim in its written form and to ask what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from models.claim import Refusal
from rules.law.form import read
from rules.law.quote import quote, written

CURRENCY = {"DK": "DKK", "NO": "NOK", "EU": "EUR"}
SHORT = {"DK": "rykker", "NO": "purring", "EU": "reminder"}


def form(country: str, due: str, as_of: str, /, **parts: Any) -> dict[str, Any]:
    """A claim on invoice A of 1000.00, unless `invoices` says otherwise."""
    invoices = [{"id": "A", "principal": "1000.00", "due": due}]
    plain = {"country": country, "currency": CURRENCY[country], "debtor": "business", "invoices": invoices}
    return {**plain, "as_of": as_of, **parts}


def quoted(country: str, due: str, as_of: str, /, **parts: Any) -> Any:
    """The written statement."""
    claim = read(form(country, due, as_of, **parts))
    return written(claim, quote(claim))


def refusal(country: str, due: str, as_of: str, /, **parts: Any) -> Refusal:
    """Why the claim is refused as a whole."""
    with pytest.raises(Refusal) as refused:
        quoted(country, due, as_of, **parts)
    return refused.value


def letter(sent: str, deadline: str | None = None, kind: str = "", **more: Any) -> dict[str, Any]:
    """A letter with a fee, unless it says otherwise; numbered by `letters`."""
    return {"sent": sent, "deadline": deadline, "kind": kind, "fee_wanted": True, **more}


def letters(country: str, *told: dict[str, Any]) -> list[dict[str, Any]]:
    """Letters in their order; reminders where no kind is named."""
    return [{"n": n, **one, "kind": one["kind"] or SHORT[country]} for n, one in enumerate(told, start=1)]


def rulings(country: str, due: str, as_of: str, *told: dict[str, Any], **parts: Any) -> list[tuple[str, str, str]]:
    """Of each letter what it may, its fee, and the reason why not."""
    answer = quoted(country, due, as_of, letters=letters(country, *told), **parts)
    return [(one["letter"], one["fee"], one["letter_reason"] or one["fee_reason"] or "") for one in answer["letters"]]
