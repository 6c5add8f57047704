"""Mails alarms to the admins: when one is raised, and once a day while it lasts. The API shows them in any case."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select

from activities.facts import settings_of
from activities.heads_up import Mail
from models.alarms import AlarmRow
from models.creditor import CreditorSettings
from models.database import reading, transaction
from models.dispatch import MailAddress, MailMessage
from models.news import Role
from models.outcomes import Accepted
from models.parties import CreditorRow, PersonRow
from rules.calendar import local

logger = logging.getLogger(__name__)

AGAIN = timedelta(days=1)
MOST_LINES = 20
"""So many alarms stand in one e-mail; the API lists them all."""
SUBJECTS = {
    "da": "Rykker slår alarm hos {creditor}: {count}",
    "nb": "Rykker slår alarm hos {creditor}: {count}",
    "en": "Rykker raises the alarm at {creditor}: {count}",
}


@dataclass(frozen=True)
class AlarmDesk:
    """Tells admins by e-mail what the sweep found and nobody could repair."""

    database: Engine
    mail: Mail
    templates: Path
    address: str
    """Where the API lists alarms."""

    def tell(self, creditor: str, as_of: datetime) -> int:
        """Mail what is new, or a day old, to every active admin; how many alarms they were told of.

        What reaches no admin is tried again at the next sweep: twice is better than never.
        """
        with reading(self.database) as session:
            rows = _untold(session, creditor, as_of)
            if not rows:
                return 0
            name = session.get_one(CreditorRow, creditor).name
            settings, admins = settings_of(session, creditor), _admins(session, creditor)
        reached = [admin.id for admin in admins if self._mailed(admin, name, settings, rows, as_of)]
        if not reached:
            logger.warning("the alarms of creditor %s reached no admin by e-mail; GET /alarms lists them", creditor)
            return 0
        with transaction(self.database) as session:
            for row in rows:
                session.get_one(AlarmRow, (creditor, row.matter, row.about)).told_at = as_of
        return len(rows)

    def _mailed(
        self, admin: PersonRow, creditor: str, settings: CreditorSettings, rows: Sequence[AlarmRow], as_of: datetime
    ) -> bool:
        try:
            message = self._message(admin, creditor, settings, rows, as_of)
        except ValidationError:
            logger.warning("%s has no e-mail address that can be written to", admin.id)
            return False
        return isinstance(self.mail.send(message), Accepted)

    def _message(
        self, admin: PersonRow, creditor: str, settings: CreditorSettings, rows: Sequence[AlarmRow], as_of: datetime
    ) -> MailMessage:
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(self.templates), undefined=StrictUndefined, autoescape=False
        )
        lines = [
            {"matter": row.matter, "about": row.about, "since": f"{local(row.first_seen_at, settings):%Y-%m-%d %H:%M}"}
            for row in rows[:MOST_LINES]
        ]
        text = environment.get_template(f"{settings.language}.txt.j2").render(
            name=admin.name, lines=lines, more=len(rows) - len(lines), address=self.address
        )
        about = f"{admin.id}:{as_of.isoformat()}:{':'.join(f'{row.matter}:{row.about}' for row in rows)}"
        return MailMessage(
            message_id="a" + hashlib.sha256(about.encode()).hexdigest()[:31],
            to=(MailAddress(address=admin.email, name=" ".join(admin.name.split())),),
            sender=MailAddress(address=settings.sender_email, name="Rykker"),
            reply_to=MailAddress(address=settings.reply_to or settings.sender_email),
            subject=SUBJECTS[settings.language].format(creditor=" ".join(creditor.split()), count=len(rows)),
            text=text,
        )


def _untold(session: Session, creditor: str, as_of: datetime) -> list[AlarmRow]:
    """Open alarms that nobody was mailed of within a day, the oldest first."""
    query = select(AlarmRow).where(
        AlarmRow.creditor_id == creditor,
        col(AlarmRow.opened_at).is_not(None),
        col(AlarmRow.cleared_at).is_(None),
        or_(col(AlarmRow.told_at).is_(None), col(AlarmRow.told_at) <= as_of - AGAIN),
    )
    return list(session.exec(query.order_by(col(AlarmRow.first_seen_at), AlarmRow.matter, AlarmRow.about)))


def _admins(session: Session, creditor: str) -> list[PersonRow]:
    query = select(PersonRow).where(
        PersonRow.creditor_id == creditor, PersonRow.role == Role.admin, col(PersonRow.active).is_(True)
    )
    return list(session.exec(query.order_by(PersonRow.id)))
