"""A claim in its written form, worked out and written down again: what the command and the API answer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from models.claim import Allocated, ClaimLetter, InvoiceOpen, Open, Refusal, Ruling, Segment, Statement
from rules.law.form import ClaimForm
from rules.law.interest import rounded
from rules.law.packs import pack_of
from rules.law.statement import work_out


def quote(form: ClaimForm) -> Statement:
    """Work out a claim as somebody wrote it down; Refusal where it cannot be."""
    statement = work_out(form.claim())
    for paid in statement.payments:
        if paid.unallocated:
            raise Refusal(
                "payment_above_claim",
                f"the payment of {paid.on} is {amount(paid.unallocated)} {form.currency} more than was open that day; "
                "leave out what does not belong to this claim",
            )
    for name, beyond in statement.uncredited.items():
        raise Refusal(
            "credit_above_open",
            f"the credit notes on invoice {name} are {amount(beyond)} {form.currency} more than was open of it; "
            "leave out what is paid back instead",
        )
    return statement


def refused(refusal: Refusal) -> dict[str, str]:
    """A refusal in the written form; its sentence is for people and goes elsewhere."""
    return {"outcome": "refused", "reason": refusal.reason}


def written(form: ClaimForm, statement: Statement) -> dict[str, Any]:
    """A statement in the written form; what was not asked about is left out."""
    parts = _whole(statement, [letter.kind for letter in form.letters or ()])
    asked = {"letters": form.letters, "compensation": form.compensation, "payments": form.payments}
    for name, part in {**asked, "handovers": form.handovers}.items():
        if part is None:
            del parts[name]
    return parts


def written_claim(statement: Statement) -> dict[str, Any]:
    """A statement of a claim that nobody wrote down: everything there is, and what is open of each invoice."""
    words = {kind: word for word, kind in pack_of(statement.claim.country).words.items()}
    parts = _whole(statement, [words[letter.kind] for letter in statement.claim.letters])
    if not statement.claim.handovers:
        del parts["handovers"]
    invoices = [
        {
            "invoice": invoice.id,
            "due": invoice.due.isoformat(),
            "effective_due": statement.effective_due[invoice.id].isoformat(),
            "invoiced": amount(invoice.principal),
            "interest_accrued": amount(statement.per_invoice[invoice.id].accrued),
            "open": open_parts(statement.per_invoice[invoice.id]),
        }
        for invoice in statement.claim.invoices
    ]
    return {"outcome": parts.pop("outcome"), "invoices": invoices, **parts}


def _whole(statement: Statement, kinds: Sequence[str]) -> dict[str, Any]:
    """Every part of a statement; the kinds of its letters in the country's own words."""
    letters = zip(statement.claim.letters, kinds, statement.letters, strict=True)
    parts: dict[str, Any] = {
        "outcome": "computed",
        "effective_due": {name: day.isoformat() for name, day in statement.effective_due.items()},
        "letters": [_letter(letter, kind, ruling, statement.claim.country) for letter, kind, ruling in letters],
        "compensation": [
            {
                "invoice": ruling.invoice,
                "claimed_on": ruling.claimed_on.isoformat(),
                "amount": amount(ruling.amount),
                "reason": ruling.reason or None,
            }
            for ruling in statement.compensation
        ],
        "payments": [_payment(paid) for paid in statement.payments],
        "handovers": [
            {"on": h.on.isoformat(), "outcome": h.outcome, "reason": h.reason or None, "fee": amount(h.fee)}
            for h in statement.handovers
        ],
    }
    if statement.rate_reason:
        parts["agreed_rate_reason"] = statement.rate_reason
    parts["segments"] = [segment_parts(segment) for segment in statement.segments]
    parts["crystallisations"] = [
        {
            "invoice": point.invoice,
            "on": point.on.isoformat(),
            "unrounded": six_decimals(point.unrounded),
            "rounded": amount(point.rounded),
        }
        for point in statement.crystallisations
    ]
    parts["interest_accrued_total"] = amount(statement.accrued)
    parts["open"] = open_parts(statement.open)
    return parts


def open_parts(left: Open | InvoiceOpen) -> dict[str, str]:
    """What is left to pay, of a claim or of one invoice."""
    return {
        "principal": amount(left.principal),
        "interest": amount(left.interest),
        "fees": amount(left.fees),
        "compensation": amount(left.compensation),
        "total": amount(left.principal + left.interest + left.fees + left.compensation),
    }


def _letter(letter: ClaimLetter, kind: str, ruling: Ruling, country: str) -> dict[str, Any]:
    parts = {
        "n": letter.n,
        "sent": letter.sent.isoformat(),
        "kind": kind,
        "letter": ruling.letter,
        "letter_reason": ruling.letter_reason or None,
        "fee": amount(ruling.fee),
        "fee_reason": ruling.fee_reason or None,
    }
    if pack_of(country).compensation_by_letter:
        parts["compensation"] = amount(ruling.compensation)
        parts["compensation_reason"] = ruling.compensation_reason or None
    return parts


def _payment(paid: Allocated) -> dict[str, Any]:
    return {
        "date": paid.on.isoformat(),
        "amount": amount(paid.amount),
        "fees": amount(paid.fees),
        "compensation": amount(paid.compensation),
        "interest": {name: amount(share) for name, share in paid.interest.items()},
        "principal": {name: amount(share) for name, share in paid.principal.items()},
        "unallocated": amount(paid.unallocated),
    }


def segment_parts(segment: Segment) -> dict[str, Any]:
    """One segment in the written form."""
    return {
        "invoice": segment.invoice,
        "first_day": segment.first_day.isoformat(),
        "last_day": segment.last_day.isoformat(),
        "days": segment.days,
        "base": amount(segment.base),
        "rate_percent": f"{segment.rate:.2f}",
        "year_days": segment.year_days,
        "interest_unrounded": six_decimals(segment.interest),
    }


def amount(minor: int) -> str:
    """Minor units as text with two decimals."""
    return f"{Decimal(minor).scaleb(-2):.2f}"


def six_decimals(minor: Fraction) -> str:
    """Exact minor units as text in major units, shown to six decimals."""
    return f"{Decimal(rounded(minor * 10_000)).scaleb(-6):.6f}"
