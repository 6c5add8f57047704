"""Puts the invoices of open cases as the mirror has them beside what their ledgers have taken in."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from activities.ledger import Balances, unconfirmed
from models.cases import CaseRow, SetAsideRow
from models.forgotten import Invoice
from models.mirror import InvoiceRow
from models.record import EntryRow

logger = logging.getLogger(__name__)


def invoices_beside(
    session: Session, creditor: str, cases: Sequence[CaseRow]
) -> tuple[Mapping[str, tuple[Invoice, ...]], tuple[str, ...]]:
    """The invoices of each case by its id; and the cases of whose ledger no sense can be made."""
    claims, senseless = _claims(session, creditor, cases)
    mirrored = _mirrored(session, creditor)
    of_case = {case.id: mirrored[case.customer_number] for case in cases if case.id in claims}
    strange = [row for id, rows in of_case.items() for row in rows if row.number not in claims[id].principal]
    joining = _joining(session, creditor, strange)
    return {
        case_id: tuple(
            _beside(claims[case_id], row)
            for row in rows
            if row.number in claims[case_id].principal or row.number in joining
        )
        for case_id, rows in of_case.items()
    }, senseless


def _beside(claim: Balances, row: InvoiceRow) -> Invoice:
    principal = claim.principal.get(row.number)
    return Invoice(
        number=row.number,
        gross=row.gross_minor,
        remainder=row.remainder_minor,
        principal=principal.minor if principal else None,
        in_books=claim.paid_in_books(row.number),
        by_hand=claim.paid_by_hand(row.number),
    )


def _claims(session: Session, creditor: str, cases: Sequence[CaseRow]) -> tuple[dict[str, Balances], tuple[str, ...]]:
    query = select(EntryRow).where(col(EntryRow.case_id).in_(_open_cases(creditor, CaseRow.id)))
    entries: defaultdict[str, list[EntryRow]] = defaultdict(list)
    for row in session.exec(query.order_by(col(EntryRow.id))):
        entries[row.case_id].append(row)
    claims, senseless = {}, []
    for case in cases:
        try:
            claims[case.id] = Balances(entries[case.id])
        except ValueError as error:
            logger.warning("the sweep can make no sense of the ledger of case %s: %s", case.id, type(error).__name__)
            senseless.append(case.id)
    return claims, tuple(senseless)


def _mirrored(session: Session, creditor: str) -> defaultdict[str, list[InvoiceRow]]:
    """Invoices of customers with an open case; credit notes are money against others and join no case."""
    query = select(InvoiceRow).where(
        InvoiceRow.creditor_id == creditor,
        InvoiceRow.gross_minor > 0,
        col(InvoiceRow.customer_number).in_(_open_cases(creditor, CaseRow.customer_number)),
    )
    found: defaultdict[str, list[InvoiceRow]] = defaultdict(list)
    for row in session.exec(query.order_by(col(InvoiceRow.number))):
        found[row.customer_number].append(row)
    return found


def _joining(session: Session, creditor: str, strange: Sequence[InvoiceRow]) -> set[str]:
    """Of invoices that no ledger has, those that should have joined the open case of their customer."""
    query = select(SetAsideRow.invoice_number).where(
        SetAsideRow.creditor_id == creditor, col(SetAsideRow.released_at).is_(None)
    )
    aside = set(session.exec(query)) if strange else set()
    owed = [i for i in strange if i.remainder_minor > 0 and i.missing_since is None and i.number not in aside]
    told = unconfirmed(session, creditor, [i.number for i in owed])
    return {i.number for i in owed if i.remainder_minor > told[i.number]}


def _open_cases(creditor: str, column: str) -> SelectOfScalar[str]:
    """One column of a creditor's open cases."""
    return select(column).where(CaseRow.creditor_id == creditor, col(CaseRow.closed_at).is_(None))
