"""The written form of a claim: plain JSON, amounts as text, checked before anything is calculated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from models.claim import (
    Category,
    Claim,
    ClaimInvoice,
    ClaimLetter,
    ClaimPayment,
    CompensationClaim,
    CreditNote,
    DayCount,
    Debtor,
    Handover,
    Interval,
    LetterKind,
    Refusal,
    Stop,
    Terms,
)
from rules.law.packs import pack_of


def _minor(text: object) -> int:
    if not isinstance(text, str):
        raise ValueError('write an amount as text with two decimals, like "12500.00"')
    try:
        exact = Decimal(text) * 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount; write it like 12500.00") from None
    if not exact.is_finite() or exact != exact.to_integral_value() or abs(exact) > 10**17:
        raise ValueError(f"{text!r} is no amount with at most two decimals")
    return int(exact)


def _percent(text: object) -> object:
    if isinstance(text, float):
        raise ValueError('write a rate as text, like "9.75"')
    return text


Minor = Annotated[int, BeforeValidator(_minor)]
Percent = Annotated[Decimal, BeforeValidator(_percent), Field(allow_inf_nan=False)]


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InvoiceForm(Form):
    id: str = Field(min_length=1)
    principal: Minor
    due: date
    currency: str | None = None
    """Only where it is written beside the invoice; it must be that of the claim."""
    delivered: bool = True


class LetterForm(Form):
    n: int
    sent: date
    kind: str
    """In the country's own word: `rykker`, `purring`, `inkassovarsel`, `betalingsoppfordring`."""
    deadline: date | None = None
    fee_wanted: bool = False
    compensation_wanted: bool = False
    covers: tuple[str, ...] = ()
    already_sent: bool = False
    fee: Minor | None = None
    """What a letter that was already sent has charged."""
    complete: bool = True
    bounced: bool = False
    on_plan: bool = False


class CompensationForm(Form):
    invoice: str
    claimed_on: date


class PaymentForm(Form):
    date: date
    amount: Minor
    currency: str | None = None
    invoice: str | None = None
    directed_to: Category | None = None


class CreditNoteForm(Form):
    date: date
    invoice: str
    amount: Minor
    currency: str | None = None
    effective_from: Literal["due_date", "own_date"] = "due_date"


class HandoverForm(Form):
    on: date
    fee_wanted: bool = False


class StopForm(Form):
    reason: Literal["on_hold_dispute", "on_hold_plan", "on_hold_status"]
    start: date
    end: date | None = None
    invoice: str | None = None


class SettingsForm(Form):
    """What a creditor may choose; anything left out is the country's own way."""

    day_count: DayCount | None = None
    interval: Interval | None = None
    allocation: tuple[Category, ...] | None = None
    due_dates_move: bool = True


class ClaimForm(Form):
    """Everything that has happened to the invoices of one case."""

    country: str
    debtor: Debtor = Debtor.unknown
    currency: str
    invoices: tuple[InvoiceForm, ...]
    as_of: date
    letters: tuple[LetterForm, ...] | None = None
    compensation: tuple[CompensationForm, ...] | None = None
    payments: tuple[PaymentForm, ...] | None = None
    credit_notes: tuple[CreditNoteForm, ...] | None = None
    handovers: tuple[HandoverForm, ...] | None = None
    stops: tuple[StopForm, ...] | None = None
    agreed_rate_percent: Percent | None = None
    settings: SettingsForm = SettingsForm()

    def claim(self) -> Claim:
        """The claim it describes; Refusal where its own parts contradict each other."""
        pack = pack_of(self.country)
        named = {i.currency for i in self.invoices} | {p.currency for p in self.payments or ()}
        named |= {n.currency for n in self.credit_notes or ()}
        if other := sorted(currency for currency in named if currency not in (None, self.currency)):
            raise Refusal("currency_mismatch", f"the claim is in {self.currency}, but a part of it is in {other[0]}")
        if self.compensation and pack.compensation_by_letter:
            raise Refusal(
                "compensation_by_letter",
                f"in {pack.name} compensation is claimed by a letter; set compensation_wanted on the letter",
            )
        return Claim(
            country=self.country,
            debtor=self.debtor,
            currency=self.currency,
            invoices=tuple(ClaimInvoice(i.id, i.principal, i.due, i.delivered) for i in self.invoices),
            as_of=self.as_of,
            letters=tuple(self._letter(letter, pack.words) for letter in self.letters or ()),
            compensation=tuple(CompensationClaim(c.invoice, c.claimed_on) for c in self.compensation or ()),
            payments=tuple(ClaimPayment(p.date, p.amount, p.invoice or "", p.directed_to) for p in self.payments or ()),
            credit_notes=tuple(
                CreditNote(n.date, n.invoice, n.amount, n.effective_from == "due_date") for n in self.credit_notes or ()
            ),
            handovers=tuple(Handover(h.on, h.fee_wanted) for h in self.handovers or ()),
            stops=tuple(Stop(s.reason, s.start, s.end, s.invoice or "") for s in self.stops or ()),
            terms=Terms(
                day_count=self.settings.day_count,
                interval=self.settings.interval,
                allocation=self.settings.allocation,
                due_dates_move=self.settings.due_dates_move,
                agreed_rate=self.agreed_rate_percent,
            ),
        )

    def _letter(self, letter: LetterForm, words: Mapping[str, LetterKind]) -> ClaimLetter:
        if letter.kind not in words:
            raise Refusal(
                "letter_kind_unknown",
                f"letter {letter.n} is a {letter.kind!r}; {self.country} knows: {', '.join(words)}",
            )
        return ClaimLetter(
            n=letter.n,
            sent=letter.sent,
            kind=words[letter.kind],
            deadline=letter.deadline,
            fee_wanted=letter.fee_wanted,
            compensation_wanted=letter.compensation_wanted,
            covers=letter.covers,
            given=letter.already_sent,
            charged=letter.fee,
            complete=letter.complete,
            bounced=letter.bounced,
            on_plan=letter.on_plan,
        )


def read(document: object) -> ClaimForm:
    """A claim from parsed JSON: the form itself, or a worked example with `country` and `input` side by side.

    Raises pydantic.ValidationError.
    """
    if isinstance(document, dict) and isinstance(document.get("input"), dict):
        document = {"country": document.get("country", ""), **document["input"]}
    return ClaimForm.model_validate(document)
