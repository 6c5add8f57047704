"""Providers that asked for a pause: one case is told so, and the creditor's others leave the provider alone as well."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from models.clock import real_now
from models.database import transaction
from models.deliveries import ChannelRestRow
from models.letters import Channel
from models.outcomes import Accepted, NotSent, Outcome, Refused

PROBED = timedelta(minutes=15)
"""A provider that refuses our account is asked again after this time. Our choice."""


def resting(session: Session, channel: Channel, creditor: str) -> NotSent | None:
    """The answer that a message gets in the place of a call while its provider wants none."""
    row = session.get(ChannelRestRow, (creditor, channel))
    if row is None or row.until <= real_now():
        return None
    return NotSent(reason=row.reason, retry_at=None if row.stopped else row.until)


def has_rested(session: Session, channel: Channel, creditor: str) -> bool:
    """Whether a pause is on record, over or not."""
    return session.get(ChannelRestRow, (creditor, channel)) is not None


def note_rest(database: Engine, channel: Channel, creditor: str, outcome: Outcome) -> None:
    """Remember a pause that a provider asked for, or that it refuses our account; a message that it takes ends both.

    Creditors have senders of their own: what is wrong with one of them stops no other.
    """
    with suppress(IntegrityError), transaction(database) as session:
        row = session.get(ChannelRestRow, (creditor, channel), with_for_update=True)
        if isinstance(outcome, NotSent) and outcome.retry_at is not None:
            until = max(outcome.retry_at, row.until) if row else outcome.retry_at
            session.merge(ChannelRestRow(creditor_id=creditor, channel=channel, until=until, reason=outcome.reason))
        elif isinstance(outcome, Refused) and outcome.channel_stopped:
            until = real_now() + PROBED
            session.merge(
                ChannelRestRow(creditor_id=creditor, channel=channel, until=until, reason=outcome.reason, stopped=True)
            )
        elif row is not None and isinstance(outcome, Accepted | Refused):
            session.delete(row)
