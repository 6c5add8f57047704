"""The claim of a case: worked out as of a day by the one engine, beside what its ledger has posted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlmodel import Session, col, select

from activities import ledger
from activities.claims import claim_of
from activities.facts import case_facts
from models.cases import CaseRow, ProposalRow
from models.claim import Claim, Refusal, Statement
from models.composition import Composition
from models.database import transaction
from models.facts import CaseFacts
from models.money import Money
from models.record import EntryRow
from rules.law.quote import amount, written_claim
from rules.law.statement import work_out
from web.bodies import EARLIEST, LATEST
from web.callers import SignedIn
from web.claims import refused, with_working
from web.reach import Reached
from web.visible import SeenCase

router = APIRouter(prefix="/cases", tags=["cases"])

CATEGORIES = {"interest": "interest", "fees": "fee", "compensation": "compensation"}
"""What the written form calls a kind of entry."""
AsOf = Annotated[
    date | None,
    Query(gt=EARLIEST, lt=LATEST, description="The day for which it is worked out; today where it is left out."),
]


@router.get(
    "/{case_id}/claim",
    summary="Every figure of a claim as of a day, and how it came about",
    description="`open` and all that leads to it is worked out for the day; `posted` is what the ledger has of the "
    "same invoices up to that day; `difference` is what the one is more than the other, above all interest that has "
    "run since it was last claimed. Before anything is due all of it is zero. A day in the past is answered with what "
    "is known today. What a missing figure forbids is answered with 422, a reason code and a sentence.",
)
def read_claim(case: SeenCase, caller: SignedIn, reach: Reached, as_of: AsOf = None) -> dict[str, Any]:
    day = as_of or datetime.now(caller.zone).date()
    with transaction(reach.database) as session:
        facts = case_facts(session, case)
        rows = ledger.entries(session, case.id)
        claim = claim_of(session, facts, day)
        try:
            worked = _worked(session, facts, rows, claim) if claim.invoices else _nothing_due(facts, claim)
        except Refusal as refusal:
            hint = f"What was claimed so far stands in GET /cases/{case.id}/ledger."
            raise refused(refusal, claim.country, hint) from None
    return {**_head(case, claim), **worked, "left_out": list(_left_out(facts, claim))}


def _head(case: CaseRow, claim: Claim) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "as_of": claim.as_of.isoformat(),
        "country": claim.country,
        "debtor": claim.debtor,
        "currency": claim.currency,
    }


def _worked(session: Session, facts: CaseFacts, rows: Sequence[EntryRow], claim: Claim) -> dict[str, Any]:
    """The written statement with its working, and the ledger beside it."""
    statement = work_out(claim)
    parts = with_working(written_claim(statement), statement)
    _tell_letters(session, facts, rows, parts["letters"])
    posted = ledger.Balances(_until(rows, claim))
    return {
        **parts,
        "posted": _posted(posted),
        "difference": _difference(statement, posted),
        "interest_claimed_through": _claimed_through(posted.rows),
    }


def _nothing_due(facts: CaseFacts, claim: Claim) -> dict[str, Any]:
    """Before the first due date there is a case, but nothing to claim: zeros, not an error."""
    zero = dict.fromkeys(("principal", *CATEGORIES), amount(0))
    lists = ("invoices", "letters", "compensation", "payments", "segments", "crystallisations")
    nothing: dict[str, Any] = {name: [] for name in lists}
    why = [f"{left['invoice']}: {left['why']}" for left in _left_out(facts, claim)]
    return {
        "outcome": "nothing_due",
        "effective_due": {},
        **nothing,
        "interest_accrued_total": amount(0),
        "open": {**zero, "total": amount(0)},
        "explained": [f"Nothing is due on {claim.as_of}", *why],
        "posted": _posted(ledger.Balances([])),
        "difference": zero,
        "interest_claimed_through": None,
    }


def _left_out(facts: CaseFacts, claim: Claim) -> Iterator[dict[str, str]]:
    """Invoices of the case that the claim is not about, and why."""
    known = {invoice.id for invoice in claim.invoices}
    for invoice in facts.invoices:
        if invoice.number not in known:
            why = invoice.not_reminded or f"it falls due on {invoice.due_date}"
            yield {"invoice": invoice.number, "why": why}


def _tell_letters(
    session: Session, facts: CaseFacts, rows: Sequence[EntryRow], letters: Sequence[dict[str, Any]]
) -> None:
    """Say which proposal each letter was, where its fee stands in the law, and why it has none."""
    sources = {row.basis.get("proposal"): row.basis.get("rule") for row in rows if row.kind == "fee"}
    waived = {row.basis.get("proposal"): row.basis.get("why") for row in rows if row.kind == "waiver"}
    ids = [facts.letters[letter["n"] - 1].proposal_id for letter in letters]
    proposals = {p.id: p for p in session.exec(select(ProposalRow).where(col(ProposalRow.id).in_(ids)))}
    for letter, proposal in zip(letters, ids, strict=True):
        letter["proposal"] = proposal
        letter["step"] = proposals[proposal].step
        letter["fee_source"] = sources.get(proposal)
        letter["waived_because"] = waived.get(proposal)
        letter["notes"] = list(Composition.model_validate(proposals[proposal].composition).notes)


def _until(rows: Sequence[EntryRow], claim: Claim) -> Iterator[EntryRow]:
    """Entries on the claim's invoices up to its day; an invoice and what corrects it count from their first day.

    Confirmations are left out, which sum to zero and of which a credit note would be such a correction.
    """
    known = {invoice.id for invoice in claim.invoices}
    for row in rows:
        if ledger.is_confirmation(row):
            continue
        correction = row.kind == "principal" or (row.kind == "credit" and not row.basis.get("goodwill"))
        if row.invoice_number in known and (correction or row.effective_date <= claim.as_of):
            yield row


def _posted(balances: ledger.Balances) -> dict[str, Any]:
    """What the ledger says: charged per category, what was waived of it, and what was settled."""
    numbers = list(balances.principal)
    return {
        "principal": amount(sum(money.minor for money in balances.principal.values())),
        "settled": amount(sum(balances.settled(number).minor for number in numbers)),
        **{name: amount(_sum(balances.charged, numbers, kind)) for name, kind in CATEGORIES.items()},
        "waived": {name: amount(_sum(balances.waived, numbers, kind)) for name, kind in CATEGORIES.items()},
    }


def _difference(statement: Statement, balances: ledger.Balances) -> dict[str, str]:
    """What the statement says beyond the ledger, per category; paid or not."""
    numbers = list(balances.principal)
    by_letter = sum(ruling.compensation for ruling in statement.letters)
    worked_out = {
        "interest": statement.accrued,
        "fees": sum(ruling.fee for ruling in statement.letters),
        "compensation": sum(ruling.amount for ruling in statement.compensation) + by_letter,
    }
    left = sum(balances.balance(number).minor for number in numbers)
    return {
        "principal": amount(statement.open.principal - left),
        **{name: amount(worked_out[name] - _sum(balances.charge, numbers, kind)) for name, kind in CATEGORIES.items()},
    }


def _sum(of: Callable[[str, str], Money], numbers: Sequence[str], kind: str) -> int:
    return sum(of(number, kind).minor for number in numbers)


def _claimed_through(rows: Sequence[EntryRow]) -> str | None:
    """The last day for which interest was claimed; None while none was."""
    days = [row.effective_date for row in rows if row.kind == "interest"]
    return max(days).isoformat() if days else None
