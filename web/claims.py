"""Claims that somebody describes: worked out by the law of their country, neither looked up nor kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from models.claim import Refusal, Statement
from rules.law.explain import explain, rate_source
from rules.law.form import ClaimForm
from rules.law.quote import quote, written
from rules.law.reasons import said
from web.callers import SignedIn
from web.problems import Problem

router = APIRouter(prefix="/claims", tags=["claims"])

EXAMPLE: dict[str, Any] = {
    "country": "DK",
    "debtor": "business",
    "currency": "DKK",
    "invoices": [{"id": "2041", "principal": "25000.00", "due": "2026-06-15"}],
    "letters": [{"n": 1, "sent": "2026-06-26", "kind": "rykker", "deadline": "2026-07-06", "fee_wanted": True}],
    "compensation": [{"invoice": "2041", "claimed_on": "2026-06-26"}],
    "payments": [{"date": "2026-07-10", "amount": "10000.00"}],
    "as_of": "2026-07-31",
}


class QuoteForm(ClaimForm):
    """A claim as `rykker claim` takes it, too."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    country: str = Field(default="", max_length=100)
    """Whose law; your creditor's own when left out."""


def answer(form: ClaimForm) -> dict[str, Any]:
    """The written statement with the source of every rate, and the working told line by line; or Refusal."""
    statement = quote(form)
    return with_working(written(form, statement), statement)


def with_working(parts: dict[str, Any], statement: Statement) -> dict[str, Any]:
    """A written statement with the source of every rate, and its working told line by line."""
    for shown, segment in zip(parts["segments"], statement.segments, strict=True):
        shown["rate_source"] = rate_source(statement, segment)
    return {**parts, "explained": explain(statement)}


def refused(refusal: Refusal, country: str, hint: str = "") -> Problem:
    """What cannot be worked out: the reason code, a sentence that says what to do, and the rule."""
    rule = said(refusal.reason, country)
    detail = " ".join((refusal.sentence, hint)).strip()
    return Problem(422, detail, outcome="refused", reason=refusal.reason, rule=rule)


@router.post(
    "/quote",
    summary="Work a claim out as of a day: interest, fees, compensation, payments, what is open",
    description="Reads and keeps nothing: the answer follows from the body alone. What the law or a missing figure "
    "forbids is answered with 422, a reason code and a sentence. Amounts and rates are text.",
    responses={200: {"content": {"application/json": {"example": answer(ClaimForm.model_validate(EXAMPLE))}}}},
)
def quote_claim(caller: SignedIn, body: QuoteForm) -> dict[str, Any]:
    form = body.model_copy(update={"country": body.country or caller.settings.country})
    try:
        return answer(form)
    except Refusal as refusal:
        raise refused(refusal, form.country) from None
