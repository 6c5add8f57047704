"""Works a claim out: walks through everything that happened to it, in order, counting interest as it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TypeVar

from models.claim import (
    Allocated,
    Claim,
    ClaimInvoice,
    ClaimLetter,
    ClaimPayment,
    CompensationClaim,
    CompensationRuling,
    CreditNote,
    Crystallisation,
    Handover,
    HandoverRuling,
    Interval,
    InvoiceOpen,
    Open,
    Ruling,
    Statement,
)
from rules.law.account import Account
from rules.law.allocation import Owed, allocate
from rules.law.checks import check
from rules.law.interest import rounded
from rules.law.letters import NOTHING_OWED, Correspondence
from rules.law.pack import CountryPack
from rules.law.packs import pack_of

AGREED_REFUSED = "agreed_rate_above_statutory_for_consumer"
ONLY_FEES_OWED = "only_fees_owed"


def work_out(claim: Claim) -> Statement:
    """The claim as of its day: what accrued, what was charged and paid, what is open; Refusal where it cannot be."""
    pack = pack_of(claim.country)
    check(claim, pack)
    walk = _Walk(claim, pack)
    for _, happening in sorted(walk.happenings(), key=lambda dated: dated[0]):
        happening()
    return walk.arrive()


class _Walk:
    """A claim between its first day and its last."""

    def __init__(self, claim: Claim, pack: CountryPack) -> None:
        self.claim, self.pack = claim, pack
        terms = claim.terms
        self.day_count = terms.day_count or pack.day_counts[0]
        after = (terms.interval or pack.interval) is Interval.from_day_after
        self.shift = timedelta(days=1 if after else 0)
        """From a date to the first day that it touches: a payment day still bears interest on the old base, or not."""
        self.dues = {i.id: pack.effective_due(i.due, terms.due_dates_move) for i in claim.invoices}
        self.accounts = {i.id: self._account(i) for i in claim.invoices}
        self.owed = Owed(principal={name: account.base for name, account in self.accounts.items()})
        self.letters = Correspondence(claim, pack, self.dues)
        self.crystallised: list[Crystallisation] = []
        self.paid: dict[int, Allocated] = {}
        self.rulings: dict[int, Ruling] = {}
        self.compensated: dict[int, CompensationRuling] = {}
        self.handed_over: dict[int, HandoverRuling] = {}
        self.uncredited: dict[str, int] = {}
        self.rate_reason = ""

    def _account(self, invoice: ClaimInvoice) -> Account:
        corrected = sum(n.amount for n in self.claim.credit_notes if n.invoice == invoice.id and n.from_due_date)
        due = self.dues[invoice.id]
        rate_on = partial(self._rate, due)
        rests = [
            (rest.start + self.shift, rest.end + self.shift if rest.end else date.max)
            for rest in self.claim.rests
            if rest.invoice == invoice.id
        ]
        base = invoice.principal - corrected
        return Account(invoice.id, base, due + self.shift, rate_on, self.day_count, sorted(rests))

    def happenings(self) -> list[tuple[tuple[date, int, int], Callable[[], None]]]:
        """Everything dated, in the order in which it counts: on one day a letter is there before a payment."""
        claim = self.claim
        dated: list[tuple[tuple[date, int, int], Callable[[], None]]] = []
        for n, note in enumerate(claim.credit_notes):
            if not note.from_due_date:
                dated.append(((note.on, 0, n), partial(self.credit, note)))
        for n, entry in enumerate(claim.compensation):
            dated.append(((entry.claimed_on, 1, n), partial(self.compensate, n, entry)))
        for n, letter in enumerate(claim.letters):
            dated.append(((letter.sent, 2, n), partial(self.letter, n, letter)))
        for n, payment in enumerate(claim.payments):
            dated.append(((payment.on, 3, n), partial(self.pay, n, payment)))
        for n, handover in enumerate(claim.handovers):
            dated.append(((handover.on, 4, n), partial(self.hand_over, n, handover)))
        return dated

    # --- what happens ---

    def credit(self, note: CreditNote) -> None:
        account = self.accounts[note.invoice]
        account.count(note.on + self.shift)
        less = min(note.amount, self.owed.principal[note.invoice])
        self.owed.principal[note.invoice] -= less
        self._charge(self.uncredited, note.invoice, note.amount - less)
        account.base = self.owed.principal[note.invoice]

    def compensate(self, n: int, entry: CompensationClaim) -> None:
        ruling = self.letters.compensation(entry)
        self._charge(self.owed.compensation, entry.invoice, ruling.amount)
        self.compensated[n] = ruling

    def letter(self, n: int, letter: ClaimLetter) -> None:
        ruling = self.letters.judge(letter, self._open_invoices())
        self._charge(self.owed.fees, ruling.invoice, ruling.fee)
        self._charge(self.owed.compensation, ruling.invoice, ruling.compensation)
        self.rulings[n] = ruling

    def pay(self, n: int, payment: ClaimPayment) -> None:
        """Interest is crystallised only where some of the payment is put against it."""
        before = dict(self.owed.interest)
        fresh = {}
        for name, account in self.accounts.items():
            account.count(payment.on + self.shift)
            fresh[name] = rounded(account.since)
            self.owed.interest[name] = before.get(name, 0) + fresh[name]
        order = self.claim.terms.allocation or self.pack.allocation
        went = allocate(payment, self.owed, order, self.dues, self.pack.equal_sum_is_direction)
        for name, account in self.accounts.items():
            if went.interest.get(name) and account.since:
                self.crystallised.append(account.crystallise(payment.on))
            else:
                self.owed.interest[name] -= fresh[name]
            account.base = self.owed.principal[name]
        self.paid[n] = went

    def hand_over(self, n: int, handover: Handover) -> None:
        if reason := self._nothing_to_hand_over():
            self.handed_over[n] = HandoverRuling(handover.on, "refused", reason)
            return
        charged = sum(h.fee for h in self.handed_over.values())
        ruling = self.letters.handover(handover, charged, self._open_invoices())
        oldest = min(self.dues, key=lambda name: (self.dues[name], name))
        self._charge(self.owed.fees, oldest, ruling.fee)
        self.handed_over[n] = ruling

    def _open_invoices(self) -> set[str]:
        return {name for name, left in self.owed.principal.items() if left > 0}

    def _nothing_to_hand_over(self) -> str:
        """Fees that are left over when the rest is paid are never handed over."""
        owed = self.owed
        if any(owed.compensation.values()) or any(owed.interest.values()) or any(owed.principal.values()):
            return ""
        if any(account.since for account in self.accounts.values()):
            return ""
        return ONLY_FEES_OWED if any(owed.fees.values()) else NOTHING_OWED

    @staticmethod
    def _charge(amounts: dict[str, int], invoice: str, amount: int) -> None:
        if amount:
            amounts[invoice] = amounts.get(invoice, 0) + amount

    def _rate(self, due: date, day: date) -> Decimal:
        """Percent a year on a day, for an invoice with that effective due date."""
        statutory, _ = self.pack.rate(day, due)
        agreed = self.claim.terms.agreed_rate
        if agreed is None:
            return statutory
        if agreed > statutory and self.pack.agreed_rate_capped and not self.claim.debtor.trades:
            self.rate_reason = AGREED_REFUSED
            return statutory
        return agreed

    def arrive(self) -> Statement:
        """The last crystallisation, and the sums."""
        claim = self.claim
        for name, account in self.accounts.items():
            account.count(claim.as_of + self.shift)
            if account.since:
                last = account.crystallise(claim.as_of)
                self.crystallised.append(last)
                self.owed.interest[name] = self.owed.interest.get(name, 0) + last.rounded
        by_invoice = list(self.accounts)
        return Statement(
            claim=claim,
            effective_due=self.dues,
            letters=in_order(self.rulings),
            compensation=in_order(self.compensated),
            payments=in_order(self.paid),
            handovers=in_order(self.handed_over),
            segments=tuple(segment for account in self.accounts.values() for segment in account.segments),
            uncredited=self.uncredited,
            crystallisations=tuple(sorted(self.crystallised, key=lambda c: (by_invoice.index(c.invoice), c.on))),
            accrued=sum(c.rounded for c in self.crystallised),
            open=Open(
                principal=sum(self.owed.principal.values()),
                interest=sum(self.owed.interest.values()),
                fees=sum(self.owed.fees.values()),
                compensation=sum(self.owed.compensation.values()),
            ),
            per_invoice={
                name: InvoiceOpen(
                    principal=self.owed.principal[name],
                    interest=self.owed.interest.get(name, 0),
                    fees=self.owed.fees.get(name, 0),
                    compensation=self.owed.compensation.get(name, 0),
                    accrued=sum(c.rounded for c in self.crystallised if c.invoice == name),
                )
                for name in by_invoice
            },
            rate_reason=self.rate_reason,
        )


Answer = TypeVar("Answer")


def in_order(answers: dict[int, Answer]) -> tuple[Answer, ...]:
    """Answers in the order in which the claim asked, whatever the order of their days."""
    return tuple(answers[n] for n in sorted(answers))
