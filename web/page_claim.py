"""What a customer's page says is owed: invoice by invoice, with interest and fees and how they came about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from activities import ledger
from activities.claims import claim_of
from activities.placeholders import written_date, written_money, written_rate
from models.claim import Refusal, Segment, Statement
from models.facts import CaseFacts, InvoiceFacts
from models.letters import Language
from models.money import Money
from models.record import EntryRow
from rules.law.explain import rate_source
from rules.law.interest import rounded
from rules.law.statement import work_out

LAW = re.compile(r"(?P<name>[^,]+), (?P<address>https://[^\s:]+(?::\S+)?[^\s:;,)])")


@dataclass(frozen=True)
class Source:
    """Where a figure stands: a rule and, where there is one, the address of its text. Empty: it was agreed."""

    name: str
    address: str = ""


@dataclass(frozen=True)
class Working:
    """Interest of some days at one rate."""

    first: str
    last: str
    days: int
    base: str
    rate: str
    year_days: int
    interest: str
    source: Source


@dataclass(frozen=True)
class InvoiceLine:
    """One invoice as the page lists it."""

    number: str
    dated: str
    due: str
    days_late: int
    amount: str
    settled: str
    """Paid or credited so far; empty when nothing is."""
    left: str
    open: bool
    interest: str
    """Interest that is open on it; empty without any."""
    due_now: Money
    """What is left of it with its interest once it is due; nothing before."""
    working: tuple[Working, ...]


@dataclass(frozen=True)
class ChargeLine:
    """A fee or a compensation that a letter has charged, or that was waived again."""

    kind: str
    """fee, compensation, waiver"""
    on: str
    invoice: str
    amount: str
    source: Source


@dataclass(frozen=True)
class Owed:
    """Everything that is owed on a case as of a day; the sums as money, the rest as it is shown."""

    as_of: date
    invoices: tuple[InvoiceLine, ...]
    numbers: tuple[str, ...]
    """Invoices that `to_pay` is for."""
    principal: Money
    """What is left of the invoices that are due."""
    interest: Money
    fees: Money
    compensation: Money
    not_due: Money
    """What is left of invoices that fall due later; not in `total` while anything else is."""
    charges: tuple[ChargeLine, ...]

    @property
    def charged(self) -> Money:
        return self.interest + self.fees + self.compensation

    @property
    def total(self) -> Money:
        """What to pay now."""
        return self.principal + self.charged

    def due_beside(self, numbers: Collection[str]) -> Money:
        """What is due on all other invoices than some, with its interest."""
        beside = [line.due_now.minor for line in self.invoices if line.number not in numbers]
        return Money(minor=sum(beside), currency=self.principal.currency)

    @property
    def to_pay(self) -> Money:
        """What a payment made today is for: what is due, or else what will be."""
        return self.total if self.total.minor else self.not_due


def owed(session: Session, facts: CaseFacts, day: date, language: Language) -> Owed:
    """Work out a case for its page. Interest and fees are claimed by letters: before the first there are none.

    Letters about invoices of cases that are closed claim nothing of this one.
    """
    currency = facts.settings.currency
    rows = ledger.entries(session, facts.case_id)
    shown = [i for i in facts.invoices if not i.not_reminded]
    numbers = {i.number for i in shown}
    claimed = any(numbers.intersection(letter.invoices) for letter in facts.letters)
    statement = _statement(session, facts, day) if claimed else None
    due = [i for i in shown if i.due_date is not None and i.due_date <= day]
    later = [i for i in shown if i not in due]

    def money(minor: int) -> Money:
        return Money(minor=minor, currency=currency)

    sums = _sums(statement, ledger.Balances(rows), numbers)
    return Owed(
        as_of=day,
        invoices=tuple(_invoice(i, statement, day, language) for i in shown),
        numbers=_open(due) or _open(later),
        principal=money(sum(i.balance.minor for i in due)),
        interest=money(sums["interest"]),
        fees=money(sums["fee"]),
        compensation=money(sums["compensation"]),
        not_due=money(sum(i.balance.minor for i in later)),
        charges=tuple(_charges([row for row in rows if row.invoice_number in numbers], language)),
    )


def _open(invoices: Sequence[InvoiceFacts]) -> tuple[str, ...]:
    return tuple(i.number for i in invoices if i.balance.minor > 0)


def _statement(session: Session, facts: CaseFacts, day: date) -> Statement | None:
    """The claim as the law works it out; None where it has no figure, and then what letters claimed stands."""
    claim = claim_of(session, facts, day)
    try:
        return work_out(claim) if claim.invoices else None
    except Refusal:
        return None


def _sums(statement: Statement | None, posted: ledger.Balances, numbers: set[str]) -> dict[str, int]:
    """Open interest, fees and compensation in minor units."""
    if statement is not None:
        left = statement.open
        return {"interest": left.interest, "fee": left.fees, "compensation": left.compensation}
    known = [number for number in posted.principal if number in numbers]
    return {kind: sum(posted.charge(number, kind).minor for number in known) for kind in ledger.CHARGES}


def _invoice(invoice: InvoiceFacts, statement: Statement | None, day: date, language: Language) -> InvoiceLine:
    settled = invoice.gross - invoice.balance
    left = statement.per_invoice.get(invoice.number) if statement else None
    interest = Money(minor=left.interest if left else 0, currency=invoice.gross.currency)
    due = invoice.due_date
    return InvoiceLine(
        number=invoice.number,
        dated=written_date(invoice.invoice_date, language),
        due=written_date(due, language) if due else "",
        days_late=(day - due).days if due and invoice.balance.minor > 0 else 0,
        amount=written_money(invoice.gross, language),
        settled=written_money(settled, language) if settled.minor > 0 else "",
        left=written_money(invoice.balance, language),
        open=invoice.balance.minor > 0,
        interest=written_money(interest, language) if interest.minor else "",
        due_now=invoice.balance + interest if due and due <= day else Money(minor=0, currency=interest.currency),
        working=tuple(_working(statement, invoice, language)) if statement and interest.minor else (),
    )


def _working(statement: Statement, invoice: InvoiceFacts, language: Language) -> Iterator[Working]:
    currency = invoice.gross.currency
    for segment in statement.segments:
        if segment.invoice == invoice.number:
            yield Working(
                first=written_date(segment.first_day, language),
                last=written_date(segment.last_day, language),
                days=segment.days,
                base=written_money(Money(minor=segment.base, currency=currency), language),
                rate=written_rate(segment.rate, language),
                year_days=segment.year_days,
                interest=written_money(Money(minor=rounded(segment.interest), currency=currency), language),
                source=_rate_source(statement, segment),
            )


def _rate_source(statement: Statement, segment: Segment) -> Source:
    told = rate_source(statement, segment)
    return Source("") if told.startswith("agreed") else source_of(told)


def source_of(told: str) -> Source:
    """`renteloven § 5, https://…: reference rate …` as the name of the rule and the address of its text."""
    found = LAW.match(told)
    return Source(found["name"].replace(" and ", " & "), found["address"]) if found else Source(told)


def _charges(rows: Sequence[EntryRow], language: Language) -> Iterator[ChargeLine]:
    """Fees, compensation and what was waived of them, as the ledger has them."""
    for row in rows:
        waived = row.kind == "waiver" and ledger.waiver_of(row) != "interest"
        if row.amount_minor and (waived or row.kind in ("fee", "compensation")):
            yield ChargeLine(
                kind=row.kind,
                on=written_date(row.effective_date, language),
                invoice=row.invoice_number,
                amount=written_money(Money(minor=row.amount_minor, currency=row.currency), language),
                source=source_of(str(row.basis.get("rule") or "")),
            )
