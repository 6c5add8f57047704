"""A machine that is suspended in the middle of a send wakes up in another world: what it was about to say waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from activities import send
from activities.messages import claim
from models.clock import real_now
from models.letters import Channel
from tests.story import Story

pytestmark = pytest.mark.anyio


async def test_a_laptop_that_was_closed_before_the_call_sends_nothing_to_a_customer_who_paid_meanwhile(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = timedelta()

    def claimed_and_closed(session: Session, proposal_id: str, channel: Channel, as_of: datetime) -> bool:
        nonlocal asleep
        if not asleep:
            story.book.register_payment(1001)
        asleep = timedelta(days=1)
        return claim(session, proposal_id, channel, as_of)

    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    before = story.sent
    monkeypatch.setattr(send, "claim", claimed_and_closed)
    monkeypatch.setattr(send, "real_now", lambda: real_now() + asleep)
    await story.until("2026-08-11 09:05")
    monkeypatch.undo()
    assert story.sent == before
    assert story.told("held")[-1].startswith("rykker-1 not sent, tried again: email: the engine stood still")
    await story.until("2026-08-11 12:00")
    assert story.sent == before
    assert (len(story.mails), len(story.texts)) == (1, 1), "the nudge, and nothing after it"
    assert story.told("held")[-1].startswith("rykker-1 held: unpaid: invoice 1001 is paid or credited")
