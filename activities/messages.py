"""The rows of messages: one for every proposal and channel, written before the provider is called."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlmodel import Session, col, select

from models.case import Ask
from models.cases import MessageRow, ProposalRow, UnusableAddressRow
from models.columns import real_now
from models.letters import Channel
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown


def message_id_of(proposal_id: str, channel: Channel) -> str:
    """Says nothing about the customer: it travels through the provider and back in its events."""
    return "m" + hashlib.sha256(f"{proposal_id}:{channel}".encode()).hexdigest()[:31]


def messages_of(session: Session, row: ProposalRow) -> list[MessageRow]:
    """The messages of a proposal, by channel."""
    query = select(MessageRow).where(MessageRow.proposal_id == row.id).order_by(col(MessageRow.channel))
    return list(session.exec(query))


def claim(session: Session, message_id: str, proposal_id: str, channel: Channel, as_of: datetime) -> bool:
    """Whether this attempt may hand the message to the provider."""
    row = session.get(MessageRow, message_id, with_for_update=True)
    if row is None:
        session.add(
            MessageRow(id=message_id, proposal_id=proposal_id, channel=channel, state="claimed", at=as_of, attempts=1)
        )
        return True
    if row.state == "not_sent":
        row.state, row.at, row.attempts, row.claimed_at = "claimed", as_of, row.attempts + 1, real_now()
        return True
    if row.state == "claimed":
        row.state, row.settled_at = "unknown", real_now()
        row.reason = "the engine stopped between handing it over and recording the answer"
    return False


def settle_message(session: Session, message_id: str, outcome: Outcome, addresses: tuple[str, ...], ask: Ask) -> None:
    """Put on record what came of handing a message over."""
    row = session.get_one(MessageRow, message_id)
    row.settled_at = real_now()
    match outcome:
        case Accepted():
            row.state, row.provider_reference, row.reason = "sent", outcome.reference, ""
        case Unknown():
            row.state, row.reason = "unknown", outcome.reason
        case NotSent():
            row.state, row.reason = "not_sent", outcome.reason
        case Refused():
            # Our own account is at fault: the message itself is fine and goes once a person has mended that.
            row.state, row.reason = ("not_sent" if outcome.channel_stopped else "failed"), outcome.reason
            if outcome.address_unusable:
                proposal = session.get_one(ProposalRow, row.proposal_id)
                for address in addresses:
                    _mark_unusable(session, proposal.creditor_id, address, outcome.reason, ask.as_of)


def _mark_unusable(session: Session, creditor: str, address: str, reason: str, as_of: datetime) -> None:
    if session.get(UnusableAddressRow, (creditor, address)) is None:
        session.add(UnusableAddressRow(creditor_id=creditor, address=address, reason=reason, since=as_of))
