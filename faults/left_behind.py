"""Reads what a life left behind: at the providers, in the database, on the trail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sqlmodel import Session, col, select

from activities import ledger
from activities.claims import claim_of
from activities.facts import case_facts
from activities.messages import message_id_of
from activities.trail import first_broken_link
from faults.count import LeftBehind, Sent
from models.cases import CaseRow, MessageRow, NoticeRow, ProposalRow
from models.composition import Composition
from models.database import reading
from models.letters import Channel
from models.record import EntryRow, TrailHeadRow, TrailRow
from rules.law.statement import work_out

if TYPE_CHECKING:
    from faults.life import Life


def left_behind(life: Life) -> LeftBehind:
    """Everything that the count needs, of a life that has ended."""
    there = at_the_providers(life)
    with reading(life.database) as session:
        case = session.get_one(CaseRow, life.case.id)
        proposals = list(session.exec(select(ProposalRow)))
        messages = list(session.exec(select(MessageRow)))
        entries = ledger.entries(session, case.id)
        ledger_open, statement = _open(session, case, entries)
        return LeftBehind(
            delivered=Counter(one.sent for one in there if one.message_id),
            strangers=tuple(one.title for one in there if not one.message_id),
            recorded=_recorded(proposals, messages),
            before_people=frozenset(_before_people(session, proposals, messages)),
            fees_due=_fees_due(proposals, messages),
            fees_posted=_fees_posted(entries),
            loose=tuple(f"{p.id} is {p.state}" for p in proposals if not _ended(session, p)),
            broken_link=_broken_link(session, life.name),
            ledger=ledger_open,
            statement=statement,
            outcome=case.outcome,
            heads_ups_twice=_heads_ups(life) - _given(session),
        )


@dataclass(frozen=True)
class There:
    """A message that a provider took for the customer."""

    message_id: str
    """Ours; empty when no proposal of the case has such a message."""
    reference: str
    """The provider's."""
    sent: Sent
    title: str


def at_the_providers(life: Life) -> list[There]:
    """Everything that the providers took for the customer of a life."""
    with reading(life.database) as session:
        proposals = list(session.exec(select(ProposalRow)))
    by_id = {message_id_of(p.id, channel): (p.step, str(channel)) for p in proposals for channel in Channel}
    mails = [m for m in life.ground.providers.sendgrid.mails() if any(life.email in to for to in m.to)]
    texts = [t for t in life.ground.providers.twilio.texts() if t.to == life.mobile]
    found = [
        *((mail.custom_args.get("message_id", ""), mail.id, mail.subject) for mail in mails),
        *((parse_qs(urlsplit(text.callback).query)["message_id"][0], text.sid, text.body) for text in texts),
    ]
    return [
        There(message_id if message_id in by_id else "", reference, by_id.get(message_id, ("", "")), title)
        for message_id, reference, title in found
    ]


def _recorded(proposals: list[ProposalRow], messages: list[MessageRow]) -> dict[Sent, str]:
    """Of several proposals of one step, what went out counts."""
    steps = {p.id: p.step for p in proposals}
    recorded: dict[Sent, str] = {}
    for message in messages:
        sent = steps[message.proposal_id], message.channel
        if recorded.get(sent) not in ("sent", "unknown"):
            recorded[sent] = message.state
    return recorded


def _before_people(session: Session, proposals: list[ProposalRow], messages: list[MessageRow]) -> list[Sent]:
    """What a person was told of: a stop for the whole step, or a notice of a lost channel."""
    told: list[Sent] = []
    for proposal in proposals:
        if _put_before_people(session, proposal):
            told += [(proposal.step, str(channel)) for channel in (Channel.email, Channel.sms)]
        for message in (m for m in messages if m.proposal_id == proposal.id):
            if _notice_given(session, f"{message.id}:lost"):
                told.append((proposal.step, message.channel))
    return told


def _ended(session: Session, proposal: ProposalRow) -> bool:
    match proposal.state:
        case "sent":
            return True
        case "withdrawn":
            return bool(proposal.ended_why)
        case _:
            return proposal.state in ("unknown", "undelivered") and _put_before_people(session, proposal)


def _put_before_people(session: Session, proposal: ProposalRow) -> bool:
    """Whether the case was stopped for this proposal and people were given notice of it."""
    return _notice_given(session, f"{proposal.case_id}:{proposal.id}:")


def _notice_given(session: Session, about: str) -> bool:
    given = select(NoticeRow.id).where(col(NoticeRow.id).startswith(about), col(NoticeRow.given_at).is_not(None))
    return session.exec(given).first() is not None


def _fees_due(proposals: list[ProposalRow], messages: list[MessageRow]) -> dict[str, int]:
    """What the letters that went out said they charge. Only a written letter does, and only once it is known to go."""
    written = {m.proposal_id for m in messages if m.channel == Channel.email and m.state == "sent" and m.stands}
    fees = {p.id: Composition.model_validate(p.composition).letter.charges.fee.minor for p in proposals}
    return {proposal: fee for proposal, fee in fees.items() if fee and proposal in written}


def _fees_posted(entries: list[EntryRow]) -> dict[str, int]:
    """What was charged by proposal, less what was taken back because its letter turned out not to have gone."""
    posted: Counter[str] = Counter()
    for entry in entries:
        if entry.kind == "fee" or _taken_back(entry):
            posted[str(entry.basis.get("proposal"))] += entry.amount_minor
    return {proposal: minor for proposal, minor in posted.items() if minor}


def _taken_back(entry: EntryRow) -> bool:
    return entry.kind == "waiver" and entry.basis.get("of") == "fee" and "proposal" in entry.basis


def _open(session: Session, case: CaseRow, entries: list[EntryRow]) -> tuple[int, int]:
    """What was open on the day of the last letter that charged: by the sum of the ledger, and by the law."""
    charges = [entry for entry in entries if entry.kind in ledger.CHARGES]
    day = max((entry.effective_date for entry in charges), default=date(2026, 8, 3))
    statement = work_out(claim_of(session, case_facts(session, case), day))
    claimed = sum(e.amount_minor for e in entries if e.kind in ("principal", *ledger.CHARGES) or _taken_back(e))
    return claimed, statement.open.total


def _broken_link(session: Session, creditor: str) -> str:
    links = session.exec(select(TrailRow).where(TrailRow.creditor_id == creditor).order_by(col(TrailRow.seq)))
    return first_broken_link(links, session.get(TrailHeadRow, creditor))


def _heads_ups(life: Life) -> int:
    mails = life.ground.providers.sendgrid.mails()
    return sum(any(f"@{life.name}.example" in to for to in mail.to) for mail in mails)


def _given(session: Session) -> int:
    """Heads-ups that were given; all of one case come due one by one, so each is a mail of its own."""
    return len({n.given_at for n in session.exec(select(NoticeRow)) if n.given_at is not None})
