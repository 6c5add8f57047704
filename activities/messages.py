"""The rows of messages: one for every proposal and channel, written before the provider is called."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlmodel import Session, col, select

from activities.unusable import ASKED_TO_STOP, mark_unusable
from models.cases import MessageRow, ProposalRow
from models.clock import real_now
from models.composition import Composition
from models.creditor import CreditorSettings
from models.dispatch import Attachment, MailAddress, MailMessage, TextMessage
from models.letters import Channel
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown

DIED = "the engine stopped between handing it over and recording the answer"
LEFT = "the engine stopped before it was handed over, and the guards had cleared only that attempt"


def message_id_of(proposal_id: str, channel: Channel) -> str:
    """Says nothing about the customer: it travels through the provider and back in its events."""
    return "m" + hashlib.sha256(f"{proposal_id}:{channel}".encode()).hexdigest()[:31]


def messages_of(session: Session, row: ProposalRow) -> list[MessageRow]:
    """The messages of a proposal, by channel."""
    query = select(MessageRow).where(MessageRow.proposal_id == row.id).order_by(col(MessageRow.channel))
    return list(session.exec(query))


def claim(session: Session, proposal_id: str, channel: Channel, as_of: datetime) -> bool:
    """Whether this attempt may hand the message to the provider: nobody has, or what was handed certainly went nowhere.

    A row that is claimed already belongs to an attempt that died, and its outcome is unknown.
    """
    row = session.get(MessageRow, message_id_of(proposal_id, channel), with_for_update=True)
    if row is None:
        row = _new(proposal_id, channel, "claimed", as_of)
        row.attempts = 1
        session.add(row)
        return True
    if row.state == "not_sent":
        row.state, row.at, row.attempts, row.claimed_at = "claimed", as_of, row.attempts + 1, real_now()
        row.retry_at = None
        return True
    if row.state == "claimed":
        row.state, row.reason, row.settled_at = "unknown", DIED, real_now()
    return False


def leave(session: Session, proposal_id: str, channel: Channel, as_of: datetime, why: str) -> None:
    """A message that was not come to and is not handed over any more."""
    row = session.get(MessageRow, message_id_of(proposal_id, channel), with_for_update=True)
    if row is None:
        row = _new(proposal_id, channel, "failed", as_of)
        row.reason, row.settled_at = why, real_now()
        session.add(row)


def settle_message(session: Session, message_id: str, outcome: Outcome, addresses: tuple[str, ...]) -> None:
    """Put on record what came of handing a message over.

    A worker that stood still for long may come back when its message counts as unknown: then only a yes is news.
    """
    row = session.get_one(MessageRow, message_id, with_for_update=True)
    if row.state != "claimed" and not isinstance(outcome, Accepted):
        return
    row.settled_at = real_now()
    match outcome:
        case Accepted():
            row.state, row.provider_reference, row.reason = "sent", outcome.reference, ""
        case Unknown():
            row.state, row.reason = "unknown", outcome.reason
        case NotSent():
            row.state, row.reason, row.retry_at = "not_sent", outcome.reason, outcome.retry_at
        case Refused():
            # Our own account is at fault: the message itself is fine and goes once a person has mended that. One that
            # some of its recipients can still get is not lost either: it is composed again for them.
            again = outcome.channel_stopped or goes_to_others(outcome, addresses)
            row.state, row.reason = ("not_sent" if again else "failed"), outcome.reason
            against = ASKED_TO_STOP if outcome.opted_out else outcome.reason if outcome.address_unusable else ""
            if against:
                creditor = session.get_one(ProposalRow, row.proposal_id).creditor_id
                mark_unusable(session, creditor, _at_fault(outcome, addresses), against, row.at)


def goes_to_others(outcome: Outcome, addresses: tuple[str, ...]) -> bool:
    """Whether a message was refused for some of its recipients, and others are left for whom it can be composed."""
    return isinstance(outcome, Refused) and 0 < len(_at_fault(outcome, addresses)) < len(addresses)


def _at_fault(outcome: Refused, addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not outcome.faulty:
        return addresses
    return tuple(address for place, address in enumerate(addresses) if place in outcome.faulty)


def mail_message(
    message_id: str, composition: Composition, settings: CreditorSettings, attachments: tuple[Attachment, ...]
) -> MailMessage:
    """The e-mail of a composition that has one."""
    words = composition.words(Channel.email)
    assert words is not None
    return MailMessage(
        message_id=message_id,
        to=tuple(MailAddress(address=a) for a in composition.addresses(Channel.email)),
        sender=MailAddress(address=settings.sender_email, name=composition.letter.sender_name),
        reply_to=MailAddress(address=composition.letter.reply_to),
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=attachments,
    )


def text_message(message_id: str, composition: Composition) -> TextMessage:
    """The SMS of a composition that has one."""
    words = composition.words(Channel.sms)
    assert words is not None
    return TextMessage(message_id=message_id, to=composition.addresses(Channel.sms)[0], body=words.text)


def references_known(session: Session, references: list[str]) -> set[str]:
    """Which of some ids of a provider belong to messages of ours already."""
    query = select(MessageRow.provider_reference).where(col(MessageRow.provider_reference).in_(references))
    return set(session.exec(query))


def _new(proposal_id: str, channel: Channel, state: str, as_of: datetime) -> MessageRow:
    return MessageRow(
        id=message_id_of(proposal_id, channel), proposal_id=proposal_id, channel=channel, state=state, at=as_of
    )
