"""The sweep by hand, at a moment of a story; and what came of it."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from activities.alarm_mail import AlarmDesk
from activities.channels.mail import SendGridMail
from activities.open_cases import OpenCases
from activities.sweep import Sweep
from models.alarms import AlarmRow
from models.clock import real_now
from models.database import transaction
from models.settings import TEMPLATES
from models.sweep import SweepInput, SweepRound
from standins.sendgrid.mails import Mail
from standins.sendgrid.server import SendGridStandin
from tests.story import Story, at

SINCE_THE_MIRROR = timedelta(minutes=8)
"""Real time since the last round of the mirror, as the schedules have it."""


async def sweep(
    story: Story, moment: str, ending: timedelta = timedelta(milliseconds=200), sendgrid: SendGridStandin | None = None
) -> SweepRound:
    """One round, as its schedule would run it; alarms may go by a SendGrid of their own."""
    engines = story.engines
    mail = SendGridMail("SG.test", host=(sendgrid or engines.sendgrid).url)
    desk = AlarmDesk(engines.database, mail, TEMPLATES / "alarms", "http://rykker/alarms")
    cases = OpenCases(engines.database, engines.client, engines.task_queue, ending)
    sweeping = Sweep(engines.database, cases, desk, clock=lambda: real_now() + SINCE_THE_MIRROR)
    return await sweeping.sweep(SweepInput(creditor=story.creditor, time_shift=story.time_shift), at(moment))


def alarms(story: Story) -> list[str]:
    """`overdue nordlys.1001.1` for every alarm that is open."""
    with transaction(story.engines.database) as session:
        query = select(AlarmRow).where(
            AlarmRow.creditor_id == story.creditor,
            col(AlarmRow.opened_at).is_not(None),
            col(AlarmRow.cleared_at).is_(None),
        )
        return [f"{row.matter} {row.about}" for row in session.exec(query.order_by(AlarmRow.matter, AlarmRow.about))]


def alarm_mails(story: Story) -> list[Mail]:
    """What SendGrid took for the admin about alarms."""
    return [mail for mail in story.heads_ups if "alarm" in mail.subject]
