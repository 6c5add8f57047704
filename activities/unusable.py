"""Addresses that nothing is sent to: a provider said that they cannot be reached, or their owner wants no more."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from models.cases import UnusableAddressRow

ASKED_TO_STOP = "asked to stop"
"""The reason of a block that the customer set by a text, and lifts by another."""


def mark_unusable(session: Session, creditor: str, addresses: Iterable[str], reason: str, at: datetime) -> list[str]:
    """Send nothing more there for a creditor; the addresses for which that is news."""
    fresh = []
    for address in addresses:
        row = session.get(UnusableAddressRow, (creditor, address))
        if row is None:
            # Two customers may have one address, and both may learn of it at once.
            with suppress(IntegrityError), session.begin_nested():
                session.add(UnusableAddressRow(creditor_id=creditor, address=address, reason=reason, since=at))
        elif reason == ASKED_TO_STOP and not stopped_by_owner(row):
            row.reason = f"{row.reason}, {ASKED_TO_STOP}"
        else:
            continue
        fresh.append(address)
    session.flush()
    return fresh


def stopped_by_owner(row: UnusableAddressRow) -> bool:
    """Whether the owner of an address wants no more, whatever else speaks against it."""
    return row.reason.endswith(ASKED_TO_STOP)


def start_again(session: Session, row: UnusableAddressRow) -> None:
    """The owner wants messages again; what a provider said of the address stays."""
    row.reason = row.reason.removesuffix(ASKED_TO_STOP).removesuffix(", ")
    if not row.reason:
        session.delete(row)
