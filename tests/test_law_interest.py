"""Interest: which days bear it, where days are cut, and that it agrees with a plain loop over every single day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.claim import (
    Claim,
    ClaimInvoice,
    ClaimPayment,
    CompensationClaim,
    DayCount,
    Debtor,
    Statement,
    Terms,
)
from rules.law.interest import segments
from rules.law.packs import PACKS
from rules.law.statement import work_out
from tests.day_by_day import PlainClaim, by_days
from tests.drawn_claims import CURRENCY, amounts, claims, countries, worked


def segments_of(country: str, due: str, as_of: str, **more: Any) -> list[tuple[str, str, int, str, int]]:
    """First day, last day, days, rate and days of the year of a claim on 1000.00."""
    invoice = ClaimInvoice("A", 1000_00, date.fromisoformat(due))
    claim = Claim(country, Debtor.consumer, CURRENCY[country], (invoice,), date.fromisoformat(as_of), **more)
    found = work_out(claim).segments
    return [(str(s.first_day), str(s.last_day), s.days, f"{s.rate:.2f}", s.year_days) for s in found]


def test_denmark_counts_the_due_date_and_norway_the_day_of_the_claim() -> None:
    assert segments_of("DK", "2026-06-29", "2026-07-02") == [
        ("2026-06-29", "2026-06-30", 2, "9.75", 365),
        ("2026-07-01", "2026-07-01", 1, "10.00", 365),
    ]
    assert segments_of("NO", "2026-06-29", "2026-07-02") == [
        ("2026-06-30", "2026-06-30", 1, "12.00", 365),
        ("2026-07-01", "2026-07-02", 2, "12.25", 365),
    ]


def test_a_segment_ends_with_the_half_year_also_when_the_rate_stays_and_29_february_is_a_366th() -> None:
    assert segments_of("NO", "2023-12-29", "2024-07-02") == [
        ("2023-12-30", "2023-12-31", 2, "11.75", 365),
        ("2024-01-01", "2024-06-30", 182, "12.50", 366),
        ("2024-07-01", "2024-07-02", 2, "12.50", 366),
    ]


def test_a_negative_reference_rate_lowers_the_total_below_the_surcharge() -> None:
    assert [rate for *_, rate, _ in segments_of("DK", "2021-12-30", "2022-01-03")] == ["7.65", "7.55"]


def test_claims_due_before_march_2013_keep_a_surcharge_of_seven_points() -> None:
    assert [rate for *_, rate, _ in segments_of("DK", "2013-02-28", "2013-03-04")] == ["7.20"]
    assert [rate for *_, rate, _ in segments_of("DK", "2013-03-01", "2013-03-04")] == ["8.20"]


def test_a_payment_that_changes_nothing_of_an_invoice_does_not_cut_its_days() -> None:
    """50 kr. on 1 September go against the compensation of A; the days of A and of B run on undivided."""
    invoices = (ClaimInvoice("A", 1000_00, date(2026, 8, 3)), ClaimInvoice("B", 500_00, date(2026, 8, 10)))
    statement = work_out(
        Claim(
            "DK", Debtor.business, "DKK", invoices, date(2026, 9, 30),
            compensation=(CompensationClaim("A", date(2026, 8, 20)),),
            payments=(ClaimPayment(date(2026, 9, 1), 50_00),),
        )
    )  # fmt: skip
    assert [(s.invoice, str(s.first_day), str(s.last_day), s.days) for s in statement.segments] == [
        ("A", "2026-08-03", "2026-09-29", 58),
        ("B", "2026-08-10", "2026-09-29", 51),
    ]


def test_days_are_cut_where_interest_is_paid_even_when_the_base_stays() -> None:
    """3.00 of the 7.95 that have accrued are paid on 1 September; no segment reaches across that rounding."""
    invoice, payments = ClaimInvoice("A", 1000_00, date(2026, 8, 3)), (ClaimPayment(date(2026, 9, 1), 3_00),)
    statement = work_out(Claim("DK", Debtor.consumer, "DKK", (invoice,), date(2026, 9, 11), payments=payments))
    days = [(str(s.first_day), str(s.last_day), s.base) for s in statement.segments]
    assert days == [("2026-08-03", "2026-08-31", 1000_00), ("2026-09-01", "2026-09-10", 1000_00)]
    assert (statement.open.interest, statement.open.principal) == (7_95 - 3_00 + 2_74, 1000_00)


def test_interest_that_is_paid_is_cut_and_rounded_on_that_day() -> None:
    """10.00 on 1 September: 7.95 is the interest of 29 days on 1000.00 at 10 %, so 2.05 is principal."""
    invoice = ClaimInvoice("A", 1000_00, date(2026, 8, 3))
    payments = (ClaimPayment(date(2026, 9, 1), 10_00), ClaimPayment(date(2026, 9, 1), 5_00))
    statement = work_out(Claim("DK", Debtor.consumer, "DKK", (invoice,), date(2026, 9, 11), payments=payments))
    assert [(str(c.on), c.rounded) for c in statement.crystallisations] == [("2026-09-01", 7_95), ("2026-09-11", 2_72)]
    assert [dict(paid.interest) for paid in statement.payments] == [{"A": 7_95}, {}]
    assert statement.open.principal == 1000_00 - 2_05 - 5_00


@settings(max_examples=150, deadline=None)
@given(claims(letters=5))
def test_every_day_of_every_claim_agrees_with_the_loop_over_days(claim: Claim) -> None:
    plain_terms = Terms(agreed_rate=claim.terms.agreed_rate)
    claim = Claim(**{name: getattr(claim, name) for name in Claim.__slots__} | {"terms": plain_terms})
    statement = worked(claim)
    answer = by_days(plain(claim, statement))
    for invoice in claim.invoices:
        segments = [s.interest for s in statement.segments if s.invoice == invoice.id]
        assert sum(segments, Fraction(0)) == answer.exact[invoice.id]
        assert statement.per_invoice[invoice.id].principal == answer.principal[invoice.id]
    left = statement.open
    assert (left.interest, left.fees, left.compensation) == (answer.interest, answer.fees, answer.compensation)
    assert statement.accrued == answer.accrued
    assert sum(paid.unallocated for paid in statement.payments) == answer.unallocated


def plain(claim: Claim, statement: Statement) -> PlainClaim:
    """The claim for the loop over days; what letters charged is taken from the statement."""
    agreed = claim.terms.agreed_rate
    charges = [(letter.sent, "fees", r.fee) for letter, r in zip(claim.letters, statement.letters, strict=True)]
    charges += [
        (letter.sent, "compensation", r.compensation)
        for letter, r in zip(claim.letters, statement.letters, strict=True)
    ]
    charges += [(c.claimed_on, "compensation", c.amount) for c in statement.compensation]
    # A goodwill note takes no more than was open that day; the loop is told what was left of it.
    beyond = dict(statement.uncredited)
    goodwill = []
    for note in sorted((n for n in claim.credit_notes if not n.from_due_date), key=lambda n: n.on, reverse=True):
        over = min(beyond.get(note.invoice, 0), note.amount)
        beyond[note.invoice] = beyond.get(note.invoice, 0) - over
        goodwill.append((note.on, note.invoice, note.amount - over))
    return PlainClaim(
        country=claim.country,
        invoices={i.id: (i.principal, i.due) for i in claim.invoices},
        as_of=claim.as_of,
        payments=[(p.on, p.amount) for p in claim.payments],
        goodwill=goodwill,
        corrections=[(n.invoice, n.amount) for n in claim.credit_notes if n.from_due_date],
        charges=charges,
        ceiling=None if agreed is None else Fraction(agreed),
        consumer=not claim.debtor.trades,
    )


@settings(max_examples=100, deadline=None)
@given(countries, amounts, st.dates(date(2019, 1, 1), date(2026, 12, 30)))
def test_nothing_has_accrued_on_the_effective_due_date(country: str, amount: int, due: date) -> None:
    invoice = ClaimInvoice("A", amount, due)
    day = PACKS[country].effective_due(due)
    if day > date(2026, 12, 30):
        return
    statement = work_out(Claim(country, Debtor.consumer, CURRENCY[country], (invoice,), day))
    assert (statement.segments, statement.accrued, statement.open.total) == ((), 0, amount)


@settings(max_examples=100, deadline=None)
@given(
    countries, amounts, amounts, st.dates(date(2019, 1, 1), date(2024, 6, 1)), st.integers(0, 600), st.integers(1, 400)
)
def test_interest_is_never_more_when_a_payment_comes_earlier(
    country: str, principal: int, payment: int, due: date, later: int, sooner: int
) -> None:
    def paid_on(day: date) -> Fraction:
        invoice, as_of = ClaimInvoice("A", principal, due), due + timedelta(days=700)
        payments = (ClaimPayment(max(day, due), payment),)
        claim = Claim(country, Debtor.consumer, CURRENCY[country], (invoice,), as_of, payments=payments)
        return sum((segment.interest for segment in work_out(claim).segments), Fraction(0))

    day = due + timedelta(days=later)
    # Denmark puts money against interest first, which is rounded then: less than an øre moves between the two.
    assert paid_on(day - timedelta(days=sooner)) <= paid_on(day) + 1


@pytest.mark.parametrize("day_count", list(DayCount))
@settings(max_examples=80, deadline=None)
@given(st.dates(date(2019, 1, 1), date(2025, 1, 1)), st.integers(0, 400), st.integers(0, 300), amounts)
def test_interest_over_adjoining_periods_adds_up_exactly(
    day_count: DayCount, start: date, first: int, second: int, base: int
) -> None:
    def over(begin: date, days: int) -> Fraction:
        counted = segments("A", base, begin, begin + timedelta(days=days), rate_on, day_count)
        return sum((segment.interest for segment in counted), Fraction(0))

    def rate_on(day: date) -> Decimal:
        return PACKS["DK"].rate(day, start)[0]

    assert over(start, first) + over(start + timedelta(days=first), second) == over(start, first + second)
