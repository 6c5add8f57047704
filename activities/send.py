"""Sends a released and cleared proposal: the row first, then the provider, then what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, select
from temporalio import activity

from activities import trail
from activities.business_clock import moved_on
from activities.charges import post_charges
from activities.composing import WordingFolders
from activities.facts import case_facts, settings_of
from activities.freezes import freeze
from activities.heads_up import Mail
from activities.messages import claim, message_id_of, messages_of, settle_message
from activities.settle import note, settle, withdraw
from activities.shelf import Shelf
from models.books import BooksRefused, BooksUnavailable
from models.case import Ask, BooksChanged, Move
from models.cases import CaseRow, MessageRow, ProposalRow, VerdictRow
from models.claim import LetterKind
from models.columns import real_now
from models.composition import Composition
from models.database import transaction
from models.dispatch import Attachment, MailAddress, MailMessage, TextMessage
from models.letters import Channel
from models.outcomes import Outcome
from rules.calendar import sending_time
from rules.lawful import LETTERS
from rules.next_move import standing_move

CLEARED_FOR = timedelta(seconds=60)
"""A send starts within this real time of the guards that cleared it."""
PAUSE = timedelta(minutes=15)
"""How long to wait before a message that certainly did not leave is tried again."""


WRITTEN_FIRST = (Channel.email, Channel.sms)


class Text(Protocol):
    def send(self, message: TextMessage) -> Outcome: ...


@dataclass(frozen=True)
class Send:
    """Hands messages to the providers, each at most once."""

    database: Engine
    folders: WordingFolders
    shelf: Shelf
    mail: Mail
    text_from: Callable[[str], Text]
    """The SMS service for a creditor's sender name."""

    @activity.defn(name="send")
    def send(self, ask: Ask) -> Move:
        """Send on every channel of the proposal and say what comes next."""
        ask = ask.model_copy(update={"as_of": moved_on(ask.as_of)})
        assert ask.move is not None
        with transaction(self.database) as session:
            case = session.get_one(CaseRow, ask.case_id)
            row = session.get_one(ProposalRow, ask.move.proposal_id)
            if row.state != "proposed" or row.released_digest != row.digest:
                return settle(session, case, ask.as_of, self.folders)
            stale = not _just_cleared(session, row, ask.cleared_round)
            if stale and all(message.state == "not_sent" for message in messages_of(session, row)):
                return _later(session, case, ask.as_of, "the guards' clearance is too old; they look again")
            composition = Composition.model_validate(row.composition)
            step = case_facts(session, case).ladder.step(row.step)
            enough = [channel for channel in WRITTEN_FIRST if channel in step.enough]
        try:
            attachments = self._documents(ask, row) if composition.words(Channel.email) else ()
        except (BooksUnavailable, BooksRefused) as error:
            with transaction(self.database) as session:
                case = session.get_one(CaseRow, ask.case_id)
                why = f"the invoice PDF could not be read: {error}"
                return self._held(session, case, row.id, ask.as_of, why, ask.as_of + PAUSE)
        for channel in (c for c in enough if composition.words(c) is not None):
            self._on(channel, composition, attachments, ask, row.id)
        with transaction(self.database) as session:
            # What only accompanies a letter goes when the letter itself has gone.
            gone = any(m.state == "sent" for m in messages_of(session, session.get_one(ProposalRow, row.id)))
        for channel in (c for c in WRITTEN_FIRST if c not in enough and gone and composition.words(c) is not None):
            self._on(channel, composition, attachments, ask, row.id)
        with transaction(self.database) as session:
            return self._conclude(session, ask, row.id)

    def _documents(self, ask: Ask, row: ProposalRow) -> tuple[Attachment, ...]:
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
    ) -> None:
        """Claim, hand over, settle. A row that is already claimed belongs to an attempt that died: unknown."""
        message_id = message_id_of(proposal_id, channel)
        with transaction(self.database) as session:
            settings = settings_of(session, session.get_one(ProposalRow, proposal_id).creditor_id)
            if not claim(session, message_id, proposal_id, channel, ask.as_of):
                return
        words = composition.words(channel)
        assert words is not None
        outcome: Outcome
        if channel is Channel.email:
            outcome = self.mail.send(
                MailMessage(
                    message_id=message_id,
                    to=tuple(MailAddress(address=a) for a in composition.addresses(channel)),
                    sender=MailAddress(address=settings.sender_email, name=composition.letter.sender_name),
                    reply_to=MailAddress(address=composition.letter.reply_to),
                    subject=words.subject,
                    text=words.text,
                    html=words.html,
                    attachments=attachments,
                )
            )
        else:
            outcome = self.text_from(settings.sms_sender).send(
                TextMessage(message_id=message_id, to=composition.addresses(channel)[0], body=words.text)
            )
        with transaction(self.database) as session:
            settle_message(session, message_id, outcome, composition.addresses(channel), ask)

    def _conclude(self, session: Session, ask: Ask, proposal_id: str) -> Move:
        """From the fate of each message to that of the proposal and the next move of the case."""
        case = session.get_one(CaseRow, ask.case_id)
        row = session.get_one(ProposalRow, proposal_id)
        messages = messages_of(session, row)
        states = {m.state for m in messages}
        if not states & {"sent", "unknown"}:
            return self._nothing_left(session, case, row, messages, ask)
        row.state = "unknown" if "unknown" in states else "sent"
        row.ended_at, row.held_why = ask.as_of, ""
        _went_out(session, case, row, messages)
        session.flush()
        _on_the_trail(session, case, row, messages, ask)
        if row.state == "unknown":
            lost = [f"{m.channel}: {m.reason}" for m in messages if m.state == "unknown"]
            reason = f"whether the {row.step} went out cannot be known ({'; '.join(lost)}); it is not sent again"
            freeze(session, case, BooksChanged(id=f"{row.id}:unknown"), ask.as_of, "unknown", reason)
            session.flush()
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
        attempts = max(m.attempts for m in messages)
        return self._held(session, case, row.id, ask.as_of, why, ask.as_of + PAUSE * min(attempts, 4))

    def _held(
        self, session: Session, case: CaseRow, proposal_id: str, as_of: datetime, why: str, again: datetime
    ) -> Move:
        row = session.get_one(ProposalRow, proposal_id)
        row.held_why = why
        text = f"{row.step} not sent, tried again: {why}"
        key = f"{row.id}:not sent:{as_of.isoformat()}"
        trail.write(session, case.creditor_id, key, as_of, "held", text, case_id=case.id, proposal=row.id)
        return _later(session, case, sending_time(again, settings_of(session, case.creditor_id)), why)


def _went_out(session: Session, case: CaseRow, row: ProposalRow, messages: list[MessageRow]) -> None:
    """What went out, as the law counts it, and what it charges: only a written letter does, and only once it has gone.

    One of which nobody knows whether it arrived counts as a letter and charges nothing.
    """
    facts = case_facts(session, case)
    step = facts.ladder.step(row.step)
    letter = Composition.model_validate(row.composition).letter
    if step.kind in LETTERS or not step.before_due:
        # A friendly word after the due date is a reminder as well: the law counts every kind.
        row.letter_kind = LETTERS.get(step.kind, LetterKind.reminder)
    if any(m.channel == Channel.email and m.state == "sent" for m in messages):
        row.deadline = letter.final_date
        row.announced_fee = letter.charges.announced_fee is not None
        row.fee_minor = post_charges(session, case, facts, step, row.id, row.invoices, row.letter_date)


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


def _on_the_trail(session: Session, case: CaseRow, row: ProposalRow, messages: list[MessageRow], ask: Ask) -> None:
    """One line that the step went out, and one for every channel that was lost."""
    for message in messages:
        if message.state in ("failed", "not_sent"):
            # The step has gone out on another channel; this one is not tried again.
            message.state = "failed"
            text = f"{row.step} did not go by {message.channel}: {message.reason}"
            key = f"{message.id}:lost"
            trail.write(
                session, case.creditor_id, key, ask.as_of, "channel lost", text, case_id=case.id, proposal=row.id
            )
    went = [m for m in messages if m.state in ("sent", "unknown")]
    by = " and ".join(m.channel + (" (unknown)" if m.state == "unknown" else "") for m in went)
    trail.write(
        session,
        case.creditor_id,
        f"{row.id}:{row.state}",
        ask.as_of,
        row.state,
        f"{row.step} sent by {by}: invoices {', '.join(row.invoices)}, {row.amount_minor / 100:.2f} {row.currency}"
        + (f", of it a fee of {row.fee_minor / 100:.2f}" if row.fee_minor else "")
        if row.state == "sent"
        else f"{row.step} handed over by {by}; whether it arrived cannot be known",
        case_id=case.id,
        proposal=row.id,
        digest=row.digest,
        fee=row.fee_minor,
        messages={m.channel: {"state": m.state, "reference": m.provider_reference} for m in messages},
    )
