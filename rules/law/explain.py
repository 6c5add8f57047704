"""A statement told line by line, so that a person can work it out again with pencil and paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from models.claim import Allocated, ClaimInvoice, Interval, Segment, Statement
from rules.law.pack import CountryPack
from rules.law.packs import pack_of
from rules.law.quote import amount, six_decimals
from rules.law.reasons import said


def explain(statement: Statement) -> list[str]:
    """The working of a statement: every figure, how it came about, and where its rate or fee stands."""
    claim, pack = statement.claim, pack_of(statement.claim.country)
    lines = [f"{pack.name}, debtor: {claim.debtor}, as of {claim.as_of}; all amounts in {claim.currency}"]
    for invoice in claim.invoices:
        lines += ["", *_invoice(statement, invoice)]
    for heading, part in (
        ("Letters", _letters(statement, pack)),
        ("Compensation", _compensation(statement)),
        ("Payments", _payments(statement)),
        ("Handover", _handovers(statement)),
        (f"Open on {claim.as_of}", _open(statement)),
        ("How days were counted, and where the figures stand", _sources(statement, pack)),
    ):
        if told := [f"  {line}" for line in part]:
            lines += ["", heading, *told]
    return lines


def rate_source(statement: Statement, segment: Segment) -> str:
    """Where the rate of a segment stands."""
    due = statement.effective_due[segment.invoice]
    statutory, source = pack_of(statement.claim.country).rate(segment.first_day, due)
    return source if segment.rate == statutory else f"agreed in the contract; the statutory rate is {statutory:.2f} %"


def _invoice(statement: Statement, invoice: ClaimInvoice) -> Iterator[str]:
    claim, due = statement.claim, statement.effective_due[invoice.id]
    moved = f", a day without business, so it counts as due on {due}" if due != invoice.due else ""
    yield f"Invoice {invoice.id}: {amount(invoice.principal)}, due {invoice.due}{moved}"
    for note in claim.credit_notes:
        if note.invoice == invoice.id:
            counts = "from the due date, as it corrects an error" if note.from_due_date else "from its own date"
            yield f"  credit note of {note.on}: {amount(note.amount)}, counted {counts}"
    working = [((s.first_day, 1), _segment(s)) for s in statement.segments if s.invoice == invoice.id]
    for rest in claim.rests:
        if rest.invoice == invoice.id and rest.start < claim.as_of:
            until = rest.end or claim.as_of
            working.append(((rest.start, 2), f"no interest from {rest.start} to {until}: {rest.why}"))
    for point in statement.crystallisations:
        if point.invoice == invoice.id:
            end = point.on + timedelta(days=0 if _due_counts(statement) else 1)
            told = f"rounded once on {point.on}: {six_decimals(point.unrounded)} becomes {amount(point.rounded)}"
            working.append(((end, 0), told))
    for _, told in sorted(working, key=itemgetter(0)):
        yield f"  {told}"
    left = statement.per_invoice[invoice.id]
    yield f"  open: principal {amount(left.principal)}, interest {amount(left.interest)}"


def _segment(segment: Segment) -> str:
    days = "1 day" if segment.days == 1 else f"{segment.days} days"
    return (
        f"{segment.first_day} to {segment.last_day}, {days}: {amount(segment.base)} x {segment.rate:.2f} % "
        f"x {segment.days}/{segment.year_days} = {six_decimals(segment.interest)}"
    )


def _letters(statement: Statement, pack: CountryPack) -> Iterator[str]:
    words = {kind: word for word, kind in pack.words.items()}
    for letter, ruling in zip(statement.claim.letters, statement.letters, strict=True):
        told = {"allowed": "may go", "refused": "must not go", "given": "has gone out"}[ruling.letter]
        if ruling.letter_reason:
            told += f", because {said(ruling.letter_reason, pack.country)}"
        if ruling.fee:
            told += f"; fee {amount(ruling.fee)} on invoice {ruling.invoice}"
        elif ruling.fee_reason:
            told += f"; no fee, because {said(ruling.fee_reason, pack.country)}"
        elif letter.charged is not None:
            told += "; it charges no fee"
        elif ruling.letter != "refused":
            told += "; no fee was asked for"
        if ruling.compensation:
            told += f"; compensation {amount(ruling.compensation)}, the fees it absorbs taken off"
        elif ruling.compensation_reason:
            told += f"; no compensation, because {said(ruling.compensation_reason, pack.country)}"
        yield f"{letter.n}. {words[letter.kind]} of {letter.sent}: {told}"


def _compensation(statement: Statement) -> Iterator[str]:
    for ruling in statement.compensation:
        told = amount(ruling.amount) if not ruling.reason else f"none, because {_said(statement, ruling.reason)}"
        yield f"invoice {ruling.invoice}, claimed on {ruling.claimed_on}: {told}"


def _payments(statement: Statement) -> Iterator[str]:
    order = statement.claim.terms.allocation or pack_of(statement.claim.country).allocation
    if statement.payments:
        yield f"in this order, the oldest invoice first: {', '.join(order)}; what the payer said comes before"
    for payment, went in zip(statement.claim.payments, statement.payments, strict=True):
        named = f" for invoice {payment.invoice}" if payment.invoice else ""
        meant = f" for {payment.directed_to}" if payment.directed_to else ""
        yield f"{went.on}: {amount(went.amount)}{named}{meant} went to {'; '.join(_went(went))}"


def _went(went: Allocated) -> Iterator[str]:
    for name, shares in (("principal", went.principal), ("interest", went.interest)):
        for invoice, share in shares.items():
            yield f"{name} of {invoice} {amount(share)}"
    for name, share in (("compensation", went.compensation), ("fees", went.fees), ("nothing", went.unallocated)):
        if share:
            yield f"{name} {amount(share)}"


def _handovers(statement: Statement) -> Iterator[str]:
    for ruling in statement.handovers:
        told = "may be handed over" if ruling.outcome == "allowed" else "must not be handed over"
        fee = f"; fee {amount(ruling.fee)}" if ruling.fee else ""
        because = f", because {_said(statement, ruling.reason)}" if ruling.reason else ""
        if ruling.outcome == "allowed" and because:
            because = f"; no fee{because}"
        yield f"{ruling.on}: {told}{fee}{because}"


def _open(statement: Statement) -> Iterator[str]:
    left = statement.open
    parts = (("principal", left.principal), ("interest", left.interest), ("fees", left.fees))
    for name, share in (*parts, ("compensation", left.compensation), ("total", left.total)):
        yield f"{name} {amount(share)}"


def _sources(statement: Statement, pack: CountryPack) -> Iterator[str]:
    terms = statement.claim.terms
    if statement.segments:
        outer = "the due date does not count, the as-of date does"
        if _due_counts(statement):
            outer = "the due date counts, the as-of date does not"
        yield f"days: {terms.day_count or pack.day_counts[0]}; {outer}"
    used = sorted((s.first_day, s.last_day, f"{s.rate:.2f} %: {rate_source(statement, s)}") for s in statement.segments)
    for rate, segments in groupby(used, key=itemgetter(2)):
        days = list(segments)
        yield f"{days[0][0]} to {max(last for _, last, _ in days)} {rate}"
    if statement.rate_reason:
        yield _said(statement, statement.rate_reason)
    fees = [(ruling.fee, ruling.fee_source or "as the letter charged it") for ruling in statement.letters if ruling.fee]
    yield from dict.fromkeys(f"fee {amount(fee)}: {source}" for fee, source in fees)
    claimed = [(c.invoice, c.claimed_on) for c in statement.compensation if c.amount]
    for letter, ruling in zip(statement.claim.letters, statement.letters, strict=True):
        if ruling.compensation:
            claimed.append((ruling.invoice, letter.sent))
    terms_of = ((statement.claim.debtor, statement.effective_due[name], day) for name, day in claimed)
    figures = (pack.compensation(debtor, due, day) for debtor, due, day in terms_of)
    yield from dict.fromkeys(f"compensation {amount(figure)} per invoice: {source}" for figure, _, source in figures)


def _due_counts(statement: Statement) -> bool:
    chosen = statement.claim.terms.interval or pack_of(statement.claim.country).interval
    return chosen is Interval.from_due_day


def _said(statement: Statement, reason: str) -> str:
    return said(reason, statement.claim.country)
