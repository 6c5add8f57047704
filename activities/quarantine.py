"""The quarantine: what was overdue when the books were connected, as it is now, and as it would be if released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from activities.channels.addresses import NoNumber, email_addresses, mobile_number
from activities.debtors import debtor_of
from activities.facts import (
    case_facts,
    customer_of,
    newest_ladder,
    not_reminded,
    prospect_facts,
    settings_of,
)
from models.books import BookCustomer
from models.cases import CaseRow, SetAsideRow, UnusableAddressRow
from models.creditor import CreditorSettings
from models.facts import CaseFacts, InvoiceFacts
from models.ladder import Ladder
from models.mirror import CustomerRow, InvoiceRow
from models.money import Money
from rules.backlog import Backlog, days_late, flags

QUARANTINE = "quarantine"
"""The kind by which the backlog is set aside."""


@dataclass(frozen=True)
class Quarantined:
    """An invoice in quarantine with the rows it comes from."""

    backlog: Backlog
    invoice: InvoiceRow
    aside: SetAsideRow
    customer: CustomerRow | None


def quarantined(session: Session, creditor: str, today: date, owner: str | None = None) -> list[Quarantined]:
    """What is in quarantine and still open, oldest first; with `owner` only what that rep's customers owe.

    A constant number of queries. What has been paid meanwhile is simply not there any more.
    """
    settings = settings_of(session, creditor)
    query = (
        select(InvoiceRow, SetAsideRow, CustomerRow)
        .join(
            SetAsideRow,
            (col(SetAsideRow.creditor_id) == InvoiceRow.creditor_id)
            & (col(SetAsideRow.invoice_number) == InvoiceRow.number),
        )
        .outerjoin(
            CustomerRow,
            (col(CustomerRow.creditor_id) == InvoiceRow.creditor_id)
            & (col(CustomerRow.number) == InvoiceRow.customer_number),
        )
        .where(
            InvoiceRow.creditor_id == creditor,
            SetAsideRow.kind == QUARANTINE,
            col(SetAsideRow.released_at).is_(None),
            InvoiceRow.remainder_minor > 0,
        )
        .order_by(col(InvoiceRow.due_date), col(InvoiceRow.number))
    )
    if owner is not None:
        query = query.where(CustomerRow.owner == owner, CustomerRow.owner != "")
    rows = list(session.exec(query))
    unreachable = _unreachable(session, creditor, {c.number: c for _, _, c in rows if c is not None}, settings)
    return [
        Quarantined(_backlog(i, today, settings, unreachable.get(i.customer_number, "")), i, aside, customer)
        for i, aside, customer in rows
    ]


def _backlog(invoice: InvoiceRow, today: date, settings: CreditorSettings, unreachable: str) -> Backlog:
    left = Money(minor=invoice.remainder_minor, currency=invoice.currency)
    missing = invoice.missing_since is not None
    return Backlog(
        number=invoice.number,
        customer=invoice.customer_number,
        invoice_date=invoice.invoice_date,
        due=invoice.due_date,
        days_late=days_late(invoice.due_date, today),
        left=left,
        flags=flags(invoice.due_date, left, today, settings.country, unreachable=unreachable, missing=missing),
    )


def _unreachable(
    session: Session, creditor: str, customers: dict[str, CustomerRow], settings: CreditorSettings
) -> dict[str, str]:
    """Why customers cannot be written to at all, for those who cannot."""
    query = select(UnusableAddressRow.address).where(UnusableAddressRow.creditor_id == creditor)
    bad = set(session.exec(query))
    return {
        number: why
        for number, row in customers.items()
        if (why := _why_unreachable(BookCustomer.model_validate(row.document), settings, bad))
    }


def _why_unreachable(customer: BookCustomer, settings: CreditorSettings, bad: set[str]) -> str:
    emails = email_addresses(customer.email).usable
    if set(emails) - bad:
        return ""
    mobile = mobile_number(customer.mobile, customer.phone, customer.country or settings.country)
    if not isinstance(mobile, NoNumber) and mobile not in bad:
        return ""
    return f"{'e-mail has bounced' if emails else 'no e-mail address'}, and no mobile number that can be reached"


def pictures(session: Session, creditor: str, released: Iterable[Quarantined]) -> dict[str, CaseFacts]:
    """Per customer the picture as it would be if these invoices were released, for the rules to judge.

    Customers who never had a case, which on the first day is everybody, cost no query of their own.
    """
    of: defaultdict[str, list[Quarantined]] = defaultdict(list)
    for one in released:
        of[one.backlog.customer].append(one)
    settings = settings_of(session, creditor)
    cases: defaultdict[str, list[CaseRow]] = defaultdict(list)
    query = select(CaseRow).where(CaseRow.creditor_id == creditor).order_by(col(CaseRow.case_number))
    for case in session.exec(query):
        cases[case.customer_number].append(case)
    newest = Ladder.model_validate(newest_ladder(session, creditor, settings.ladder).document) if of else None
    found = {}
    for number, some in of.items():
        known = cases.get(number, [])
        if known and known[-1].closed_at is None:
            facts = case_facts(session, known[-1])
        elif known:
            facts = prospect_facts(session, creditor, number)
        else:
            assert newest is not None
            facts = _stranger(session, creditor, some[0], settings, newest)
        own = tuple(_released(one.invoice, settings) for one in some)
        others = tuple(i for i in facts.invoices if i.number not in {one.number for one in own})
        found[number] = facts.model_copy(update={"invoices": (*others, *own)})
    return found


def _stranger(
    session: Session, creditor: str, one: Quarantined, settings: CreditorSettings, ladder: Ladder
) -> CaseFacts:
    """A customer of whom there is nothing yet but what the books say."""
    row, number = one.customer, one.backlog.customer
    customer = BookCustomer.model_validate(row.document) if row else customer_of(session, creditor, number)
    return CaseFacts(
        case_id="",
        creditor=creditor,
        customer_number=number,
        settings=settings,
        ladder=ladder,
        owner="",
        invoices=(),
        debtor=debtor_of(customer, settings.country),
    )


def _released(invoice: InvoiceRow, settings: CreditorSettings) -> InvoiceFacts:
    money: dict[str, Any] = {
        "gross": Money(minor=invoice.gross_minor, currency=invoice.currency),
        "balance": Money(minor=invoice.remainder_minor, currency=invoice.currency),
    }
    return InvoiceFacts(
        number=invoice.number,
        invoice_date=invoice.invoice_date,
        due_date=invoice.due_date,
        not_reminded=not_reminded(invoice, settings, ""),
        **money,
    )


def sums_of(amounts: Iterable[Money]) -> list[Money]:
    """The sum in each currency, in the order of their names."""
    minor: defaultdict[str, int] = defaultdict(int)
    for money in amounts:
        minor[money.currency] += money.minor
    return [Money(minor=minor[currency], currency=currency) for currency in sorted(minor)]


def spoken(sums: Sequence[Money]) -> str:
    """`12500.00 DKK and 40.00 EUR`."""
    return " and ".join(str(money) for money in sums)


def counted(number: int, thing: str) -> str:
    """`1 invoice`, `2 invoices`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
