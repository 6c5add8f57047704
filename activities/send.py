"""Sends a released and cleared proposal: the row first, then the provider, then what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, select
from temporalio import activity

from activities import deliveries, trail
from activities.business_clock import moved_on
from activities.case_row import case_to_write
from activities.channel_rests import has_rested, note_rest, resting
from activities.composing import WordingFolders
from activities.facts import case_facts, settings_of
from activities.given import BEGUN, conclude, conclude_what_was_begun
from activities.heads_up import Mail
from activities.messages import (
    claim,
    goes_to_others,
    leave,
    mail_message,
    message_id_of,
    messages_of,
    references_known,
    settle_message,
    text_message,
)
from activities.settle import note, settle, withdraw
from activities.shelf import Shelf
from models.books import BooksRefused, BooksUnavailable
from models.case import Ask, Move
from models.cases import CaseRow, MessageRow, ProposalRow, VerdictRow
from models.clock import real_now
from models.composition import Composition
from models.creditor import CreditorSettings
from models.database import transaction
from models.dispatch import Attachment, TextMessage
from models.letters import Channel
from models.outcomes import Accepted, NotSent, Outcome, Refused, Unknown
from rules.calendar import sending_time
from rules.instalment_reminder import step_of
from rules.next_move import standing_move

CLEARED_FOR = timedelta(seconds=60)
"""A send starts within this real time of the guards that cleared it."""
HANDED_OVER_IN = timedelta(minutes=3)
"""Real time in which a send has called the providers. A machine that was suspended in it wakes to other facts."""
PAUSE = timedelta(minutes=15)
"""How long to wait before a message that certainly did not leave is tried again."""
SHORT_PAUSE = timedelta(minutes=1)
"""The same where a provider asked for a pause and named no longer one; it doubles each time that it asks."""
PATIENCE = 4
"""So many times a provider may ask for a pause before the message counts as lost on its channel."""
NOT_KNOWN = "it only accompanies the letter, and whether that went out was not known"
STOOD_STILL = "the engine stood still before it was handed over"
WRITTEN_FIRST = (Channel.email, Channel.sms)


class Text(Protocol):
    def send(self, message: TextMessage) -> Outcome: ...

    def accepted(self, message: TextMessage) -> Sequence[Accepted]: ...


@dataclass(frozen=True)
class Send:
    """Hands messages to the providers, each at most once."""

    database: Engine
    folders: WordingFolders
    shelf: Shelf
    mail: Mail
    text_from: Callable[[str], Text]
    """The SMS service for a creditor's sender name."""

    # A send that has begun is finished: thrown out of its thread, it would leave an unknown outcome behind.
    @activity.defn(name="send", no_thread_cancel_exception=True)
    def send(self, ask: Ask) -> Move:
        """Send on every channel of the proposal and say what comes next."""
        began, ask = real_now(), ask.model_copy(update={"as_of": moved_on(ask.as_of)})
        assert ask.move is not None
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            row = session.get_one(ProposalRow, ask.move.proposal_id)
            if row.state != "proposed" or row.released_digest != row.digest:
                return settle(session, case, ask.as_of, self.folders)
            composition = Composition.model_validate(row.composition)
            channels = [channel for channel in WRITTEN_FIRST if composition.words(channel) is not None]
            if not _just_cleared(session, row, ask.cleared_round):
                return self._too_late(session, case, row, ask)
            step = step_of(case_facts(session, case), row.step)
            enough = [channel for channel in channels if channel in step.enough]
        try:
            attachments = self._documents(row) if Channel.email in channels else ()
        except (BooksUnavailable, BooksRefused) as error:
            with transaction(self.database) as session:
                case = case_to_write(session, ask.case_id)
                why = f"the invoice PDF could not be read: {error}"
                return self._held(session, case, row.id, ask.as_of, why, ask.as_of + PAUSE)
        for channel in enough:
            if self._on(channel, composition, attachments, ask, row.id, began):
                # The others wait with it: a rate limit at nine o'clock must not cost a customer the letter.
                with transaction(self.database) as session:
                    return self._conclude(session, ask, row.id)
        accompanying = [channel for channel in channels if channel not in enough]
        with transaction(self.database) as session:
            case_to_write(session, ask.case_id)
            # What only accompanies a letter goes when the letter itself has gone, and not when nobody knows that.
            states = {m.state for m in messages_of(session, session.get_one(ProposalRow, row.id))}
            if "sent" not in states and "unknown" in states:
                for channel in accompanying:
                    leave(session, row.id, channel, ask.as_of, NOT_KNOWN)
        for channel in accompanying if "sent" in states else ():
            self._on(channel, composition, attachments, ask, row.id, began)
        with transaction(self.database) as session:
            return self._conclude(session, ask, row.id)

    def _too_late(self, session: Session, case: CaseRow, row: ProposalRow, ask: Ask) -> Move:
        """The clearance is too old to begin anything by. What an attempt that died has handed over is concluded."""
        if not {message.state for message in messages_of(session, row)} & BEGUN:
            return _later(session, case, ask.as_of, "the guards' clearance is too old; they look again")
        conclude_what_was_begun(session, case, ask.as_of)
        session.flush()
        deliveries.take_in_reports(session, case, ask.as_of)
        return settle(session, case, ask.as_of, self.folders)

    def _documents(self, row: ProposalRow) -> tuple[Attachment, ...]:
        books = self.shelf.books(row.creditor_id)
        found = [(number, books.pdf(number)) for number in row.invoices]
        return tuple(
            Attachment(filename=f"{number}.pdf", content=content, media_type="application/pdf")
            for number, content in found
            if content is not None
        )

    def _on(
        self,
        channel: Channel,
        composition: Composition,
        attachments: tuple[Attachment, ...],
        ask: Ask,
        proposal_id: str,
        began: datetime,
    ) -> bool:
        """Claim, hand over, settle; True when the other channels wait with it: for a pause, or to be composed anew."""
        message_id = message_id_of(proposal_id, channel)
        with transaction(self.database) as session:
            creditor = case_to_write(session, ask.case_id).creditor_id
            settings = settings_of(session, creditor)
            if not claim(session, proposal_id, channel, ask.as_of):
                return False
            rested = has_rested(session, channel, creditor)
            if (rests := resting(session, channel, creditor)) is not None:
                session.flush()
                settle_message(session, message_id, rests, ())
                message = session.get_one(MessageRow, message_id)
                message.attempts -= 1  # nobody was asked
                return _waits(message)
        outcome: Outcome
        if real_now() > began + HANDED_OVER_IN:
            outcome = NotSent(reason=STOOD_STILL)
        elif channel is Channel.email:
            outcome = self.mail.send(mail_message(message_id, composition, settings, attachments))
        else:
            outcome = self._text(text_message(message_id, composition), settings)
        with transaction(self.database) as session:
            case_to_write(session, ask.case_id)
            addresses = composition.addresses(channel)
            settle_message(session, message_id, outcome, addresses)
            waits = _waits(session.get_one(MessageRow, message_id)) or goes_to_others(outcome, addresses)
        if rested or isinstance(outcome, NotSent | Refused):
            # On its own: that two cases note a pause at once must not cost one of them its answer.
            note_rest(self.database, channel, creditor, outcome)
        return waits

    def _text(self, message: TextMessage, settings: CreditorSettings) -> Outcome:
        """Send a text; where the answer was lost, the provider's own list may know."""
        service = self.text_from(settings.sms_sender)
        outcome = service.send(message)
        if not isinstance(outcome, Unknown):
            return outcome
        listed = service.accepted(message)
        with transaction(self.database) as session:
            known = references_known(session, [found.reference for found in listed])
        return next((found for found in listed if found.reference not in known), outcome)

    def _conclude(self, session: Session, ask: Ask, proposal_id: str) -> Move:
        """From the fate of each message to that of the proposal and the next move of the case."""
        case = case_to_write(session, ask.case_id)
        row = session.get_one(ProposalRow, proposal_id)
        messages = messages_of(session, row)
        states = {m.state for m in messages}
        if not states & BEGUN:
            return self._nothing_left(session, case, row, messages, ask)
        if "claimed" in states:
            # The channel before it waits; this one an attempt that died had begun, and so it is not for later.
            conclude_what_was_begun(session, case, ask.as_of)
        else:
            conclude(session, case, row, ask.as_of)
        session.flush()
        # What the provider has reported in the meantime waited for this.
        deliveries.take_in_reports(session, case, ask.as_of)
        return settle(session, case, ask.as_of, self.folders)

    def _nothing_left(
        self, session: Session, case: CaseRow, row: ProposalRow, messages: list[MessageRow], ask: Ask
    ) -> Move:
        """No message went out, and that is certain: try again within the hours, or give up on bad addresses."""
        why = "; ".join(f"{m.channel}: {m.reason}" for m in messages)
        if all(m.state == "failed" for m in messages):
            withdraw(session, case, row.id, ask.as_of, f"no message could be delivered ({why})")
            session.flush()
            return settle(session, case, ask.as_of, self.folders)
        # Nobody was asked where the provider rests: that is no attempt, and waits as long as the first.
        turn = max(1, min(max(m.attempts for m in messages), 4))
        asked = max((m.retry_at - real_now() for m in messages if m.retry_at is not None), default=timedelta())
        pause = SHORT_PAUSE * 2 ** (turn - 1) if any(_waits(m) for m in messages) else PAUSE * turn
        return self._held(session, case, row.id, ask.as_of, why, ask.as_of + max(pause, asked))

    def _held(
        self, session: Session, case: CaseRow, proposal_id: str, as_of: datetime, why: str, again: datetime
    ) -> Move:
        row = session.get_one(ProposalRow, proposal_id)
        row.held_why = why
        text = f"{row.step} not sent, tried again: {why}"
        key = f"{row.id}:not sent:{as_of.isoformat()}"
        trail.write(session, case.creditor_id, key, as_of, "held", text, case_id=case.id, proposal=row.id)
        return _later(session, case, sending_time(again, settings_of(session, case.creditor_id)), why)


def _waits(message: MessageRow) -> bool:
    """The provider named a time at which it takes the message, and has not done so too often."""
    return message.state == "not_sent" and message.retry_at is not None and message.attempts <= PATIENCE


def _just_cleared(session: Session, row: ProposalRow, cleared_round: int) -> bool:
    query = select(VerdictRow).where(VerdictRow.proposal_id == row.id, VerdictRow.round == cleared_round)
    verdicts = list(session.exec(query))
    return (
        cleared_round == row.guard_rounds
        and bool(verdicts)
        and all(v.answer == "cleared" for v in verdicts)
        and max(v.recorded_at for v in verdicts) > real_now() - CLEARED_FOR
    )


def _later(session: Session, case: CaseRow, at: datetime, why: str) -> Move:
    facts = case_facts(session, case)
    assert facts.standing is not None
    move = standing_move(facts.standing, facts, at=at, why=why).model_copy(update={"send_at": at})
    note(session, case, move, at)
    case.state = "held"
    return move
