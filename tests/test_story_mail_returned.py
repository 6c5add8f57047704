"""A heads-up that comes back: whoever does not hear of what is due is an alarm for the others."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.hooks import Hooks, hooks
from tests.story import Story
from tests.sweeping import alarm_mails, alarms, sweep

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio


async def reported(hooks: Hooks, *kinds: Any) -> list[int]:
    """What SendGrid reports of a heads-up to the admin."""
    story = hooks.story
    message = story.heads_ups[-1].custom_args["message_id"]
    post = partial(story.engines.sendgrid.events, f"{hooks.url}/hooks/sendgrid/events", message, *kinds)
    return await asyncio.to_thread(post)


async def test_an_admin_whose_heads_up_bounced_is_an_alarm_until_a_later_mail_arrives(
    story: Story, hooks: Hooks
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 12:00")
    assert await reported(hooks, "processed", "bounce") == [200]
    assert (await sweep(story, "2026-08-10 12:08")).found == 1
    assert alarms(story) == []
    assert (await sweep(story, "2026-08-10 12:23")).raised == 1
    assert alarms(story) == [f"mail_returned {story.creditor}-anna"]
    [told] = story.told("alarm")
    assert told.startswith(f"What is mailed to {story.creditor}-anna does not arrive (bounce 550 5.1.1)")
    assert story.admin_email not in told
    assert "det, der mailes til en af jeres egne, kommer ikke frem" in alarm_mails(story)[-1].text
    assert await reported(hooks, "processed", "delivered") == [200]
    assert (await sweep(story, "2026-08-10 12:38")).over == 1
    assert alarms(story) == []


async def test_mail_that_a_server_took_and_then_sent_back_did_not_arrive(story: Story, hooks: Hooks) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 12:00")
    assert await reported(hooks, "delivered") == [200]
    assert (await sweep(story, "2026-08-10 12:08")).found == 0
    assert await reported(hooks, "bounce", "deferred") == [200]
    assert (await sweep(story, "2026-08-10 12:23")).found == 1
