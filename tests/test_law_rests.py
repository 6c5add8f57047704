"""Interest that rests while a payment plan is kept: not a day of it counts, and before and after nothing changes."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.claim import Category, Claim, ClaimInvoice, ClaimPayment, DayCount, Debtor, Rest, Terms
from rules.law.explain import explain
from rules.law.packs import pack_of
from rules.law.statement import work_out
from tests.drawn_claims import CURRENCY, countries

DUE = date(2026, 1, 5)
days = st.integers(1, 170).map(lambda n: DUE + timedelta(days=n))


def claim(as_of: date, *rests: Rest, country: str = "DK", **more: Any) -> Claim:
    invoice = ClaimInvoice("1001", 12_500_00, DUE)
    return Claim(country, Debtor.business, CURRENCY[country], (invoice,), as_of, rests=rests, **more)


def interest(asked: Claim) -> Fraction:
    return sum((segment.interest for segment in work_out(asked).segments), Fraction(0))


@given(countries, days, days, days, st.data())
def test_a_rest_takes_out_what_would_have_run_between_its_two_days(
    country: str, start: date, end: date, as_of: date, data: st.DataObject
) -> None:
    start, end = min(start, end), max(start, end)
    terms = Terms(day_count=data.draw(st.sampled_from((None, *pack_of(country).day_counts))))

    def ran(until: date, *rests: Rest) -> Fraction:
        return interest(claim(until, *rests, country=country, terms=terms))

    rested = ran(as_of, Rest("1001", start, end))
    assert rested == ran(as_of) - (ran(min(max(start, end), as_of)) - ran(min(start, as_of)))
    assert ran(as_of, Rest("1001", start)) == ran(min(start, as_of)), "one that lasts takes everything after it"


def test_two_rests_and_a_payment_in_one_of_them() -> None:
    rests = (Rest("1001", date(2026, 2, 1), date(2026, 3, 1)), Rest("1001", date(2026, 4, 1), date(2026, 5, 1)))
    paid = ClaimPayment(date(2026, 2, 10), 2_500_00, "1001", Category.principal)
    found = work_out(claim(date(2026, 5, 11), *rests, payments=(paid,))).segments
    assert [(str(s.first_day), str(s.last_day), s.days, s.base) for s in found] == [
        ("2026-01-05", "2026-01-31", 27, 12_500_00),
        ("2026-03-01", "2026-03-31", 31, 10_000_00),
        ("2026-05-01", "2026-05-10", 10, 10_000_00),
    ]


def test_another_invoice_goes_on_bearing_interest_and_the_working_says_why_one_does_not() -> None:
    asked = claim(date(2026, 2, 5), Rest("1001", date(2026, 1, 15)))
    other = ClaimInvoice("1002", 12_500_00, DUE)
    statement = work_out(Claim("DK", Debtor.business, "DKK", (*asked.invoices, other), asked.as_of, rests=asked.rests))
    assert [(s.invoice, s.days) for s in statement.segments] == [("1001", 10), ("1002", 31)]
    assert sum("no interest from 2026-01-15 to 2026-02-05: a payment plan" in line for line in explain(statement)) == 1


def test_the_lawyers_way_of_counting_days_rests_too() -> None:
    terms = Terms(day_count=DayCount.thirty_360)
    rest = Rest("1001", date(2026, 1, 31), date(2026, 3, 1))
    found = work_out(claim(date(2026, 3, 31), rest, terms=terms)).segments
    assert [segment.days for segment in found] == [25, 29]
