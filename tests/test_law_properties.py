"""What must hold for every claim, whatever was sent, paid and credited."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.claim import Claim, ClaimLetter, LetterKind
from rules.law.letters import Correspondence
from rules.law.packs import PACKS
from tests.drawn_claims import claims, worked

REMINDERS, DEMANDS = (38_00, 35_00, 70_00), (113_00, 105_00, 210_00)
"""Øre in 2026, from October 2020, and before."""


@settings(max_examples=150, deadline=None)
@given(claims(st.sampled_from(["DK", "NO", "EU"]), letters=8))
def test_what_is_open_is_what_was_owed_less_what_was_paid_and_credited(claim: Claim) -> None:
    statement = worked(claim)
    owed = sum(i.principal for i in claim.invoices) + statement.accrued
    owed += sum(r.fee + r.compensation for r in statement.letters) + sum(h.fee for h in statement.handovers)
    owed += sum(c.amount for c in statement.compensation)
    settled = sum(p.amount - p.unallocated for p in statement.payments)
    settled += sum(n.amount for n in claim.credit_notes) - sum(statement.uncredited.values())
    assert statement.open.total == owed - settled
    parts = statement.open
    assert min(parts.principal, parts.interest, parts.fees, parts.compensation) >= 0
    lines = statement.per_invoice.values()
    assert sum(x.principal + x.interest + x.fees + x.compensation for x in lines) == parts.total
    assert sum(line.accrued for line in lines) == statement.accrued


@settings(max_examples=300, deadline=None)
@given(claims(st.just("DK"), letters=12))
def test_no_correspondence_in_denmark_charges_more_than_three_fees_ten_days_apart(claim: Claim) -> None:
    statement = worked(claim)
    rulings = sorted(zip(claim.letters, statement.letters, strict=True), key=lambda pair: (pair[0].sent, pair[0].n))
    assert sum(ruling.fee for _, ruling in rulings) <= 300_00
    gone: list[tuple[date, str]] = []
    for letter, ruling in rulings:
        due = statement.effective_due[ruling.invoice]
        if ruling.fee:
            assert ruling.fee == 100_00
            assert letter.sent > due
            assert all((letter.sent - day).days >= 10 for day, of in gone if of == ruling.invoice and day > due)
        if ruling.letter == "allowed":
            gone.append((letter.sent, ruling.invoice))
            if letter.kind is LetterKind.formal_notice:
                assert letter.deadline is not None
                assert letter.sent > due
                assert letter.deadline >= letter.sent + timedelta(days=10)
    assert all(c.amount in (0, 310_00) for c in statement.compensation)
    claimed = [c.invoice for c in statement.compensation if c.amount]
    assert len(claimed) == len(set(claimed))
    assert not claimed or claim.debtor.trades


@settings(max_examples=300, deadline=None)
@given(claims(st.just("NO"), letters=12))
def test_no_correspondence_in_norway_charges_more_than_the_regulation_allows(claim: Claim) -> None:
    statement = worked(claim)
    pairs = sorted(zip(claim.letters, statement.letters, strict=True), key=lambda pair: (pair[0].sent, pair[0].n))
    for name, due in statement.effective_due.items():
        fees = [(letter, ruling) for letter, ruling in pairs if ruling.fee and ruling.invoice == name]
        for n, (letter, ruling) in enumerate(fees):
            assert letter.sent >= due + timedelta(days=14)
            assert ruling.fee in (DEMANDS if letter.kind is LetterKind.demand else REMINDERS)
            window = window_before([sent for sent, _ in fees[:n]], letter.sent)
            same = [w for w in window if (w.kind is LetterKind.demand) == (letter.kind is LetterKind.demand)]
            assert len(same) < (1 if letter.kind is LetterKind.demand else 2)
            notices = [w for w in [*window, letter] if w.kind is LetterKind.formal_notice]
            assert len(notices) <= 1
            earlier = [sent for sent, r in pairs if r.letter == "allowed" and sent.sent < letter.sent]
            if same or letter.kind is LetterKind.demand:
                assert any(missed(sent, letter.sent) for sent in (same or earlier))
    for letter, ruling in pairs:
        if ruling.compensation:
            assert claim.debtor.trades
            assert ruling.fee == 0
            assert any(due < letter.sent for due in statement.effective_due.values())
            late = [name for name, due in statement.effective_due.items() if due < letter.sent]
            assert ruling.compensation <= 470_00 * len(late)


def window_before(fees: list[ClaimLetter], day: date) -> list[ClaimLetter]:
    """Fee letters that still count on a day: the chain without a gap of more than six months."""
    window: list[ClaimLetter] = []
    for letter in [*fees, None]:
        on = letter.sent if letter else day
        if window and on > six_months_after(window[-1].sent):
            window = []
        if letter:
            window.append(letter)
    return window


def six_months_after(day: date) -> date:
    year, month = (day.year, day.month + 6) if day.month <= 6 else (day.year + 1, day.month - 6)
    while True:
        try:
            return date(year, month, day.day)
        except ValueError:
            day -= timedelta(days=1)


def missed(sent: ClaimLetter, day: date) -> bool:
    return sent.deadline is not None and sent.deadline >= sent.sent + timedelta(days=14) and sent.deadline < day


@settings(max_examples=50, deadline=None)
@given(claims(st.just("EU"), letters=8))
def test_the_european_floor_has_no_fee_at_all(claim: Claim) -> None:
    statement = worked(claim)
    assert all(ruling.fee == 0 and ruling.compensation == 0 for ruling in statement.letters)
    assert statement.open.fees == 0


@settings(max_examples=200, deadline=None)
@given(claims(letters=6), st.data())
def test_the_earliest_fee_that_a_pack_names_is_the_first_that_it_allows(claim: Claim, data: st.DataObject) -> None:
    """The planner asks when a fee may go, the judge says whether; they must not contradict each other."""
    pack = PACKS[claim.country]
    dues = {i.id: pack.effective_due(i.due) for i in claim.invoices}
    letters = Correspondence(claim, pack, dues)
    names = frozenset(dues)
    for letter in sorted(claim.letters, key=lambda sent: sent.sent):
        letters.judge(letter, names)
    kind = data.draw(st.sampled_from(list(pack.words.values())))
    past = letters.before(tuple(dues), names)
    earliest = pack.earliest_fee(kind, past)
    assert earliest is not None
    after_all = max([letter.sent for letter in claim.letters], default=date.min)
    for offset in (-200, -30, -2, -1, 0, 1, 40):
        day = earliest.day + timedelta(days=offset)
        if day <= after_all or day > date(2026, 12, 31):
            continue
        ruling = pack.judge(ClaimLetter(99, day, kind, day + timedelta(days=14), fee_wanted=True), past)
        if offset < 0:
            assert ruling.fee == 0
        else:
            assert ruling.fee or ruling.fee_reason in (
                *("fee_limit_reached", "fee_no_missed_14_day_deadline", "fee_offset_by_compensation"),
            )
