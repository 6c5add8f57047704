"""The letters of one claim, judged in the order in which they went out."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import date

from models.claim import (
    Claim,
    ClaimLetter,
    CompensationClaim,
    CompensationRuling,
    Handover,
    HandoverRuling,
    LetterKind,
    Ruling,
)
from rules.law.pack import CountryPack, Past, PastLetter

NOTHING_OWED = "nothing_owed"


class Correspondence:
    """What has gone out so far, and what the next letter may do."""

    def __init__(self, claim: Claim, pack: CountryPack, dues: Mapping[str, date]) -> None:
        self.claim, self.pack, self.dues = claim, pack, dues
        self.past: list[PastLetter] = []
        self.bounced: list[PastLetter] = []
        self.compensated: set[str] = set()
        self._delivered = {invoice.id: invoice.delivered for invoice in claim.invoices}

    def judge(self, letter: ClaimLetter, open_invoices: Set[str]) -> Ruling:
        """The ruling on the next letter, which from then on counts for those after it."""
        covers = self._covers(letter, open_invoices)
        past = self._before(covers)
        ruling = self._ruling(letter, past, bool(open_invoices & set(covers)))
        if ruling.letter != "refused":
            kept = PastLetter(letter.sent, letter.kind, letter.deadline, ruling.fee, past.invoice, frozenset(covers))
            (self.bounced if letter.bounced else self.past).append(kept)
            if ruling.compensation:
                self.compensated |= set(past.late(letter.sent))
        return ruling

    def _ruling(self, letter: ClaimLetter, past: Past, anything_owed: bool) -> Ruling:
        if letter.given:
            return self._given(letter, past, anything_owed)
        refused = Ruling(letter="refused", invoice=past.invoice)
        if not anything_owed:
            return replace(refused, letter_reason=NOTHING_OWED)
        if stopped := self._stopped(letter.sent, past.covers):
            return replace(refused, letter_reason=stopped)
        ruling = self.pack.judge(letter, past)
        return _bounced(letter, ruling) if letter.bounced else ruling

    def _given(self, letter: ClaimLetter, past: Past, anything_owed: bool) -> Ruling:
        """It went out, rightly or wrongly. Only what it charges is looked at, where nobody says what it has charged."""
        given = Ruling(letter="given", invoice=past.invoice)
        if letter.bounced:
            return _bounced(letter, given)
        if letter.charged is not None:
            return replace(given, fee=letter.charged, compensation=letter.compensated)
        if reason := self._stopped(letter.sent, past.covers) if anything_owed else NOTHING_OWED:
            return _without_charges(letter, given, reason)
        ruling = self.pack.judge(letter, past)
        return replace(ruling, letter="given", letter_reason="")

    def compensation(self, entry: CompensationClaim) -> CompensationRuling:
        """Whether compensation may be claimed for an invoice: once, when it is late, from whom the law says."""
        amount, reason, _ = self.pack.compensation(self.claim.debtor, self.dues[entry.invoice], entry.claimed_on)
        if not reason and entry.invoice in self.compensated:
            amount, reason = 0, "compensation_already_claimed"
        if not reason and entry.claimed_on <= self.dues[entry.invoice]:
            amount, reason = 0, "compensation_not_after_due_date"
        if not reason and (stopped := self._stopped(entry.claimed_on, (entry.invoice,))):
            amount, reason = 0, stopped
        if amount:
            self.compensated.add(entry.invoice)
        return CompensationRuling(entry.invoice, entry.claimed_on, amount, reason)

    def handover(self, handover: Handover, charged: int, open_invoices: Set[str] = frozenset()) -> HandoverRuling:
        """Whether somebody else may be asked to collect: every open invoice needs a notice whose deadline is over."""
        names = self._covers_open(open_invoices)
        if stopped := self._stopped(handover.on, names):
            return HandoverRuling(handover.on, "refused", stopped)
        fee, fee_reason = 0, ""
        for name in names:
            notices = _notices(self.past, name)
            reason, fee, fee_reason = self.pack.handover(handover.on, handover.fee_wanted, charged, notices)
            if reason and not notices and _notices(self.bounced, name):
                reason = "letter_bounced"
            if reason:
                return HandoverRuling(handover.on, "refused", reason)
        return HandoverRuling(handover.on, "allowed", fee_reason, fee)

    def before(self, covers: tuple[str, ...], open_invoices: Set[str]) -> Past:
        """What a letter about these invoices would be judged against now; without names, all that are open."""
        return self._before(covers or self._covers_open(open_invoices))

    def _covers(self, letter: ClaimLetter, open_invoices: Set[str]) -> tuple[str, ...]:
        """Without names, the open invoices that are overdue; before any of them is, all that are open."""
        overdue = open_invoices & {name for name, due in self.dues.items() if due < letter.sent}
        return letter.covers or self._covers_open(overdue or open_invoices)

    def _covers_open(self, open_invoices: Set[str]) -> tuple[str, ...]:
        return tuple(name for name in self.dues if name in open_invoices) or tuple(self.dues)

    def _before(self, covers: tuple[str, ...]) -> Past:
        ordered = sorted(set(covers), key=lambda name: (self.dues[name], name))
        oldest = ordered[0]
        return Past(
            debtor=self.claim.debtor,
            invoice=oldest,
            due=self.dues[oldest],
            delivered=all(self._delivered[name] for name in ordered),
            letters=tuple(self.past),
            compensated=frozenset(self.compensated),
            covers=tuple(ordered),
            dues=self.dues,
        )

    def _stopped(self, day: date, invoices: tuple[str, ...]) -> str:
        """The reason of a stop on a day: of the case, or of any invoice in the letter."""
        for stop in self.claim.stops:
            if stop.start <= day and (stop.end is None or day < stop.end) and (stop.invoice or "") in ("", *invoices):
                return stop.reason
        return ""


def _notices(letters: list[PastLetter], invoice: str) -> tuple[PastLetter, ...]:
    """Formal notices about an invoice."""
    return tuple(sent for sent in letters if sent.kind is LetterKind.formal_notice and invoice in sent.covers)


def _bounced(letter: ClaimLetter, ruling: Ruling) -> Ruling:
    """A letter that reached nobody claims nothing; a reason that it already has stays."""
    return _without_charges(letter, ruling, "letter_bounced")


def _without_charges(letter: ClaimLetter, ruling: Ruling, reason: str) -> Ruling:
    return replace(
        ruling,
        fee=0,
        fee_reason=ruling.fee_reason or (reason if letter.fee_wanted or letter.charged else ""),
        fee_source="",
        compensation=0,
        compensation_reason=ruling.compensation_reason
        or (reason if letter.compensation_wanted or letter.compensated else ""),
    )
