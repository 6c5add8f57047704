"""What a claim must be before it is worked out; anything else is a clear refusal."""

from __future__ import annotations

from models.claim import Claim, Refusal
from rules.law.pack import CountryPack


def check(claim: Claim, pack: CountryPack) -> None:
    """Raise Refusal with the first thing that is wrong."""
    ids = [invoice.id for invoice in claim.invoices]
    if not ids:
        raise Refusal("no_invoice", "the claim has no invoice; name at least one")
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise Refusal("invoice_twice", f"invoice {twice[0]} stands in the claim more than once; give each its own id")
    if claim.currency != pack.currency:
        raise Refusal(
            "currency_mismatch", f"the claim is in {claim.currency}; the rules of {pack.name} are for {pack.currency}"
        )
    if not pack.consumers and not claim.debtor.trades:
        raise Refusal(
            "debtor_not_covered",
            f"the rules of {pack.name} are for businesses and public bodies; this debtor is a {claim.debtor}, "
            "so take the rules of the debtor's own country",
        )
    if claim.compensation and pack.compensation_by_letter:
        raise Refusal(
            "compensation_by_letter",
            f"in {pack.name} compensation is claimed by a letter; set compensation_wanted on the letter",
        )
    _amounts(claim)
    _dates(claim)
    _references(claim, set(ids))
    _terms(claim, pack)


def _amounts(claim: Claim) -> None:
    for invoice in claim.invoices:
        if invoice.principal <= 0:
            raise Refusal("amount_not_positive", f"invoice {invoice.id} has no positive amount")
    if any(payment.amount <= 0 for payment in claim.payments):
        raise Refusal("amount_not_positive", "a payment has no positive amount")
    credited = dict.fromkeys((invoice.id for invoice in claim.invoices), 0)
    for note in claim.credit_notes:
        if note.amount <= 0:
            raise Refusal("amount_not_positive", "a credit note has no positive amount")
        credited[note.invoice] = credited.get(note.invoice, 0) + note.amount
    for invoice in claim.invoices:
        if credited[invoice.id] > invoice.principal:
            raise Refusal(
                "credit_above_invoice",
                f"the credit notes on invoice {invoice.id} come to {credited[invoice.id] / 100:.2f}, "
                f"more than the invoice's {invoice.principal / 100:.2f}",
            )


def _dates(claim: Claim) -> None:
    for invoice in claim.invoices:
        if claim.as_of < invoice.due:
            raise Refusal(
                "as_of_before_due_date",
                f"invoice {invoice.id} falls due on {invoice.due}, after the as-of date {claim.as_of}; "
                "leave it out or ask for a later day",
            )
    late = [f"a payment of {p.on}" for p in claim.payments if p.on > claim.as_of]
    late += [f"a credit note of {n.on}" for n in claim.credit_notes if n.on > claim.as_of]
    late += [f"compensation claimed on {c.claimed_on}" for c in claim.compensation if c.claimed_on > claim.as_of]
    late += [f"a letter of {letter.sent}" for letter in claim.letters if letter.sent > claim.as_of]
    late += [f"a handover of {handover.on}" for handover in claim.handovers if handover.on > claim.as_of]
    if late:
        raise Refusal("after_as_of", f"{late[0]} lies after the as-of date {claim.as_of}; ask for a later day")
    for stop in claim.stops:
        if stop.end is not None and stop.end < stop.start:
            raise Refusal("stop_ends_before_start", f"a stop from {stop.start} ends before it begins, on {stop.end}")
    for letter in claim.letters:
        if letter.deadline is not None and letter.deadline < letter.sent:
            raise Refusal(
                "deadline_before_letter", f"letter {letter.n} of {letter.sent} sets the deadline {letter.deadline}"
            )


def _references(claim: Claim, known: set[str]) -> None:
    named = [payment.invoice for payment in claim.payments if payment.invoice]
    named += [note.invoice for note in claim.credit_notes] + [entry.invoice for entry in claim.compensation]
    named += [stop.invoice for stop in claim.stops if stop.invoice]
    named += [invoice for letter in claim.letters for invoice in letter.covers]
    if strangers := sorted(set(named) - known):
        raise Refusal("invoice_unknown", f"invoice {strangers[0]} is named but is not in the claim")


def _terms(claim: Claim, pack: CountryPack) -> None:
    chosen = claim.terms.day_count
    if chosen is not None and chosen not in pack.day_counts:
        allowed = ", ".join(pack.day_counts)
        raise Refusal("setting_not_allowed", f"{pack.name} does not count days as {chosen}; there is: {allowed}")
    order = claim.terms.allocation
    if order is not None and sorted(order) != sorted(pack.allocation):
        raise Refusal(
            "setting_not_allowed", f"an order of allocation names each of {', '.join(sorted(pack.allocation))} once"
        )
    rate = claim.terms.agreed_rate
    if rate is not None and not 0 <= rate <= 100:
        raise Refusal("setting_not_allowed", f"an agreed rate of {rate} % a year cannot be right; give percent a year")
