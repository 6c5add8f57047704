"""Heads-ups: what comes due together reaches each person as one e-mail, before anything can leave."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select
from temporalio.exceptions import ApplicationError

from activities import trail
from activities.case_row import cases_to_write
from activities.facts import settings_of
from models.cases import NoticeRow, ProposalRow
from models.clock import real_now
from models.creditor import CreditorSettings
from models.database import transaction
from models.dispatch import MailAddress, MailMessage
from models.outcomes import Accepted, Outcome
from models.parties import CreditorRow, PersonRow
from rules.calendar import sending_time

logger = logging.getLogger(__name__)

ABANDONED = timedelta(minutes=2)
"""A heads-up that somebody began to mail so long ago, in real time, is mailed again: twice is better than never."""
TOGETHER = timedelta(hours=1)
"""What comes due within this time of business is one e-mail."""
WORDS = {
    "da": (("rykker", "rykkere"), ("opgave", "opgaver"), "og", "venter hos"),
    "nb": (("purring", "purringer"), ("oppgave", "oppgaver"), "og", "venter hos"),
    "en": (("reminder", "reminders"), ("task", "tasks"), "and", "waiting at"),
}
"""One and many reminders, one and many tasks, and what stands between and behind them in the subject."""


class Mail(Protocol):
    def send(self, message: MailMessage) -> Outcome: ...


@dataclass(frozen=True)
class HeadsUpDesk:
    """Mails notices. Several callers may ask at once, in several processes: the database decides who mails."""

    database: Engine
    mail: Mail
    templates: Path
    queue_address: str
    gather: timedelta
    """Real time to wait for others that come due at the same moment."""

    async def give(self, notice_id: str, as_of: datetime) -> None:
        """Return when the notice has been mailed; raises ApplicationError when it cannot be mailed now."""
        await asyncio.sleep(self.gather.total_seconds())
        while not await asyncio.to_thread(self._round, notice_id, as_of):
            await asyncio.sleep(0.5)  # somebody else is mailing it at this moment

    def _round(self, notice_id: str, as_of: datetime) -> bool:
        with transaction(self.database) as session:
            mine = session.get_one(NoticeRow, notice_id)
            if mine.given_at is not None:
                return True
            rows = _claim(session, mine)
            if not rows:
                return False
            creditor = session.get_one(CreditorRow, mine.creditor_id)
            settings = settings_of(session, creditor.id)
            people = _people(session, mine.creditor_id)
            shortest = _shortest_window(session, rows, settings)
        reached = self._mail(creditor, settings, people, rows, as_of, shortest)
        with transaction(self.database) as session:
            if not reached:
                for row in rows:
                    session.get_one(NoticeRow, row.id).claimed_at = None
            else:
                cases_to_write(session, [row.case_id for row in rows])
                given = [(row, max(row.at, as_of) + self.gather) for row in rows]
                for row, at in given:
                    _begin_window(session, row, at, settings)
                session.flush()  # every proposal before the trail
                for row, at in given:
                    _tell_trail(session, row, at, reached)
        if not reached:
            raise ApplicationError(
                f"the heads-up of creditor {mine.creditor_id} reached nobody; check the admins' e-mail addresses "
                "and the e-mail service. Nothing leaves before it is given.",
                type="HeadsUpNotGiven",
            )
        return True

    def _mail(
        self,
        creditor: CreditorRow,
        settings: CreditorSettings,
        people: Sequence[PersonRow],
        rows: Sequence[NoticeRow],
        as_of: datetime,
        window: timedelta,
    ) -> list[str]:
        """Mail each person their lines; the ids of those that the provider took it for."""
        reached = []
        for person in people:
            lines = [row for row in rows if person.role == "admin" or row.owner == person.id]
            if not lines:
                continue
            try:
                message = self._message(creditor, settings, person, lines, as_of, window)
            except ValidationError:
                logger.warning("%s of creditor %s has no e-mail address that can be written to", person.id, creditor.id)
                continue
            if isinstance(self.mail.send(message), Accepted):
                reached.append(person.id)
        admins = {person.id for person in people if person.role == "admin"}
        return reached if admins & set(reached) else []

    def _message(
        self,
        creditor: CreditorRow,
        settings: CreditorSettings,
        person: PersonRow,
        rows: Sequence[NoticeRow],
        as_of: datetime,
        window: timedelta,
    ) -> MailMessage:
        reminders = [row.line for row in rows if not row.line["task"]]
        tasks = [row.line for row in rows if row.line["task"]]
        given = max(rows[0].at, as_of)
        earliest = sending_time(given + window, settings).astimezone(settings.tz)
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self.templates), undefined=StrictUndefined, autoescape=False
        )
        text = environment.get_template(f"{settings.language}.txt.j2").render(
            name=person.name,
            reminders=reminders,
            tasks=tasks,
            earliest=f"{earliest:%Y-%m-%d %H:%M}",
            queue=self.queue_address,
        )
        subject = subject_of(settings.language, len(reminders), len(tasks), " ".join(creditor.name.split()))
        return MailMessage(
            message_id="h" + hashlib.sha256(f"{person.id}:{rows[0].id}".encode()).hexdigest()[:31],
            to=(MailAddress(address=person.email, name=" ".join(person.name.split())),),
            sender=MailAddress(address=settings.sender_email, name="Rykker"),
            reply_to=MailAddress(address=settings.reply_to or settings.sender_email),
            subject=subject,
            text=text,
        )


def subject_of(language: str, reminders: int, tasks: int, creditor: str) -> str:
    """How much waits, in the language of the creditor; of what there is nothing, nothing is said."""
    *words, joined, waiting = WORDS[language]
    counted = [f"{n} {one if n == 1 else many}" for n, (one, many) in zip((reminders, tasks), words, strict=True) if n]
    return f"{f' {joined} '.join(counted)} {waiting} {creditor}"


def _claim(session: Session, mine: NoticeRow) -> list[NoticeRow]:
    """Take all notices of the creditor that came due together with this one and that nobody mails yet.

    None while somebody else mails this one: its asker goes on waiting, and what nobody mails must not look claimed.
    """
    query = (
        select(NoticeRow)
        .where(
            NoticeRow.creditor_id == mine.creditor_id,
            col(NoticeRow.given_at).is_(None),
            or_(col(NoticeRow.claimed_at).is_(None), col(NoticeRow.claimed_at) < real_now() - ABANDONED),
            col(NoticeRow.at) >= mine.at - TOGETHER,
            col(NoticeRow.at) <= mine.at + TOGETHER,
        )
        .order_by(col(NoticeRow.at), col(NoticeRow.id))
        .with_for_update(skip_locked=True)
    )
    rows = list(session.exec(query))
    if mine.id not in [row.id for row in rows]:
        return []
    for row in rows:
        row.claimed_at = real_now()
    return rows


def _people(session: Session, creditor: str) -> list[PersonRow]:
    query = select(PersonRow).where(PersonRow.creditor_id == creditor, col(PersonRow.active).is_(True))
    return list(session.exec(query.order_by(col(PersonRow.role), col(PersonRow.id))))


def _shortest_window(session: Session, rows: Sequence[NoticeRow], s: CreditorSettings) -> timedelta:
    """How soon the first of what is announced together may leave."""
    query = select(ProposalRow.hold_hours).where(col(ProposalRow.id).in_([row.id for row in rows]))
    return timedelta(hours=min(session.exec(query), default=s.hold_hours))


def _begin_window(session: Session, notice: NoticeRow, given: datetime, s: CreditorSettings) -> None:
    """The hold window counts from now: business time of the asking plus the real time it took to gather."""
    session.get_one(NoticeRow, notice.id).given_at = given
    if (proposal := session.get(ProposalRow, notice.id)) is not None:
        proposal.heads_up_at = given
        proposal.send_at = sending_time(given + timedelta(hours=proposal.hold_hours), s)


def _tell_trail(session: Session, notice: NoticeRow, given: datetime, reached: list[str]) -> None:
    text = f"Heads-up given to {', '.join(reached)}"
    trail.write(
        session,
        notice.creditor_id,
        f"{notice.id}:heads-up",
        given,
        "heads-up",
        text,
        case_id=notice.case_id,
        about=notice.id,
        people=reached,
    )
