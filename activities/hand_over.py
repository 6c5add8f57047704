"""Ending a case that is not paid. Handing it to a collector asks the law first; nothing is filed anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.claims import claim_of
from activities.facts import case_facts
from activities.set_aside import end_invoices
from models.cases import CaseRow, MessageRow, ProposalRow, UnusableAddressRow
from models.claim import Claim, Handover, LetterKind, Refusal, Stop
from models.composition import Composition
from models.facts import CaseFacts
from models.letters import Channel
from models.news import Ended, TaskDone
from rules.calendar import local_day
from rules.law.packs import pack_of
from rules.law.reasons import OURS, said
from rules.law.statement import work_out

STOPS = {
    "question": "on_hold_dispute",
    "correction": "on_hold_dispute",
    "plan": "on_hold_plan",
    "plan_asked": "on_hold_plan",
    "insolvency": "on_hold_status",
}
"""What the law calls the stops in which nobody is sent after a customer."""
NOTHING_OWED = "nothing_owed"


@dataclass(frozen=True)
class Forbidden:
    """Why a claim may not be handed over."""

    reason: str
    """A code of the law (rules/law/reasons.py)."""
    sentence: str
    """Which invoice, why, and the rule with its source."""


def forbidden(session: Session, facts: CaseFacts, day: date, numbers: Sequence[str]) -> Forbidden | None:
    """What the law has against handing these invoices over on a day; None when it lets it happen."""
    country = facts.settings.country
    if not numbers:
        return Forbidden(NOTHING_OWED, said(NOTHING_OWED, country))
    if promised := [freeze for freeze in facts.freezes if freeze.kind == "promise"]:
        return Forbidden("on_hold_plan", f"{promised[0].reason}, and was told that nothing happens until then ({OURS})")
    unproven = _unproven(session, facts)
    for number in numbers:
        only = facts.model_copy(update={"invoices": tuple(i for i in facts.invoices if i.number == number)})
        claim = claim_of(session, only, day)
        if not claim.invoices:
            reason = pack_of(country).handover(day, False, 0, ())[0] or NOTHING_OWED
            return Forbidden(reason, f"invoice {number}: {said(reason, country)}")
        try:
            [ruling] = work_out(_asked(claim, facts, day, unproven)).handovers
        except Refusal as refusal:
            return Forbidden(refusal.reason, f"invoice {number}: {refusal.sentence}")
        if ruling.outcome == "refused":
            told = "; ".join((said(ruling.reason, country), *_until(claim, ruling.reason)))
            return Forbidden(ruling.reason, f"invoice {number}: {told}")
    return None


def open_numbers(session: Session, case: CaseRow) -> list[str]:
    """The invoices of a case on which principal is left."""
    claim = ledger.Balances(ledger.entries(session, case.id))
    return [number for number in claim.principal if claim.balance(number).minor > 0]


def end_case(session: Session, case: CaseRow, news: Ended, at: datetime) -> None:
    """Give every open invoice up, or hand it over where the law lets it happen; a refusal is on the trail, too."""
    hand_over_or_stop(session, case, case_facts(session, case), open_numbers(session, case), news, at)


def hand_over_or_stop(
    session: Session, case: CaseRow, facts: CaseFacts, numbers: Sequence[str], news: Ended, at: datetime
) -> None:
    """Set invoices aside for good; taking it in again changes nothing, and neither does what was refused."""
    done, refused = f"{case.id}:{news.outcome}:{news.id}", refusal_key(case, news.id)
    if any(trail.has(session, case.creditor_id, key) for key in (done, refused)):
        return
    if news.outcome == "handed_over":
        against = forbidden(session, facts, local_day(at, facts.settings), numbers)
        if against is not None:
            refuse(session, case, news, at, "Not handed over", against.sentence)
            return
    end_invoices(session, case, numbers, news.outcome, news.reason, at, news.by, news.id)
    if news.outcome == "handed_over":
        case.page_key = ""  # the messages that are handed over quote the link to the customer's page


def refuse(session: Session, case: CaseRow, news: Ended | TaskDone, at: datetime, what: str, why: str) -> None:
    """A command that the case could not carry out, with its reason, for whoever sent it and for the record."""
    key, creditor = refusal_key(case, news.id), case.creditor_id
    trail.write(session, creditor, key, at, "refused", f"{what}: {why}", case_id=case.id, actor=news.by, why=why)


def refusal_key(case: CaseRow, news_id: str) -> str:
    """Where the trail says why a command was not carried out."""
    return f"{case.id}:refused:{news_id}"


def _asked(claim: Claim, facts: CaseFacts, day: date, unproven: set[str]) -> Claim:
    """The claim as the law is asked about it: with the stops of today, and letters that reached nobody as such."""
    stops = tuple(Stop(STOPS[freeze.kind], day) for freeze in facts.freezes if freeze.kind in STOPS)
    letters = tuple(
        replace(letter, bounced=facts.letters[letter.n - 1].proposal_id in unproven) for letter in claim.letters
    )
    return replace(claim, handovers=(Handover(day),), stops=stops, letters=letters)


def _unproven(session: Session, facts: CaseFacts) -> set[str]:
    """Formal notices of which nobody can prove that they left, or whose every address was found unusable since."""
    ids = [letter.proposal_id for letter in facts.letters if letter.kind is LetterKind.formal_notice]
    accepted = [Channel(name) for name in pack_of(facts.settings.country).notice_channels]
    gone = select(MessageRow.proposal_id).where(
        col(MessageRow.proposal_id).in_(ids),
        MessageRow.state == "sent",
        MessageRow.delivery != "failed",
        col(MessageRow.channel).in_(accepted),
    )
    proven = set(session.exec(gone))
    for row in session.exec(select(ProposalRow).where(col(ProposalRow.id).in_(proven))):
        composition = Composition.model_validate(row.composition)
        addresses = [address for channel in accepted for address in composition.addresses(channel)]
        if all(session.get(UnusableAddressRow, (facts.creditor, address)) for address in addresses):
            proven.discard(row.id)
    return set(ids) - proven


def _until(claim: Claim, reason: str) -> Iterator[str]:
    """The day on which a deadline that is not over yet will be."""
    deadlines = [letter.deadline for letter in claim.letters if letter.kind is LetterKind.formal_notice]
    known = [deadline for deadline in deadlines if deadline is not None]
    if reason == "handover_before_deadline" and known:
        yield f"it ends on {min(known)}"
