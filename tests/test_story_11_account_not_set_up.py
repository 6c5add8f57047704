"""Story 11, once more: our own account at a provider is not set up, or set so that some texts are refused."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlmodel import select

from models.database import transaction
from models.deliveries import ChannelRestRow
from tests.delivered import follow_deliveries, states
from tests.story import Engines, Story
from tests.sweeping import alarm_mails, alarms, sweep
from worker import build_worker

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def mended(engines: Engines) -> Iterator[None]:
    """Twilio is well again after every test, and nobody rests because of it."""
    yield
    engines.twilio.reset()
    with transaction(engines.database) as session:
        for row in session.exec(select(ChannelRestRow)):
            session.delete(row)


NO_ACCOUNT = {"twilio_account_sid": "", "twilio_auth_token": SecretStr("")}


@pytest.fixture(params=[NO_ACCOUNT, {"twilio_sender": ""}], ids=["no account", "no sender"])
async def without_texts(engines: Engines, request: pytest.FixtureRequest) -> AsyncIterator[Story]:
    """A creditor of an installation whose worker was given nothing to send texts with."""
    queue = f"without-texts-{uuid.uuid4().hex[:8]}"
    settings = engines.settings.model_copy(update=request.param)
    worker = build_worker(
        engines.client, settings, engines.database, shelf=engines.shelf, registers=engines.registers, task_queue=queue
    )
    async with worker:
        yield Story(replace(engines, settings=settings, task_queue=queue), f"nordlys-{uuid.uuid4().hex[:8]}")


async def test_without_an_account_for_texts_letters_go_by_mail_and_the_admins_hear_of_it(without_texts: Story) -> None:
    story = without_texts
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 10:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge", "2026-08-11 09:00 rykker-1"]
    assert story.freezes == [], "that no text left is known"
    assert states(story, "nudge") == states(story) == {"email": "sent", "sms": "failed"}
    assert len(story.mails) == 2
    [lost, _] = story.told("channel lost")
    assert lost.startswith(
        ("nudge did not go by sms: the Twilio account SID is empty", "nudge did not go by sms: no s")
    )

    assert await follow_deliveries(story, "2026-08-11 10:07") == 0, "the rest of the sweep does not suffer"
    assert (await sweep(story, "2026-08-11 10:15")).raised == 0
    assert (await sweep(story, "2026-08-11 10:30")).told == 1
    assert alarms(story) == ["channel_stopped sms"]


def test_without_a_key_for_mail_the_worker_says_so_and_does_not_start(engines: Engines) -> None:
    settings = engines.settings.model_copy(update={"sendgrid_api_key": SecretStr("")})
    with pytest.raises(ValueError, match="the SendGrid API key is empty"):
        build_worker(engines.client, settings, engines.database, shelf=engines.shelf, registers=engines.registers)


async def test_texts_that_the_settings_of_our_account_keep_back_are_an_alarm_and_stop_no_other(story: Story) -> None:
    story.engines.twilio.set_code(story.mobile, 21612)
    story.book.add_customer(1002, "Kaj ApS", email=f"kaj-{story.email}", mobile="+4540123456", cvr="88888888")
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "800.00", "2026-08-03", customer=1002)
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-31 10:00", released=True)
    reason = "Twilio cannot carry texts from this sender to this number (400, code 21612)"
    assert story.told("channel lost") == [f"nudge did not go by sms: {reason}"], "Kaj's text went"
    assert (await sweep(story, "2026-07-31 10:15")).raised == 0
    assert (await sweep(story, "2026-07-31 10:30")).told == 1
    assert alarms(story) == ["texts_refused 21612"]
    [mail] = alarm_mails(story)
    assert "- udbyderen afviser nogle af vores sms'er, sådan som kontoen er sat op: 21612, siden" in mail.text
