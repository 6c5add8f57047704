"""The written form of a claim: plain JSON, amounts as text, checked before anything is calculated."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, StrictBool, StrictInt

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
    Refusal,
    Stop,
    Terms,
)
from rules.law.cells import Day, Minor, Name, Percent
from rules.law.pack import CountryPack
from rules.law.packs import pack_of


class Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InvoiceForm(Form):
    id: Name
    principal: Minor
    due: Day
    currency: Name | None = None
    """Only where it is written beside the invoice; it must be that of the claim."""
    delivered: StrictBool = True


class LetterForm(Form):
    n: StrictInt
    sent: Day
    kind: Name
    """In the country's own word: `rykker`, `purring`, `inkassovarsel`, `betalingsoppfordring`."""
    deadline: Day | None = None
    fee_wanted: StrictBool = False
    compensation_wanted: StrictBool = False
    covers: tuple[Name, ...] = ()
    already_sent: StrictBool = False
    fee: Minor | None = None
    """What a letter that was already sent has charged."""
    complete: StrictBool = True
    bounced: StrictBool = False
    on_plan: StrictBool = False


class CompensationForm(Form):
    invoice: Name
    claimed_on: Day


class PaymentForm(Form):
    date: Day
    amount: Minor
    currency: Name | None = None
    invoice: Name | None = None
    directed_to: Category | None = None


class CreditNoteForm(Form):
    date: Day
    invoice: Name
    amount: Minor
    currency: Name | None = None
    effective_from: Literal["due_date", "own_date"] | Day = "due_date"
    """`due_date` for the correction of an error; `own_date`, or another day, for goodwill."""

    def credit_note(self) -> CreditNote:
        """Goodwill counts from its own day, or from the one that is named."""
        on = self.date if isinstance(self.effective_from, str) else self.effective_from
        return CreditNote(on, self.invoice, self.amount, self.effective_from == "due_date")


class HandoverForm(Form):
    on: Day
    fee_wanted: StrictBool = False


class StopForm(Form):
    reason: Literal["on_hold_dispute", "on_hold_plan", "on_hold_status"]
    start: Day
    end: Day | None = None
    invoice: Name | None = None


class SettingsForm(Form):
    """What a creditor may choose; anything left out is the country's own way."""

    day_count: DayCount | None = None
    interval: Interval | None = None
    allocation: tuple[Category, ...] | None = None
    due_dates_move: StrictBool = True


class ClaimForm(Form):
    """Everything that has happened to the invoices of one case."""

    country: Name
    debtor: Debtor = Debtor.unknown
    currency: Name
    invoices: tuple[InvoiceForm, ...]
    as_of: Day
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
        return Claim(
            country=self.country,
            debtor=self.debtor,
            currency=self.currency,
            invoices=tuple(ClaimInvoice(i.id, i.principal, i.due, i.delivered) for i in self.invoices),
            as_of=self.as_of,
            letters=tuple(self._letter(letter, pack) for letter in self.letters or ()),
            compensation=tuple(CompensationClaim(c.invoice, c.claimed_on) for c in self.compensation or ()),
            payments=tuple(ClaimPayment(p.date, p.amount, p.invoice or "", p.directed_to) for p in self.payments or ()),
            credit_notes=tuple(note.credit_note() for note in self.credit_notes or ()),
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

    def _letter(self, letter: LetterForm, pack: CountryPack) -> ClaimLetter:
        if letter.kind not in pack.words:
            raise Refusal(
                "letter_kind_unknown",
                f"letter {letter.n} is a {letter.kind!r}; {self.country} knows: {', '.join(pack.words)}",
            )
        if letter.compensation_wanted and not pack.compensation_by_letter:
            raise Refusal(
                "compensation_by_invoice",
                f"in {pack.name} compensation is claimed per invoice; take it from letter {letter.n} to compensation",
            )
        if letter.fee is not None:
            _check_charged(letter, letter.fee, pack)
        return ClaimLetter(
            n=letter.n,
            sent=letter.sent,
            kind=pack.words[letter.kind],
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


def _check_charged(letter: LetterForm, fee: int, pack: CountryPack) -> None:
    if not letter.already_sent:
        raise Refusal(
            "fee_of_unsent_letter",
            f"letter {letter.n} names its fee but is not already_sent; set fee_wanted, and the law says how much it is",
        )
    most, source = pack.fee(pack.words[letter.kind], letter.sent)
    if not 0 <= fee <= most:
        raise Refusal(
            "fee_not_allowed",
            f"letter {letter.n} has charged {fee / 100:.2f}; the law allows at most {most / 100:.2f} ({source})",
        )


def read(document: object) -> ClaimForm:
    """A claim from parsed JSON: the form itself, or a worked example with `country` and `input` side by side.

    Raises pydantic.ValidationError.
    """
    if isinstance(document, dict) and isinstance(document.get("input"), dict):
        beside = {"country": document["country"]} if "country" in document else {}
        document = {**beside, **document["input"]}
    return ClaimForm.model_validate(document)
