"""The anchor: once a day the head of a creditor's trail goes to its admins, where nobody of the house can change it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import trail
from activities.facts import settings_of
from activities.heads_up import Mail
from models.anchor import Anchor, AnchorInput, AnchorMailed
from models.clock import real_now
from models.creditor import CreditorSettings
from models.database import transaction
from models.dispatch import MailAddress, MailMessage
from models.outcomes import Accepted, Outcome, Refused, Unknown
from models.parties import CreditorRow, PersonRow
from models.record import AnchorRow, TrailHeadRow, TrailRow
from rules.calendar import local_day

logger = logging.getLogger(__name__)

ANCHORED = "anchored"
"""The kind of the link that says that the head before it was mailed."""
ABANDONED = timedelta(minutes=2)
"""Of a mail that somebody began so long ago, in real time, nobody knows whether it went; tomorrow brings the next."""
SUBJECTS = {
    "da": "Gem denne mail: sporet hos {creditor} den {day}, linje {seq}",
    "nb": "Ta vare på denne e-posten: sporet hos {creditor} den {day}, linje {seq}",
    "en": "Keep this mail: the trail of {creditor} on {day}, link {seq}",
}


@dataclass(frozen=True)
class AnchorDesk:
    """Mails anchors, each to each admin at most once a day."""

    database: Engine
    mail: Mail
    templates: Path

    @activity.defn(name="mail_anchor")
    def mail_anchor(self, asked: AnchorInput, as_of: datetime) -> AnchorMailed:
        """Mail today's head to every active admin who has not got it; ApplicationError while some have yet to get it.

        On a trail to which nothing but the last anchor was added there is nothing to mail.
        """
        with transaction(self.database) as session:
            creditor = session.get_one(CreditorRow, asked.creditor)
            settings = settings_of(session, creditor.id)
            day = local_day(as_of, settings)
            anchor = _begun(session, creditor.id, day) or _new_head(session, creditor.id)
            if anchor is None:
                return AnchorMailed()
            admins = _admins(session, creditor.id)
        for person in admins:
            if self._claim(person, day, anchor):
                outcome = self._hand_over(creditor, settings, person, day, anchor)
                with transaction(self.database) as session:
                    row = session.get_one(AnchorRow, (creditor.id, day, person.id))
                    row.state, row.reason = _fate(outcome)
        return self._conclude(creditor.id, day, anchor, as_of)

    def _claim(self, person: PersonRow, day: date, anchor: Anchor) -> bool:
        """Whether it is ours to mail; the row stands before anything leaves, so that it leaves once."""
        with transaction(self.database) as session:
            # Those who come at once meet here.
            session.get(TrailHeadRow, person.creditor_id, with_for_update=True)
            row = session.get(AnchorRow, (person.creditor_id, day, person.id)) or AnchorRow(
                creditor_id=person.creditor_id, day=day, person_id=person.id, state="not_sent", **anchor._asdict()
            )
            if row.state == "claimed" and row.claimed_at < real_now() - ABANDONED:
                row.state, row.reason = "unknown", "the worker stopped while it was being mailed"
            ours = row.state == "not_sent"
            if ours:
                row.state, row.claimed_at = "claimed", real_now()
            session.add(row)
            return ours

    def _hand_over(
        self, creditor: CreditorRow, settings: CreditorSettings, person: PersonRow, day: date, anchor: Anchor
    ) -> Outcome:
        try:
            message = self._message(creditor, settings, person, day, anchor)
        except ValidationError:
            logger.warning("%s of creditor %s has no e-mail address that can be written to", person.id, creditor.id)
            return Refused(reason="there is no e-mail address that can be written to", address_unusable=True)
        return self.mail.send(message)

    def _message(
        self, creditor: CreditorRow, settings: CreditorSettings, person: PersonRow, day: date, anchor: Anchor
    ) -> MailMessage:
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self.templates), undefined=StrictUndefined, autoescape=False
        )
        name = " ".join(creditor.name.split())
        said = {"creditor": name, "day": day, "seq": anchor.seq}
        text = environment.get_template(f"{settings.language}.txt.j2").render(
            **said, name=person.name, id=creditor.id, anchor=anchor
        )
        return MailMessage(
            message_id="a" + hashlib.sha256(f"{creditor.id}:{day}:{person.id}".encode()).hexdigest()[:31],
            to=(MailAddress(address=person.email, name=" ".join(person.name.split())),),
            sender=MailAddress(address=settings.sender_email, name="Rykker"),
            reply_to=MailAddress(address=settings.reply_to or settings.sender_email),
            subject=SUBJECTS[settings.language].format(**said),
            text=text,
        )

    def _conclude(self, creditor: str, day: date, anchor: Anchor, as_of: datetime) -> AnchorMailed:
        """Put on the trail who got it; what certainly did not go is left to the next attempt."""
        with transaction(self.database) as session:
            rows = _rows(session, creditor, day)
            sent, unknown, waiting, failed = (
                [row.person_id for row in rows if row.state in states]
                for states in (("sent",), ("unknown",), ("not_sent", "claimed"), ("failed",))
            )
            if sent or (unknown and not waiting):
                _tell_trail(session, creditor, day, anchor, as_of, sent, unknown)
        if waiting:
            raise ApplicationError(
                f"the anchor of creditor {creditor} has not gone to {', '.join(waiting)} yet", type="AnchorNotMailed"
            )
        if not sent and not unknown:
            why = f"no usable address: {', '.join(failed)}" if failed else "there is no active admin"
            raise ApplicationError(
                f"the anchor of creditor {creditor} reached nobody ({why}); check the admins' e-mail addresses",
                type="AnchorNotMailed",
                non_retryable=True,
            )
        return AnchorMailed(seq=anchor.seq, mailed=len(sent))


def _begun(session: Session, creditor: str, day: date) -> Anchor | None:
    """What was begun to be mailed on a day: every admin gets the same head."""
    return next((Anchor(row.seq, row.hash) for row in _rows(session, creditor, day)), None)


def _new_head(session: Session, creditor: str) -> Anchor | None:
    """The head of a trail; None when it is empty, or when the anchor before is all that was added since."""
    head = session.get(TrailHeadRow, creditor)
    if head is None or not head.seq:
        return None
    last = session.get_one(TrailRow, (creditor, head.seq))
    if last.kind == ANCHORED and last.data["seq"] == head.seq - 1:
        return None
    return Anchor(head.seq, head.hash)


def _rows(session: Session, creditor: str, day: date) -> list[AnchorRow]:
    query = select(AnchorRow).where(AnchorRow.creditor_id == creditor, AnchorRow.day == day)
    return list(session.exec(query.order_by(col(AnchorRow.person_id))))


def _admins(session: Session, creditor: str) -> Sequence[PersonRow]:
    query = select(PersonRow).where(
        PersonRow.creditor_id == creditor, PersonRow.role == "admin", col(PersonRow.active).is_(True)
    )
    return session.exec(query.order_by(PersonRow.id)).all()


def _fate(outcome: Outcome) -> tuple[str, str]:
    """What is known of a mail after it was handed over; only what certainly did not go is tried again."""
    if isinstance(outcome, Accepted):
        return "sent", ""
    if isinstance(outcome, Unknown):
        return "unknown", outcome.reason
    if isinstance(outcome, Refused) and outcome.address_unusable:
        return "failed", outcome.reason
    return "not_sent", outcome.reason


def _tell_trail(
    session: Session,
    creditor: str,
    day: date,
    anchor: Anchor,
    as_of: datetime,
    sent: list[str],
    unknown: list[str],
) -> None:
    reached = f"was mailed to {', '.join(sent)}" if sent else "was mailed"
    lost = f"; whether it reached {', '.join(unknown)} is not known" if unknown else ""
    text = f"The head of the trail, link {anchor.seq}, {reached}{lost}"
    fields = {**anchor._asdict(), "people": sent, "unknown": unknown}
    trail.write(session, creditor, f"anchor:{day}", as_of, ANCHORED, text, **fields)
