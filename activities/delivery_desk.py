"""Follows messages after they have left: asks where a provider can be asked, and takes in what nobody waits for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities import deliveries
from activities.case_row import case_to_write
from activities.facts import settings_of
from activities.heads_up import HeadsUpDesk
from activities.messages import references_known, text_message
from models.cases import CaseRow, MessageRow, NoticeRow, ProposalRow
from models.clock import real_now
from models.composition import Composition
from models.database import transaction
from models.deliveries import DeliveryRow, Report, Word
from models.dispatch import TextMessage
from models.letters import Channel
from models.news import DeliveryReported
from models.outcomes import Accepted

logger = logging.getLogger(__name__)

ASKED_FOR = timedelta(days=2)
"""Real time after which a text is no longer looked for: a person has been told long ago."""
MOST = 20
"""So many are looked for in one round, the oldest first."""


class TextList(Protocol):
    def accepted(self, message: TextMessage) -> Sequence[Accepted]: ...


@dataclass(frozen=True)
class DeliveryDesk:
    """The part of the sweep that looks after messages."""

    database: Engine
    client: Client
    text_from: Callable[[str], TextList]
    """The SMS service for a creditor's sender name."""
    heads_up: HeadsUpDesk

    @activity.defn(name="follow_deliveries")
    async def follow_deliveries(self, creditor: str, as_of: datetime) -> int:
        """Ask for texts with an unknown outcome, take in reports, and signal the cases that have to act on theirs.

        How many cases were signalled.
        """
        cases = await asyncio.to_thread(self._take_in, creditor, as_of)
        if await asyncio.to_thread(self._ask, creditor):
            cases = await asyncio.to_thread(self._take_in, creditor, as_of)
        for case in cases:
            news = DeliveryReported(id=f"delivery-swept:{case.id}:{as_of.isoformat()}")
            try:
                await self.client.get_workflow_handle(case.workflow_id).signal("delivery_reported", news)
            except RPCError as error:
                # Its workflow is gone; that is for the sweep to find.
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
        await self._tell(creditor, as_of)
        return len(cases)

    async def _tell(self, creditor: str, as_of: datetime) -> None:
        """Give what nobody was told of closed cases. What cannot be given is tried at the next sweep, which sees it."""
        untold = await asyncio.to_thread(self._untold, creditor)
        given = await asyncio.gather(*(self.heads_up.give(one, as_of) for one in untold), return_exceptions=True)
        for notice, error in zip(untold, given, strict=True):
            if error is not None:
                logger.warning("notice %s could not be given: %s", notice, error)

    def _ask(self, creditor: str) -> bool:
        """Twilio lists what it took; SendGrid cannot be asked, only its reports tell. Whether something was found."""
        with transaction(self.database) as session:
            service = self.text_from(settings_of(session, creditor).sms_sender)
            query = (
                select(MessageRow)
                .join(ProposalRow, col(ProposalRow.id) == col(MessageRow.proposal_id))
                .where(
                    ProposalRow.creditor_id == creditor,
                    MessageRow.state == "unknown",
                    MessageRow.channel == Channel.sms,
                    col(MessageRow.claimed_at) > real_now() - ASKED_FOR,
                )
                .order_by(col(MessageRow.claimed_at))
                .limit(MOST)
            )
            asked = [(row.id, _composition(session, row)) for row in session.exec(query)]
        found_any = False
        for message_id, composition in asked:
            listed = service.accepted(text_message(message_id, composition))
            with transaction(self.database) as session:
                known = references_known(session, [found.reference for found in listed])
                fresh = [found for found in listed if found.reference not in known]
                deliveries.keep(session, [_listed(message_id, found) for found in fresh[:1]])
                found_any = found_any or bool(fresh)
        return found_any

    def _take_in(self, creditor: str, as_of: datetime) -> list[CaseRow]:
        """Put on record what asks nothing of a case, and all of closed ones; the rest is for open cases to act on."""
        with transaction(self.database) as session:
            waiting = select(DeliveryRow.case_id).where(
                DeliveryRow.creditor_id == creditor, col(DeliveryRow.taken_at).is_(None)
            )
            names = sorted({name for name in session.exec(waiting) if name})
        urgent = []
        for name in names:
            # One case at a time, so that the trail of the creditor is not held for long.
            try:
                with transaction(self.database) as session:
                    case = case_to_write(session, name)
                    if case.closed_at is None and deliveries.urgent(session, case):
                        urgent.append(case)
                    else:
                        deliveries.take_in_reports(session, case, as_of, beside=True)
            except (LookupError, ValueError):
                # One case of which no sense can be made keeps no other waiting.
                logger.exception("reports of case %s could not be taken in", name)
        return urgent

    def _untold(self, creditor: str) -> list[str]:
        """Notices of closed cases, whose own workflow gives none any more; none of their proposals stands."""
        proposals = select(ProposalRow.id).where(ProposalRow.creditor_id == creditor)
        with transaction(self.database) as session:
            query = (
                select(NoticeRow.id)
                .join(CaseRow, col(CaseRow.id) == col(NoticeRow.case_id))
                .where(
                    NoticeRow.creditor_id == creditor,
                    col(NoticeRow.given_at).is_(None),
                    col(CaseRow.closed_at).is_not(None),
                    col(NoticeRow.id).not_in(proposals),
                )
            )
            return list(session.exec(query.order_by(col(NoticeRow.at), col(NoticeRow.id))))


def _composition(session: Session, row: MessageRow) -> Composition:
    return Composition.model_validate(session.get_one(ProposalRow, row.proposal_id).composition)


def _listed(message_id: str, found: Accepted) -> Report:
    return Report(
        source=f"twilio:{found.reference}:listed",
        message_id=message_id,
        word=Word.accepted,
        said="listed",
        at=real_now(),
        reference=found.reference,
    )
