"""The quarantine as the API shows it: customers with their invoices, where each would start, counts and sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel
from sqlmodel import Session

from activities.quarantine import Quarantined, pictures, sums_of
from models.facts import CaseFacts
from rules.backlog import starts
from web.answers import Amount
from web.callers import Caller


class FlagLine(BaseModel):
    """Why an invoice should be looked at before it is released."""

    flag: str
    """missing, limitation, old, trifle, unreachable"""
    reason: str


class QuarantinedInvoice(BaseModel):
    """An invoice that was overdue when the books were connected."""

    number: str
    invoice_date: date
    due_date: date | None
    days_late: int
    left: Amount
    starts_at: str
    """The step of the ladder at which it starts if it is released now; empty where it would get no reminder."""
    title: str
    earliest: datetime | None
    """When that step would be proposed, at the earliest."""
    why: str
    """What decides that, or why it would get no reminder."""
    flags: list[FlagLine]


class QuarantinedCustomer(BaseModel):
    """One customer's part of the quarantine, the oldest invoice first."""

    customer_number: str
    customer: str
    owner: str
    """The number by which the books call the rep who owns the customer."""
    case_id: str
    """The open case that its released invoices join; empty where one will be opened."""
    total: list[Amount]
    invoices: list[QuarantinedInvoice]


class Totals(BaseModel):
    """Counts and sums of everything that fits, on whatever page it stands."""

    customers: int
    invoices: int
    flagged: int
    total: list[Amount]


def customer_lines(
    session: Session, caller: Caller, found: Sequence[Quarantined], now: datetime
) -> list[QuarantinedCustomer]:
    """Customers in the order of their invoices, each with the steps at which these would start."""
    facts = pictures(session, caller.creditor, found)
    return [
        QuarantinedCustomer(
            customer_number=number,
            customer=some[0].customer.name if some[0].customer else number,
            owner=some[0].customer.owner if some[0].customer else "",
            case_id=facts[number].case_id,
            total=_amounts(some),
            invoices=_invoices(some, facts[number], now, caller),
        )
        for number, some in by_customer(found).items()
    ]


def _invoices(some: Sequence[Quarantined], facts: CaseFacts, now: datetime, caller: Caller) -> list[QuarantinedInvoice]:
    dues, known = starts(facts, now), {invoice.number: invoice for invoice in facts.invoices}
    lines = []
    for one in some:
        backlog, due = one.backlog, dues.get(one.backlog.number)
        nowhere = known[backlog.number].not_reminded or "the ladder has no step for it any more"
        lines.append(
            QuarantinedInvoice(
                number=backlog.number,
                invoice_date=backlog.invoice_date,
                due_date=backlog.due,
                days_late=backlog.days_late,
                left=Amount.of(backlog.left),
                starts_at=due.step.name if due else "",
                title=due.step.title if due else "",
                earliest=due.at.astimezone(caller.zone) if due else None,
                why=due.why if due else nowhere,
                flags=[FlagLine(flag=flag.name, reason=flag.reason) for flag in backlog.flags],
            )
        )
    return lines


def by_customer(found: Sequence[Quarantined]) -> dict[str, list[Quarantined]]:
    """The invoices of each customer, in the order in which they come."""
    of: defaultdict[str, list[Quarantined]] = defaultdict(list)
    for one in found:
        of[one.backlog.customer].append(one)
    return of


def in_order(of: dict[str, list[Quarantined]], sort: str) -> list[list[Quarantined]]:
    """Customers by their numbers, or those first that owe for longest, or most."""
    by_number = sorted(of.items())
    if sort == "amount":
        by_number.sort(key=lambda item: -sum(one.backlog.left.minor for one in item[1]))
    elif sort == "oldest":
        by_number.sort(key=lambda item: -max(one.backlog.days_late for one in item[1]))
    return [some for _, some in by_number]


def totals_of(found: Sequence[Quarantined]) -> Totals:
    """Counts and sums of invoices."""
    return Totals(
        customers=len({one.backlog.customer for one in found}),
        invoices=len(found),
        flagged=sum(1 for one in found if one.backlog.flags),
        total=_amounts(found),
    )


def _amounts(found: Sequence[Quarantined]) -> list[Amount]:
    return [Amount.of(money) for money in sums_of(one.backlog.left for one in found)]
