"""Texts that come in: signed by Twilio or refused, kept once, put to their case; STOP closes the channel."""

from __future__ import annotations

import asyncio

import pytest

from activities.composing import case_code
from models.cases import UnusableAddressRow
from models.creditor import CreditorSettings
from models.database import transaction
from models.parties import CreditorRow
from standins.twilio.inbound import inbound_form, signature
from tests.hooks import Hooks, hooks
from tests.story import HAVN, Story

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio
SID = "SM" + "1" * 32


def block(story: Story) -> UnusableAddressRow | None:
    with transaction(story.engines.database) as session:
        return session.get(UnusableAddressRow, (story.creditor, story.mobile))


async def test_a_text_from_the_customers_number_freezes_its_case(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.text("Jeg har betalt æøå 😀") == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    [row] = hooks.inbox
    assert (row.channel, row.topic, row.sender, row.text) == ("sms", "reply", story.mobile, "Jeg har betalt æøå 😀")
    [question] = (await hooks.api.get(f"/cases/{story.case.id}"))["questions"]
    assert (question["channel"], question["text"]) == ("sms", row.text)


async def test_the_answer_is_an_empty_script(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    form = inbound_form("AC1", story.mobile, "+4592450000", "Hej", SID + story.creditor, {})
    signed = signature("standin-token", f"{hooks.url}/hooks/twilio/inbound", form)
    response = await hooks.api.http.post("/hooks/twilio/inbound", data=form, headers={"X-Twilio-Signature": signed})
    assert response.text == "<Response></Response>"
    assert response.headers["content-type"].startswith("text/xml")


async def test_what_twilio_did_not_sign_is_refused_and_not_kept(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.text("Hej", signed="not") == [403]
    assert await hooks.text("Hej", signed="badly") == [403]
    assert await hooks.text("Hej", token="another-account") == [403]
    assert await hooks.text("Hej", public_url="https://elsewhere.example/hooks/twilio/inbound") == [403]
    assert await hooks.text("Hej", more={"X": "y" * 70_000}) == [413]
    response = await hooks.api.http.post(
        "/hooks/twilio/inbound", content=b"\xff\x00=%", headers={b"X-Twilio-Signature": b"\xe6"}
    )
    assert response.status_code == 403
    assert hooks.inbox == []
    assert story.freezes == []


async def test_a_repeated_text_and_one_replayed_at_once_are_one(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    sid = f"SM{story.creditor}"
    assert await hooks.text("Hej", sid=sid, times=3) == [200, 200, 200]
    await asyncio.gather(*(hooks.text("Hej", sid=f"{sid}b") for _ in range(4)))
    await story.quiet()
    assert len(hooks.inbox) == len(story.freezes) == 2


async def test_the_code_of_a_case_goes_before_the_number(story: Story, hooks: Hooks) -> None:
    story.book.add_customer(1002, "Kaj ApS", email="kaj@kaj.example", mobile="+45 21 22 23 24", sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1002)
    await story.stands_released()
    kaj = next(case for case in story.cases if case.customer_number == "1002")
    assert await hooks.text(f"vedr. {case_code(kaj.id).lower()}: betalt") == [200]
    assert [row.case_id for row in hooks.inbox] == [kaj.id]


async def test_a_number_of_two_customers_is_left_to_a_person(story: Story, hooks: Hooks) -> None:
    story.book.add_customer(1002, "Kaj ApS", phone=story.mobile.removeprefix("+45"), sales_person=2)
    story.invoice(2001, "800.00", "2026-08-03", customer=1002)
    await story.stands_released()
    assert await hooks.text("Hvem er det fra?") == [200]
    [row] = hooks.inbox
    assert (row.case_id, row.creditor_id) == (None, story.creditor)
    assert row.unmatched_why == "2 customers with an open case share the sender's number: 1001, 1002"
    assert all(case.state != "frozen" for case in story.cases)


async def test_a_text_is_for_the_creditor_whose_number_it_was_sent_to(story: Story, hooks: Hooks) -> None:
    other = Story(story.engines, f"other-{story.creditor}", settings=CreditorSettings())
    other.mobile = story.mobile
    other.book.change_customer(HAVN, mobile=story.mobile)
    await story.stands_released()
    await other.stands_released()
    with transaction(story.engines.database) as session:
        row = session.get_one(CreditorRow, other.creditor)
        row.settings = {**row.settings, "sms_sender": f"+4599{story.mobile[-6:]}"}
    assert await hooks.text("Hej", to=f"+4599{story.mobile[-6:]}") == [200]
    await other.quiet()
    assert (len(other.freezes), len(story.freezes)) == (1, 0)
    assert await hooks.text("STOP", to=f"+4599{story.mobile[-6:]}") == [200]
    assert block(story) is None
    assert block(other) is not None


async def test_stop_closes_the_channel_and_only_start_opens_it_again(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    sid = f"SM-stop-{story.creditor}"
    assert await hooks.text(" Stop. ", sid=sid) == [200]
    await story.quiet()
    assert story.freezes == []
    assert story.told("noted") == ["The customer wants no more texts (STOP); reminders go without them"]
    found = block(story)
    assert found is not None
    assert found.reason == "asked to stop"
    assert await hooks.text("START") == [200]
    await story.quiet()
    assert block(story) is None
    assert await hooks.text(" Stop. ", sid=sid) == [200]
    assert block(story) is None, "the old text, posted again, closes nothing"
    assert story.told("noted")[1:] == ["The customer wants texts again (START)"]
    assert await hooks.text("ok", more={"OptOutType": "STOP"}) == [200]
    assert block(story) is not None


async def test_start_opens_nothing_that_the_provider_closed(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        session.add(
            UnusableAddressRow(
                creditor_id=story.creditor, address=story.mobile, reason="no mobile", since=story.case.opened_at
            )
        )
    assert await hooks.text("STOP") == [200]
    assert await hooks.text("START") == [200]
    found = block(story)
    assert found is not None
    assert found.reason == "no mobile"


async def test_yes_is_an_answer_unless_texts_were_stopped(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.text("Yes") == [200]
    await story.quiet()
    assert story.freezes == ["question: the customer has replied"]
    assert await hooks.text("AFMELD") == [200]
    assert await hooks.text("Yes") == [200]
    await story.quiet()
    assert [row.topic for row in hooks.inbox] == ["reply", "stop", "start"]
    assert len(story.freezes) == 1


async def test_a_text_without_words_and_one_with_a_picture(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.text("", more={"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/x"}) == [200]
    assert await hooks.text("\x00\u202eHej\n\n") == [200]
    assert sorted(row.text for row in hooks.inbox) == ["Hej", "[Left out: 2 pictures or files]"]


async def test_while_temporal_is_away_twilio_is_asked_to_come_again(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    sid = f"SM-away-{story.creditor}"
    async with hooks.without_temporal():
        assert await hooks.text("Betalt", sid=sid) == [503]
    assert await hooks.text("Betalt", sid=sid) == [200]
    await story.quiet()
    assert len(story.freezes) == len(hooks.inbox) == 1
