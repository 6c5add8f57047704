"""Story 11: a provider is down at the sending hour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.story import Story


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """The providers are well again after every test."""
    yield
    story.engines.sendgrid.reset()
    story.engines.twilio.reset()


async def waiting_for_nine(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge"]


@pytest.mark.anyio
async def test_with_the_mail_down_the_text_goes_and_the_lost_mail_is_on_the_trail(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("refuse", seconds=0)
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"
    assert len(story.texts) == 2
    [lost] = story.told("channel lost")
    assert lost.startswith("rykker-1 did not go by email: ")


@pytest.mark.anyio
async def test_with_both_down_it_is_held_tried_again_within_the_hours_and_sent_once(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("refuse", seconds=0)
    story.engines.twilio.fault("refuse", seconds=0)
    await story.until("2026-08-11 10:40")
    assert story.sent == ["2026-07-31 09:00 nudge"]
    assert story.case.state == "held"
    assert len([text for text in story.told("held") if "not sent, tried again" in text]) >= 2
    story.engines.sendgrid.reset()
    story.engines.twilio.reset()
    await story.until("2026-08-11 15:00")
    assert len(story.sent) == 2
    assert len(story.mails) == len(story.texts) == 1, "reset forgot the nudge; rykker 1 went once on each channel"


@pytest.mark.anyio
async def test_an_outcome_that_cannot_be_known_holds_the_case_and_is_never_sent_again(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_effect", method="POST", path="/v3/mail/send")
    await story.until("2026-08-11 10:00")
    mail = next(m for m in story.messages if m.channel == "email" and m.state == "unknown")
    assert story.proposal("rykker-1").state == "unknown"
    assert story.case.state == "frozen"
    assert "cannot be known" in story.case.why
    await story.until("2026-08-20 10:00")
    assert len(story.mails) == 2, "the nudge, and rykker 1 that did arrive"
    assert mail.attempts == 1
