"""Replies by e-mail: kept once, put to their case, and answered when the case has been told."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import select

from models.cases import CaseRow
from models.database import transaction
from models.money import Money
from models.news import CreditRegistered
from tests.hooks import DOMAIN, SECRET, Hooks, hooks
from tests.story import Story

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio


async def test_a_reply_to_the_tagged_address_freezes_its_case_and_is_kept_as_it_was_written(
    story: Story, hooks: Hooks
) -> None:
    await story.stands_released()
    assert await hooks.mail(subject="Sv: Rykker\r\nBcc: alle@havn.example", kind="latin1") == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    [row] = hooks.inbox
    assert (row.case_id, row.topic, row.channel, row.unmatched_why) == (story.case.id, "reply", "email", "")
    assert row.text == "Hej, det passer ikke. Hilsen Bo på Ærø"
    assert row.sender == f"Bo Havn <{story.email}>"
    assert row.subject == "Sv: Rykker Bcc: alle@havn.example"
    file = await hooks.api.get(f"/cases/{story.case.id}", by="rasmus")
    [question] = file["questions"]
    assert (question["channel"], question["topic"], question["text"]) == ("email", "reply", row.text)
    assert any("kunden" in mail.subject + mail.text for mail in story.heads_ups), "admins are told"


async def test_the_same_reply_three_times_and_twice_at_once_is_one_reply(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.mail(message_id="<1@havn.example>", times=3) == [200, 200, 200]
    await asyncio.gather(*(hooks.mail(message_id="<2@havn.example>", text="Og en til") for _ in range(4)))
    await story.quiet()
    assert len(story.freezes) == len(hooks.inbox) == 2
    assert len(story.told("frozen")) == 2


async def test_two_replies_of_a_program_that_gives_every_mail_the_same_id_are_two(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    for text in ("Er det den gamle faktura?", "Jeg har betalt den."):
        assert await hooks.mail(message_id="<same@havn.example>", text=text) == [200]
    assert [row.text for row in hooks.inbox] == ["Er det den gamle faktura?", "Jeg har betalt den."]


async def test_without_the_secret_there_is_nothing_at_this_address(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    for wrong in ("wrong", SECRET[:-1], f"{SECRET}x", "%00", "%E6"):
        assert await hooks.mail(secret=wrong) == [404]
    assert hooks.inbox == []
    hooks.app.state.reach.settings.rykker_inbound_secret = type(hooks.settings.rykker_inbound_secret)("")
    assert await hooks.mail() == [404]
    assert story.freezes == []


async def test_an_automatic_reply_and_a_bounce_are_recorded_and_reminders_go_on(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.mail(kind="auto_reply", subject="Automatisk svar: Rykker") == [200]
    assert await hooks.mail(kind="bounce", sender="Mail Delivery <mailer-daemon@mx.example>") == [200]
    assert await hooks.mail(subject="Ikke til stede") == [200]
    assert await hooks.mail(headers=["Precedence: bulk"], text="Nyhedsbrev") == [200]
    await story.quiet()
    assert sorted(row.topic for row in hooks.inbox) == ["automatic", "automatic", "automatic", "bounce"]
    assert story.freezes == []
    assert sorted(story.told("noted")) == [
        "A mail server says that an e-mail was not delivered",
        *["An automatic reply came by e-mail"] * 3,
    ]
    await story.until("2026-08-11 12:00")
    assert [line[17:] for line in story.sent] == ["rykker-1"]


async def test_without_a_known_tag_the_sender_is_looked_for(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    stranger = f"reply+{story.creditor}.no-such-key@{DOMAIN}"
    assert await hooks.mail(to=stranger, sender=story.email.upper()) == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    assert await hooks.mail(to=stranger, sender="fremmed@ingen.example", text="Hvem er I?") == [200]
    unmatched = [row for row in hooks.inbox if row.case_id is None]
    assert [row.unmatched_why for row in unmatched] == ["no customer has the sender's e-mail address"]
    assert story.told("reply unmatched") == [
        "A person has to look at an e-mail: no customer has the sender's e-mail address"
    ]


async def test_a_tag_is_known_however_mail_programs_wrote_it(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    shouted = hooks.tag.upper()
    assert await hooks.mail(to=f"Nordlys ApS <{shouted}>", sender="kollega@havn.example") == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]


async def test_two_customers_with_one_address_are_left_to_a_person(story: Story, hooks: Hooks) -> None:
    story.book.add_customer(1002, "Kaj ApS", email=f"info@kaj.example, {story.email}", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1002)
    await story.stands_released()
    assert await hooks.mail(to=f"reply+{story.creditor}.x@{DOMAIN}") == [200]
    [row] = hooks.inbox
    assert row.case_id is None
    assert row.unmatched_why == "2 customers with an open case share the sender's e-mail address: 1001, 1002"
    assert all(case.state != "frozen" for case in story.cases)


async def test_a_reply_to_a_closed_case_is_left_to_a_person(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    tag = hooks.tag
    paid = CreditRegistered(id="c-1", amount=Money.of("12500.00", "DKK"), value_date=story.case.opened_at.date())
    await story.tell("credit_registered", paid)
    assert story.case.closed_at is not None
    assert await hooks.mail(to=tag) == [200]
    [row] = hooks.inbox
    assert (row.creditor_id, row.case_id) == (story.creditor, None)
    assert row.unmatched_why.startswith(f"case {story.case.id}, which it answers, is closed")


async def test_while_temporal_is_away_the_provider_is_asked_to_come_again(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    async with hooks.without_temporal():
        assert await hooks.mail(message_id="<1@havn.example>", times=2) == [503, 503]
        [row] = hooks.inbox
        assert row.case_id == story.case.id
        [line] = (await hooks.api.get("/replies"))["items"]
        assert "the engine could not be reached" in line["unmatched_why"]
    assert await hooks.mail(message_id="<1@havn.example>") == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    assert [row.unmatched_why for row in hooks.inbox] == [""]
    assert (await hooks.api.get("/replies"))["items"] == []


async def test_what_could_not_be_told_is_told_after_the_next_thing_that_could(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    async with hooks.without_temporal():
        assert await hooks.text("Den er betalt") == [503]
    assert await hooks.mail(kind="auto_reply") == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]


async def test_one_mail_that_answers_two_cases_stops_both(story: Story, hooks: Hooks) -> None:
    story.book.add_customer(1002, "Kaj ApS", email="kaj@kaj.example", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1002)
    await story.stands_released()
    with transaction(story.engines.database) as session:
        keys = [f"key-{story.creditor}-{n}" for n in range(2)]
        for key, case in zip(
            keys, session.exec(select(CaseRow).where(CaseRow.creditor_id == story.creditor)), strict=True
        ):
            case.page_key = key
    both = [f"reply+{story.creditor}.{key}@{DOMAIN}" for key in keys]
    assert await hooks.mail(to=", ".join(both), envelope_to=both, times=2) == [200, 200]
    assert {row.case_id for row in hooks.inbox} == {case.id for case in story.cases}
    assert len(hooks.inbox) == 2


async def test_the_log_knows_neither_secret_nor_sender(
    story: Story, hooks: Hooks, caplog: pytest.LogCaptureFixture
) -> None:
    await story.stands_released()
    caplog.set_level("INFO")
    assert await hooks.mail(sender=f"Bo <{story.email}>") == [200]
    assert (await hooks.api.http.get("/hooks/twilio/inbound")).status_code == 405
    # pytest listens at uvicorn's own logger, too, which api.py switches off because it would hold whole addresses.
    said = "\n".join(record.getMessage() for record in caplog.records if record.name != "uvicorn.access")
    assert "POST /hooks/sendgrid/inbound/{secret} 200" in said
    assert SECRET not in said
    assert story.email not in said
