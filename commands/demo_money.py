"""What the demo promises about money: every charge on the ledger is one that a letter asked for and the law allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from activities import ledger
from activities.claims import claim_of
from activities.facts import case_facts
from models.cases import CaseRow, MessageRow, ProposalRow
from models.composition import Composition
from models.record import EntryRow
from rules.law.quote import amount
from rules.law.statement import work_out


@dataclass(frozen=True)
class Check:
    """One promise, and whether it was kept."""

    promise: str
    held: bool
    seen: str = ""


def money_checks(session: Session) -> list[Check]:
    """Fees, interest and formal notices of every case."""
    query = select(ProposalRow).where(ProposalRow.state == "sent").order_by(col(ProposalRow.ended_at))
    sent = list(session.exec(query))
    entries = list(session.exec(select(EntryRow).order_by(col(EntryRow.id))))
    unannounced = [p.id for p in sent if p.fee_minor and not _announced_before(p, sent)]
    apart = list(_interest_apart(session, entries))
    posted = sum(row.amount_minor for row in entries if row.kind == "interest")
    notices = [p for p in sent if p.letter_kind == "formal_notice"]
    unwritten = [p.id for p in notices if not _went_by_mail(session, p)]
    return [
        _fees(sent, entries),
        Check("no fee without a message before it that announced one", not unannounced, ", ".join(unannounced)),
        Check(
            "the interest on the ledger is what the engine works out for the day of the last letter",
            posted > 0 and not apart,
            "; ".join(apart) or f"{amount(posted)} in all",
        ),
        Check(
            "every formal notice went by e-mail; a text alone is none",
            bool(notices) and not unwritten,
            ", ".join(unwritten) or f"{len(notices)} notices",
        ),
    ]


def _fees(sent: list[ProposalRow], entries: list[EntryRow]) -> Check:
    """Letter by letter: what it asked for, and what stands on the ledger because of it."""
    on_ledger = {str(row.basis["proposal"]): row.amount_minor for row in entries if row.kind == "fee"}
    in_letters = {p.id: Composition.model_validate(p.composition).letter.charges.fee.minor for p in sent}
    asked = {proposal: fee for proposal, fee in in_letters.items() if fee}
    seen = f"{len(on_ledger)} fees, {amount(sum(on_ledger.values()))} in all"
    return Check("the fees on the ledger are those of the letters that were sent", on_ledger == asked, seen)


def _announced_before(letter: ProposalRow, sent: list[ProposalRow]) -> bool:
    """Whether each of its invoices stood in an earlier message that announced a fee."""
    earlier = [p for p in sent if p.announced_fee and p.ended_at and letter.ended_at and p.ended_at < letter.ended_at]
    told = {number for p in earlier if p.case_id == letter.case_id for number in p.invoices}
    return set(letter.invoices) <= told


def _interest_apart(session: Session, entries: list[EntryRow]) -> Iterator[str]:
    """Invoices whose interest on the ledger is not what the engine works out for the last day it was claimed for."""
    last: dict[tuple[str, str], date] = {}
    for row in entries:
        if row.kind == "interest":
            key = (row.case_id, row.invoice_number)
            last[key] = max(row.effective_date, last.get(key, date.min))
    for (case_id, number), day in last.items():
        statement = work_out(claim_of(session, case_facts(session, session.get_one(CaseRow, case_id)), day))
        posted = ledger.Balances(ledger.entries(session, case_id)).charged(number, "interest").minor
        if statement.per_invoice[number].accrued != posted:
            due = amount(statement.per_invoice[number].accrued)
            yield f"{case_id}, invoice {number}: {amount(posted)} claimed, {due} worked out for {day}"


def _went_by_mail(session: Session, notice: ProposalRow) -> bool:
    query = select(MessageRow.id).where(
        MessageRow.proposal_id == notice.id, MessageRow.channel == "email", MessageRow.state == "sent"
    )
    return session.exec(query).first() is not None
