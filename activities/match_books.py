"""Brings a case's ledger in line with the mirror: new invoices join, falling remainders are payments or credits."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.changed_invoices import follow_invoices
from activities.confirmed import confirm
from activities.facts import settings_of
from activities.freezes import freeze, side_by_side
from activities.plans import invoices_of_plan, plan_in_force
from activities.set_aside import kinds_aside
from models.cases import CaseRow
from models.mirror import InvoiceRow
from models.money import Money
from models.news import BooksChanged
from rules.calendar import local_day


def match_books(session: Session, case: CaseRow, as_of: datetime) -> None:
    """Bring the ledger in line with the mirror: new invoices join, falling remainders are payments or credits.

    Money that a person registered before the books knew it is not counted twice: what the books show of it is
    confirmed, and only what they show beyond it is posted. A part payment stops the case for review, unless a payment
    plan about that invoice is in force; more than was owed does while another invoice is open.
    """
    claim = ledger.Balances(ledger.entries(session, case.id))
    query = select(InvoiceRow).where(
        InvoiceRow.creditor_id == case.creditor_id, InvoiceRow.customer_number == case.customer_number
    )
    invoices = list(session.exec(query.order_by(col(InvoiceRow.number))))
    aside = kinds_aside(session, case.creditor_id, [i.number for i in invoices])
    for invoice in invoices:
        if invoice.gross_minor <= 0 or (invoice.number in aside and invoice.number not in claim.principal):
            continue
        if invoice.number not in claim.principal:
            _join(session, case, invoice, as_of)
        else:
            _match(session, case, claim, invoice, as_of)
    _too_much(session, case, claim, as_of)
    followed = [i for i in invoices if i.number in claim.principal and i.number not in aside]
    follow_invoices(session, case, followed, as_of)


def _join(session: Session, case: CaseRow, invoice: InvoiceRow, as_of: datetime) -> None:
    """An open invoice becomes part of the case, with what was paid on it before."""
    if invoice.remainder_minor <= 0 or invoice.missing_since is not None:
        return
    left = invoice.remainder_minor - ledger.unconfirmed(session, case.creditor_id, [invoice.number])[invoice.number]
    if left <= 0:
        return
    day = local_day(as_of, settings_of(session, case.creditor_id))
    in_books = Money(minor=invoice.remainder_minor - invoice.gross_minor, currency=invoice.currency)
    by_hand = Money(minor=left - invoice.remainder_minor, currency=invoice.currency)
    gross = Money(minor=invoice.gross_minor, currency=invoice.currency)
    at = (case.creditor_id, case.id, invoice.number)
    number = invoice.number
    ledger.post(session, *at, "principal", gross, invoice.invoice_date, f"principal:{number}", source=ledger.BOOKS)
    if in_books.minor:
        note = "settled before the case knew the invoice"
        # Nobody knows when; the reading that costs the customer no interest is that it was in time.
        in_time = min(day, invoice.due_date or day)
        ledger.post(session, *at, "payment", in_books, in_time, f"before:{number}", source=ledger.BOOKS, note=note)
    if by_hand.minor:
        key, source = f"carried over:{number}", ledger.BY_HAND
        ledger.post(session, *at, "payment", by_hand, day, key, source=source, carried_over=True)
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:joined:{number}",
        as_of,
        "invoice joined",
        f"Invoice {number}, due {invoice.due_date}, {gross + in_books + by_hand} outstanding",
        case_id=case.id,
        invoice=number,
        due=invoice.due_date,
        gross=gross.minor,
        outstanding=left,
        currency=invoice.currency,
        read_at=invoice.read_at,
    )


def _match(session: Session, case: CaseRow, claim: ledger.Balances, invoice: InvoiceRow, as_of: datetime) -> None:
    """Post what the books show beyond the ledger. The same change may come again after it was taken back."""
    principal = claim.principal[invoice.number]
    turn = len([row for row in claim.rows if row.invoice_number == invoice.number])
    paid = invoice.gross_minor - invoice.remainder_minor
    in_books, by_hand = claim.paid_in_books(invoice.number), claim.paid_by_hand(invoice.number)
    if invoice.gross_minor != principal.minor:
        _grown(session, case, invoice, principal, as_of, turn)
        return
    confirm(session, case, claim, invoice, as_of)
    if paid > in_books + by_hand:
        kind = "credit" if invoice.settled_by_credit else "payment"
        _settled(
            session, case, invoice, kind, paid - in_books - by_hand, as_of, f"books:{invoice.number}:{paid}:{turn}"
        )
    elif paid < in_books:
        amount = Money(minor=in_books - paid, currency=invoice.currency)
        _review(
            session,
            case,
            invoice.number,
            "reversal",
            amount,
            as_of,
            f"reversal:{invoice.number}:{paid}:{turn}",
            f"{amount} that was paid on invoice {invoice.number} has been taken back in the books",
        )


def _settled(
    session: Session, case: CaseRow, invoice: InvoiceRow, kind: str, minor: int, as_of: datetime, key: str
) -> None:
    amount = Money(minor=-minor, currency=invoice.currency)
    left = Money(minor=max(invoice.remainder_minor, 0), currency=invoice.currency)
    text = f"{-amount} {'credited' if kind == 'credit' else 'paid'} on invoice {invoice.number} in the books"
    value_date = invoice.settled_on if left.minor == 0 else None
    agreed = kind == "payment" and invoice.number in invoices_of_plan(session, case, plan_in_force(session, case))
    _review(
        session,
        case,
        invoice.number,
        kind,
        amount,
        as_of,
        key,
        f"{text}, {left} left",
        pause=left.minor > 0 and not agreed,
        value_date=value_date,
    )


def _too_much(session: Session, case: CaseRow, before: ledger.Balances, as_of: datetime) -> None:
    """Once everything is posted: what is too much on one invoice and open on another is for a person."""
    after = ledger.Balances(ledger.entries(session, case.id))
    # More than the principal is what a plan asks for: its charges are in it.
    agreed = invoices_of_plan(session, case, plan_in_force(session, case))
    for number in ledger.paid_too_much(before, after):
        if number in agreed or after.principal[number] != before.principal[number]:
            continue  # an invoice that became smaller stops the case by itself
        beyond = Money(minor=-after.left(number), currency=after.principal[number].currency)
        still_open = [n for n in after.principal if after.balance(n).minor > 0]
        text = f"{beyond} more than was owed is paid on invoice {number} in the books, {', '.join(still_open)} is open"
        key = f"too much:{number}:{len(after.rows)}"
        overpaid = {"invoice": number, "before": str(before.balance(number)), "after": str(-beyond)}
        figures = [overpaid, *side_by_side(before, after, [n for n in still_open if n in before.principal])]
        freeze(session, case, BooksChanged(id=key), as_of, "review", text, figures=figures)


def _grown(session: Session, case: CaseRow, invoice: InvoiceRow, principal: Money, as_of: datetime, turn: int) -> None:
    amount = Money(minor=invoice.gross_minor - principal.minor, currency=invoice.currency)
    _review(
        session,
        case,
        invoice.number,
        "principal",
        amount,
        as_of,
        f"principal:{invoice.number}:{invoice.gross_minor}:{turn}",
        f"invoice {invoice.number} was {principal} and is {principal + amount} in the books",
    )


def _review(
    session: Session,
    case: CaseRow,
    invoice: str,
    kind: str,
    amount: Money,
    as_of: datetime,
    key: str,
    text: str,
    pause: bool = True,
    value_date: date | None = None,
) -> None:
    """Post an entry that the books caused, tell the trail, and stop the case for a person where something is left."""
    settings = settings_of(session, case.creditor_id)
    today = local_day(as_of, settings)
    effective = min(value_date or today, today)
    before = ledger.Balances(ledger.entries(session, case.id))
    if not ledger.post(session, case.creditor_id, case.id, invoice, kind, amount, effective, key, source=ledger.BOOKS):
        return
    trail.write(
        session,
        case.creditor_id,
        f"{case.id}:{key}",
        as_of,
        kind,
        text[0].upper() + text[1:],
        case_id=case.id,
        invoice=invoice,
        amount=amount.minor,
        currency=amount.currency,
    )
    if pause:
        after = ledger.Balances(ledger.entries(session, case.id))
        figures = side_by_side(before, after, [invoice])
        freeze(session, case, BooksChanged(id=key), as_of, "review", text, figures=figures)
