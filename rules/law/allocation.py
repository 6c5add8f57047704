"""Puts a payment against what is open, in the order of the country or of the payer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.claim import Allocated, Category, ClaimPayment


@dataclass
class Owed:
    """What is open on a claim at one moment, per invoice, in minor units; the oldest due date first."""

    fees: dict[str, int] = field(default_factory=dict)
    compensation: dict[str, int] = field(default_factory=dict)
    interest: dict[str, int] = field(default_factory=dict)
    principal: dict[str, int] = field(default_factory=dict)

    def of(self, category: Category) -> dict[str, int]:
        amounts: dict[str, int] = getattr(self, category.value)
        return amounts


def allocate(
    payment: ClaimPayment, owed: Owed, order: Sequence[Category], dues: Mapping[str, date], equal_sum_is_direction: bool
) -> Allocated:
    """Lower what is owed by a payment and say where it went; what finds nothing open stays unallocated.

    What the payer said comes first; then the invoice it names; then category by category, the oldest invoice first.
    """
    taken: dict[Category, dict[str, int]] = {category: {} for category in Category}
    left = payment.amount
    oldest_first = sorted(dues, key=lambda invoice: (dues[invoice], invoice))

    def take(categories: Sequence[Category], invoices: Sequence[str]) -> None:
        nonlocal left
        for category in categories:
            open_amounts = owed.of(category)
            for invoice in invoices:
                share = min(left, open_amounts.get(invoice, 0))
                if share > 0:
                    open_amounts[invoice] -= share
                    taken[category][invoice] = taken[category].get(invoice, 0) + share
                    left -= share

    named = [payment.invoice] if payment.invoice else oldest_first
    if payment.directed_to is not None:
        take([payment.directed_to], named)
    elif equal_sum_is_direction:
        equal = [invoice for invoice in named if owed.principal.get(invoice) == payment.amount]
        take([Category.principal], equal[:1])
    if payment.invoice:
        take(order, named)
    take(order, oldest_first)
    return Allocated(
        on=payment.on,
        amount=payment.amount,
        fees=sum(taken[Category.fees].values()),
        compensation=sum(taken[Category.compensation].values()),
        interest=taken[Category.interest],
        principal=taken[Category.principal],
        unallocated=left,
    )
