"""Paths for the recorded histories on which nobody knew at first what became of a message."""

from __future__ import annotations

from activities import deliveries
from activities.messages import message_id_of
from models.clock import real_now
from models.database import transaction
from models.deliveries import Report, Word
from models.letters import Channel
from models.news import Clarified, DeliveryReported
from tests.story import Story

MAIL = {"method": "POST", "path": "/v3/mail/send"}


async def reported(story: Story) -> None:
    """The mail of rykker 1 is unknown until SendGrid reports it; that of rykker 2 until an admin has looked it up."""
    await story.stands_released()
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    await story.until("2026-08-11 12:00")
    message = message_id_of(story.proposal("rykker-1").id, Channel.email)
    report = Report(source="d-1", message_id=message, word=Word.accepted, said="processed", at=real_now())
    with transaction(story.engines.database) as session:
        deliveries.keep(session, [report.model_copy(update={"source": f"{story.creditor}-d-1"})])
    await story.tell("delivery_reported", DeliveryReported(id="d-1"))
    assert story.proposal("rykker-1").state == "sent"
    await story.until("2026-08-25 08:50", released=True)
    story.engines.sendgrid.fault("drop_after_read", **MAIL)
    await story.until("2026-08-25 12:00")
    second = story.proposal("rykker-2")
    assert second.state == "unknown"
    news = Clarified(id="c-1", by=story.actor("anna"), proposal_id=second.id, went=False, reason="c-1")
    await story.command("clarify", news)
    assert story.proposal("rykker-2").state == "sent", "the text went"
