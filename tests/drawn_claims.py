"""Claims drawn by hypothesis: they cross half-years, leap years and the years of negative reference rates."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import reject
from hypothesis import strategies as st

from models.claim import (
    Claim,
    ClaimInvoice,
    ClaimLetter,
    ClaimPayment,
    CompensationClaim,
    CreditNote,
    Debtor,
    Refusal,
    Statement,
    Terms,
)
from rules.law.packs import PACKS
from rules.law.statement import work_out

CURRENCY = {"DK": "DKK", "NO": "NOK", "EU": "EUR"}
countries = st.sampled_from(["DK", "NO"])
amounts = st.integers(1, 5_000_000)


@st.composite
def claims(draw: st.DrawFn, country: st.SearchStrategy[str] = countries, letters: int = 0) -> Claim:
    """Up to three invoices within some months, and what was paid, credited and claimed over up to three years."""
    land = draw(country)
    first = draw(st.dates(date(2024, 1, 1) if land == "EU" else date(2019, 1, 1), date(2024, 6, 1)))
    dues = draw(st.lists(st.integers(0, 200), min_size=1, max_size=3))
    invoices = tuple(
        ClaimInvoice(f"I{n}", draw(amounts), first + timedelta(days=offset)) for n, offset in enumerate(dues)
    )
    start, end = max(i.due for i in invoices), date(2026, 12, 20)
    as_of = draw(st.dates(start, min(end, start + timedelta(days=900))))
    days = st.dates(first + timedelta(days=1), max(as_of, first + timedelta(days=1)))
    debtor = draw(st.sampled_from(list(Debtor) if land != "EU" else [Debtor.business, Debtor.public]))
    payments = draw(st.lists(st.tuples(days, amounts), max_size=3))
    notes = draw(st.lists(st.tuples(days, st.sampled_from(invoices), st.integers(1, 100), st.booleans()), max_size=2))
    kinds = st.sampled_from(list(PACKS[land].words.values()))
    sent = draw(st.lists(st.tuples(days, kinds, st.integers(1, 30), st.booleans(), st.booleans()), max_size=letters))
    by_letter = PACKS[land].compensation_by_letter
    claimed = draw(st.lists(st.tuples(st.sampled_from(invoices), days), max_size=0 if by_letter else 3))
    return Claim(
        country=land,
        debtor=debtor,
        currency=CURRENCY[land],
        invoices=invoices,
        as_of=max(as_of, first + timedelta(days=1)),
        letters=tuple(
            ClaimLetter(n, on, kind, on + timedelta(days=given), fee, by_letter and claims_it)
            for n, (on, kind, given, fee, claims_it) in enumerate(sent)
        ),
        compensation=tuple(CompensationClaim(invoice.id, on) for invoice, on in claimed),
        payments=tuple(ClaimPayment(on, amount) for on, amount in payments),
        credit_notes=tuple(
            CreditNote(on, invoice.id, max(1, invoice.principal * percent // 200), corrects)
            for on, invoice, percent, corrects in notes
        ),
        terms=Terms(
            agreed_rate=draw(st.none() | st.decimals("0", "24", places=2)),
            day_count=draw(st.sampled_from(PACKS[land].day_counts)) if letters else None,
        ),
    )


def worked(claim: Claim) -> Statement:
    """The statement; draws whose credit notes come to more than the invoice are passed over."""
    try:
        return work_out(claim)
    except Refusal as refusal:
        if refusal.reason != "credit_above_invoice":
            raise
        reject()
