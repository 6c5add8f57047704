"""Reads from the database what is known about a case, as the one value the rules decide on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from activities import ledger
from activities.climbed_ladders import asked_of, steps_done
from activities.company_standing import standing_of
from activities.debtors import debtor_of
from activities.instalments import next_instalment
from activities.set_aside import SAID, kinds_aside
from activities.stops import stops_of
from models.books import BookCustomer
from models.cases import CaseRow, FreezeRow, ProposalRow
from models.claim import LetterKind
from models.creditor import CreditorSettings
from models.facts import CaseFacts, InvoiceFacts, SentLetter, Standing
from models.ladder import Ladder
from models.mirror import CustomerRow, InvoiceRow
from models.money import Money
from models.parties import CreditorRow, LadderRow, PersonRow
from rules.calendar import local_day
from rules.instalment_reminder import PLAN, is_reminder

SOLD = ("factoring",)
PLAUSIBLE_YEARS = range(1990, 2100)
"""Books write 0001-01-01 or 9999-12-31 where they mean never; no calendar reaches that far."""
SETTLED_ELSEWHERE = ("prepaid", "paidInCash", "creditcard")


def settings_of(session: Session, creditor: str) -> CreditorSettings:
    """The settings of a creditor; LookupError when there is none of that id."""
    row = session.get(CreditorRow, creditor)
    if row is None:
        raise LookupError(f"there is no creditor {creditor}")
    # A session lets go of rows that nobody holds; these are asked for many times in one transaction.
    session.info[CreditorRow, creditor] = row
    return CreditorSettings.model_validate(row.settings)


def newest_ladder(session: Session, creditor: str, name: str) -> LadderRow:
    """The newest version of a creditor's ladder; LookupError when it has none of that name."""
    query = select(LadderRow).where(LadderRow.creditor_id == creditor, LadderRow.name == name)
    row = session.exec(query.order_by(col(LadderRow.version).desc())).first()
    if row is None:
        raise LookupError(f"creditor {creditor} has no ladder {name}")
    return row


def owner_of(session: Session, creditor: str, customer: CustomerRow | None) -> str:
    """The id of the rep who owns a customer; empty when nobody does."""
    if customer is None or not customer.owner:
        return ""
    query = select(PersonRow.id).where(
        PersonRow.creditor_id == creditor,
        PersonRow.role == "rep",
        PersonRow.books_number == customer.owner,
        col(PersonRow.active).is_(True),
    )
    return session.exec(query.order_by(col(PersonRow.id))).first() or ""


def customer_of(session: Session, creditor: str, number: str) -> BookCustomer:
    """A customer as last mirrored; one that the books never described has only its number."""
    row = session.get(CustomerRow, (creditor, number))
    return BookCustomer.model_validate(row.document) if row else BookCustomer(number=number, name=number)


def not_reminded(invoice: InvoiceRow, settings: CreditorSettings, aside: str) -> str:
    """Why an invoice gets no reminder at all; empty when it does. `aside`: as what it is set aside, if it is."""
    if aside:
        return SAID[aside]
    if invoice.gross_minor < 0:
        return "it is a credit note"
    if invoice.due_date is None:
        return "the books give it no due date"
    if invoice.due_date.year not in PLAUSIBLE_YEARS:
        return f"its due date {invoice.due_date} cannot be right"
    if invoice.currency != settings.currency:
        return f"it is in {invoice.currency}, this creditor reminds in {settings.currency} only"
    if invoice.terms in SOLD:
        return "the claim is sold (factoring)"
    if invoice.terms in SETTLED_ELSEWHERE:
        return f"its terms are {invoice.terms}; a person must ask why it is open"
    return ""


def case_facts(session: Session, case: CaseRow) -> CaseFacts:
    """The whole picture of an open case: balances from the ledger, dates from the mirror."""
    settings = settings_of(session, case.creditor_id)
    row = session.get(LadderRow, (case.creditor_id, case.ladder_name, case.ladder_version))
    if row is None:
        raise LookupError(f"case {case.id} pins ladder {case.ladder_name} v{case.ladder_version}, which is gone")
    rows = ledger.entries(session, case.id)
    claim = ledger.Balances(rows)
    query = select(InvoiceRow).where(
        InvoiceRow.creditor_id == case.creditor_id, InvoiceRow.customer_number == case.customer_number
    )
    balances = {number: claim.balance(number) for number in claim.principal}
    mirrored = [i for i in session.exec(query) if i.number in balances]
    history = _history(session, case.creditor_id, case.customer_number)
    proposals = [p for p in history if p.state in ("sent", "unknown")]
    customer = session.get(CustomerRow, (case.creditor_id, case.customer_number))
    money = [row for row in rows if not ledger.is_confirmation(row)]
    settling = [row for row in money if row.kind in ("payment", "credit") and row.amount_minor < 0]
    compensated = {row.invoice_number for row in ledger.compensations(rows)}
    stops = stops_of(session, case.id)
    planned = any(stop.kind == PLAN for stop in stops)
    invoices = _invoices(session, case.creditor_id, mirrored, balances, settings, proposals, [case.id], compensated)
    return CaseFacts(
        case_id=case.id,
        creditor=case.creditor_id,
        customer_number=case.customer_number,
        settings=settings,
        ladder=Ladder.model_validate(row.document),
        owner=owner_of(session, case.creditor_id, customer),
        invoices=invoices,
        freezes=stops,
        standing=next((_standing(p) for p in history if p.case_id == case.id and p.state == "proposed"), None),
        last_message_at=max((p.ended_at for p in proposals if p.ended_at), default=None),
        debtor=debtor_of(customer_of(session, case.creditor_id, case.customer_number), settings.country),
        letters=_letters(proposals, settings),
        asked=asked_of(session, case.id),
        settled_by_credit=bool(settling) and settling[-1].kind == "credit",
        resolved_at=_resolved_at(session, case.id),
        company=standing_of(session, case, customer, settings),
        plan=next_instalment(session, case, invoices, rows, history, settings) if planned else None,
    )


def prospect_facts(session: Session, creditor: str, customer_number: str) -> CaseFacts:
    """The picture of a customer who has no open case, as if one were opened now."""
    settings = settings_of(session, creditor)
    query = select(InvoiceRow).where(
        InvoiceRow.creditor_id == creditor,
        InvoiceRow.customer_number == customer_number,
        col(InvoiceRow.remainder_minor) > 0,
        col(InvoiceRow.missing_since).is_(None),
    )
    mirrored = list(session.exec(query))
    told = ledger.unconfirmed(session, creditor, [i.number for i in mirrored])
    left = {i.number: i.remainder_minor - told[i.number] for i in mirrored}
    balances = {i.number: Money(minor=max(left[i.number], 0), currency=i.currency) for i in mirrored}
    proposals = [p for p in _history(session, creditor, customer_number) if p.state in ("sent", "unknown")]
    customer = session.get(CustomerRow, (creditor, customer_number))
    return CaseFacts(
        case_id="",
        creditor=creditor,
        customer_number=customer_number,
        settings=settings,
        ladder=Ladder.model_validate(newest_ladder(session, creditor, settings.ladder).document),
        owner=owner_of(session, creditor, customer),
        invoices=_invoices(session, creditor, mirrored, balances, settings, proposals, [], set()),
        last_message_at=max((p.ended_at for p in proposals if p.ended_at), default=None),
        debtor=debtor_of(customer_of(session, creditor, customer_number), settings.country),
        letters=_letters(proposals, settings),
    )


def _history(session: Session, creditor: str, customer_number: str) -> list[ProposalRow]:
    """All proposals ever made for a customer, also by cases that are closed: a rung once climbed stays climbed.

    Without their words, which are most of their weight and which no rule asks for; they are read when they are needed.
    """
    query = (
        select(ProposalRow)
        .join(CaseRow, col(CaseRow.id) == col(ProposalRow.case_id))
        .where(CaseRow.creditor_id == creditor, CaseRow.customer_number == customer_number)
        .options(defer(ProposalRow.composition))  # type: ignore[arg-type]
        .order_by(col(ProposalRow.proposed_at))
    )
    return list(session.exec(query))


def _invoices(
    session: Session,
    creditor: str,
    mirrored: Sequence[InvoiceRow],
    balances: dict[str, Money],
    settings: CreditorSettings,
    proposals: Sequence[ProposalRow],
    case_ids: Sequence[str],
    compensated: set[str],
) -> tuple[InvoiceFacts, ...]:
    done = steps_done(session, [p for p in proposals if not is_reminder(p.step)], case_ids)
    announced = {number for p in proposals if p.announced_fee for number in p.invoices}
    aside = kinds_aside(session, creditor, [i.number for i in mirrored])
    return tuple(
        InvoiceFacts(
            number=i.number,
            invoice_date=i.invoice_date,
            due_date=i.due_date,
            gross=Money(minor=i.gross_minor, currency=i.currency),
            balance=balances[i.number],
            not_reminded=not_reminded(i, settings, aside.get(i.number, "")),
            set_aside=aside.get(i.number, ""),
            sent=tuple(done[i.number]),
            fee_announced=i.number in announced,
            compensated=i.number in compensated,
        )
        for i in sorted(mirrored, key=lambda i: (str(i.due_date or "9999"), i.number))
    )


def _letters(proposals: Sequence[ProposalRow], settings: CreditorSettings) -> tuple[SentLetter, ...]:
    """What the law counts of all that went out, also if nobody knows whether it arrived."""
    return tuple(
        SentLetter(
            proposal_id=p.id,
            sent=local_day(p.ended_at, settings),
            kind=LetterKind(p.letter_kind),
            deadline=p.deadline,
            fee=p.fee_minor,
            invoices=tuple(p.invoices),
        )
        for p in sorted(proposals, key=lambda p: (str(p.ended_at), p.id))
        if p.letter_kind and p.ended_at is not None
    )


def _resolved_at(session: Session, case_id: str) -> datetime | None:
    query = select(func.max(FreezeRow.ended_at)).where(FreezeRow.case_id == case_id, FreezeRow.outcome != "")
    return session.exec(query).one()


def _standing(row: ProposalRow) -> Standing:
    return Standing(
        proposal_id=row.id,
        step=row.step,
        invoices=tuple(row.invoices),
        digest=row.digest,
        proposed_at=row.proposed_at,
        letter_date=row.letter_date,
        hold_hours=row.hold_hours,
        heads_up_at=row.heads_up_at,
        send_at=row.send_at,
        released=row.released_at is not None,
    )
