"""Story 11: a provider is down at the sending hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from activities.channel_rests import note_rest
from activities.sweep_facts import picture
from activities.sweep_runs import Running
from models.database import transaction
from models.deliveries import ChannelRestRow
from models.letters import Channel
from models.outcomes import Refused
from tests.delivered import fees, states
from tests.story import Story, at

NOBODY = Running({}, ())
MAIL = {"method": "POST", "path": "/v3/mail/send"}


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """The providers are well again after every test, and nobody rests because of it."""
    yield
    story.engines.sendgrid.reset()
    story.engines.twilio.reset()
    with transaction(story.engines.database) as session:
        for row in session.exec(select(ChannelRestRow)):
            session.delete(row)


async def waiting_for_nine(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    assert set(story.sent) == {"2026-07-31 09:00 nudge"}


def kaj_as_well(story: Story) -> None:
    """A second customer of Nordlys whose invoice is due on the same day."""
    story.book.add_customer(1002, "Kaj ApS", email=f"kaj-{story.email}", mobile="+4540123456", cvr="88888888")
    story.invoice(1002, "800.00", "2026-08-03", customer=1002)


@pytest.mark.anyio
async def test_what_is_wrong_with_one_creditors_sender_stops_no_other_creditor(story: Story) -> None:
    await waiting_for_nine(story)
    other = Story(story.engines, f"other-{story.creditor}")
    await waiting_for_nine(other)
    story.engines.sendgrid.fault("status", status=403, **MAIL)
    await story.until("2026-08-11 10:00")
    await other.until("2026-08-11 10:00")
    assert [len(told.told("channel lost")) for told in (story, other)] == [1, 0]
    assert len(other.mails) == 2


def refused_with(story: Story, status: int) -> int:
    """How many mails SendGrid refused with a status."""
    return sum(entry.status == status for entry in story.engines.sendgrid.journal())


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
async def test_of_a_letter_that_was_refused_while_the_text_went_people_are_told(story: Story) -> None:
    await waiting_for_nine(story)
    before = len(story.heads_ups)
    story.engines.sendgrid.fault("status", status=413, **MAIL)
    await story.until("2026-08-12 12:00")
    assert states(story) == {"email": "failed", "sms": "sent"}
    assert fees(story) == [], "with the letter its fee is gone"
    [told] = [mail.text for mail in story.heads_ups[before:]]
    assert "ikke leveret (rykker-1, email)" in told


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


@pytest.mark.anyio
async def test_a_provider_that_asks_for_fewer_requests_is_waited_for_and_costs_nobody_the_letter(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("status", status=429, headers={"Retry-After": "0"}, **MAIL)
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:01 rykker-1"
    assert len(story.mails) == len(story.texts) == 2, "the text waited for the letter"
    assert story.told("channel lost") == []


@pytest.mark.anyio
async def test_a_pause_that_one_case_is_told_of_is_kept_by_all(story: Story) -> None:
    kaj_as_well(story)
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("status", status=429, headers={"Retry-After": "600"}, **MAIL)
    await story.until("2026-08-11 09:05")
    assert refused_with(story, 429) == 1, "the second case does not even ask"
    assert len(story.sent) == 2, "the nudges"
    assert {case.state for case in story.cases} == {"held"}
    assert "SendGrid asks for fewer requests (429)" in story.told("held")[-1]


@pytest.mark.anyio
async def test_an_account_that_is_refused_is_not_asked_with_every_case_and_the_text_goes(story: Story) -> None:
    kaj_as_well(story)
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("status", status=401, **MAIL)
    await story.until("2026-08-11 10:00")
    assert refused_with(story, 401) == 1
    assert len(story.told("channel lost")) == 2, "the texts went"
    with transaction(story.engines.database) as session:
        assert session.get_one(ChannelRestRow, (story.creditor, "email")).stopped
        seen = picture(session, story.creditor, at("2026-08-11 10:00"), NOBODY)
        assert [stopped.channel for stopped in seen.stopped] == ["email"], "the sweep raises the alarm"


@pytest.mark.anyio
async def test_a_case_that_another_one_spared_the_refusal_looks_again_four_times_an_hour(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-08 08:50", released=True)
    refused = Refused(reason="SendGrid does not know the API key (401)", channel_stopped=True)
    note_rest(story.engines.database, Channel.email, story.creditor, refused)
    await story.until("2026-09-08 10:05")
    letter = story.proposal("inkassovarsel")
    assert [text for text in story.told("held") if text.startswith("inkassovarsel not sent")] == [
        "inkassovarsel not sent, tried again: email: SendGrid does not know the API key (401)"
    ] * 5, "at 9:00, 9:15, 9:30, 9:45 and 10:00"
    assert letter.guard_rounds == 5
    [message] = [m for m in story.messages if m.proposal_id == letter.id]
    assert (message.state, message.attempts) == ("not_sent", 0)


def a_minute_later(story: Story) -> None:
    """The pause that a provider asked for is over in real time as well, which the clock of a story does not move."""
    with transaction(story.engines.database) as session:
        for row in session.exec(select(ChannelRestRow).where(ChannelRestRow.creditor_id == story.creditor)):
            row.until -= timedelta(minutes=1)


@pytest.mark.anyio
async def test_a_429_that_names_no_time_costs_nobody_the_letter(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("status", status=429, **MAIL)
    await story.until("2026-08-11 09:00:30")
    assert states(story) == {"email": "not_sent"}, "the text waits for the letter"
    a_minute_later(story)
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:01 rykker-1"
    assert len(story.mails) == len(story.texts) == 2
    assert story.told("channel lost") == []
    assert fees(story) == [Decimal("100.00")]


@pytest.mark.anyio
async def test_the_pause_grows_where_a_provider_asks_again_and_again_without_a_time(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("status", status=429, times=4, **MAIL)
    for asked in ("09:00", "09:01", "09:03", "09:07"):
        await story.until(f"2026-08-11 {asked}:50")
        a_minute_later(story)
    assert refused_with(story, 429) == 4
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:15 rykker-1"
    assert states(story) == {"email": "sent", "sms": "sent"}


@pytest.mark.anyio
async def test_a_text_is_tried_again_after_a_429_that_names_no_time_where_the_mail_is_lost(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("status", status=413, **MAIL)
    story.engines.twilio.fault("status", status=429, method="POST", path="*/Messages.json")
    await story.until("2026-08-11 09:00:30")
    assert states(story) == {"email": "failed", "sms": "not_sent"}
    a_minute_later(story)
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:01 rykker-1"
    assert states(story) == {"email": "failed", "sms": "sent"}


@pytest.mark.anyio
async def test_what_only_accompanies_a_letter_with_an_unknown_outcome_is_left_and_people_are_told(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-08 08:50", released=True)
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    await story.until("2026-09-08 10:00")
    assert story.proposal("inkassovarsel").state == "unknown"
    assert len(story.texts) == 3, "the text would announce a letter of which nobody knows whether it went"
    [lost] = story.told("channel lost")
    assert lost.startswith("inkassovarsel did not go by sms: it only accompanies the letter")
