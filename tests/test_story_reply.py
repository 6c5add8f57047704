"""The customer writes back: by e-mail, by SMS, with STOP, and by a machine."""

from __future__ import annotations

import pytest

from activities.composing import WordingFolders, case_code, compose
from activities.facts import case_facts
from activities.reply_address import reply_address
from models.cases import CaseRow
from models.creditor import CreditorSettings
from models.database import transaction
from models.letters import Channel
from models.news import Resumed
from tests.hooks import DOMAIN, Hooks, hooks, settings_of
from tests.repeat_customer import late_again
from tests.story import HAVN, Story, at

__all__ = ["hooks"]

pytestmark = pytest.mark.anyio


async def test_a_reply_while_the_released_reminder_waits_for_its_hour_freezes_it(story: Story, hooks: Hooks) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 20:00", released=True)
    assert story.proposal("rykker-1").released_at is not None
    assert await hooks.mail(text="Beløbet er forkert", times=3) == [200, 200, 200]
    await story.quiet()
    assert story.case.state == "frozen"
    assert story.freezes == ["question: the customer has replied"]
    await story.until("2026-08-20 10:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge"]
    assert len(story.told("frozen")) == 1
    await story.command("resume", Resumed(id="a-1", by=story.actor("anna"), reason="answered"))
    await story.until("2026-08-28 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["nudge", "rykker-1"]


async def test_after_stop_the_next_reminder_goes_by_mail_only_until_start(story: Story, hooks: Hooks) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-01 12:00", released=True)
    assert (len(story.mails), len(story.texts)) == (1, 1)
    assert await hooks.text("STOP") == [200]
    await story.quiet()
    assert story.case.state == "waiting"
    await story.until("2026-08-12 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["nudge", "rykker-1"]
    assert (len(story.mails), len(story.texts)) == (2, 1)
    assert story.proposal("rykker-1").composition["notes"] == ["the mobile number of customer 1001 cannot be reached"]
    assert await hooks.text("START") == [200]
    await story.quiet()
    await story.until("2026-08-26 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["nudge", "rykker-1", "rykker-2"]
    assert (len(story.mails), len(story.texts)) == (3, 2)


async def test_stop_while_a_released_reminder_waits_sends_nothing_to_the_number(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    assert await hooks.text("STOP") == [200]
    await story.quiet()
    await story.until("2026-08-13 12:00", released=True)
    assert (len(story.mails), len(story.texts)) == (1, 0)
    assert [line[17:] for line in story.sent] == ["rykker-1"]


async def test_every_message_asks_for_replies_at_the_address_of_its_case(story: Story, hooks: Hooks) -> None:
    await story.stands_released()
    settings, tag = settings_of(story.engines, hooks.url), hooks.tag
    folders = WordingFolders.of_installation(settings)
    with transaction(story.engines.database) as session:
        case = session.get_one(CaseRow, story.case.id)
        facts = case_facts(session, case)
        step = facts.ladder.step("rykker-1")
        day = at("2026-08-11 09:00").date()
        composed = compose(session, facts, step, facts.invoices, day, folders).composition
        assert composed.letter.reply_to == tag == f"reply+{story.creditor}.{case.page_key}@{DOMAIN}"
        words = composed.words(Channel.email)
        assert words is not None
        assert tag in words.text
        own = WordingFolders(own=folders.own, built_in=folders.built_in, links=folders.links)
        assert compose(session, facts, step, facts.invoices, day, own).composition.letter.reply_to == (
            "bogholderi@nordlys.example"
        )
        nowhere = WordingFolders(own=folders.own, built_in=folders.built_in, inbound_domain=DOMAIN)
        case.page_key = ""
        untagged = compose(session, facts, step, facts.invoices, day, nowhere).composition.letter.reply_to
        assert untagged == "bogholderi@nordlys.example"


async def test_a_reply_to_a_second_creditor_stops_only_that_one(story: Story, hooks: Hooks) -> None:
    other = Story(story.engines, f"second-{story.creditor}", settings=CreditorSettings())
    other.book.change_customer(HAVN, email=story.email)
    await story.stands_released()
    await other.stands_released()
    assert await hooks.mail() == [200]
    await story.quiet()
    assert (len(story.freezes), len(other.freezes)) == (1, 0)


@pytest.mark.parametrize("way", ["email", "sms"])
async def test_an_answer_to_a_message_of_a_closed_case_stops_what_the_customer_owes_now(
    story: Story, hooks: Hooks, way: str
) -> None:
    """On 26 August somebody at Havn answers the reminder of 11 August; it is rykker 1 of 1002 that must not go."""
    closed = await late_again(story)
    await story.until("2026-08-26 12:00", released=True)
    before = story.sent
    if way == "email":
        old = reply_address(story.creditor, closed.page_key, DOMAIN)
        assert old is not None
        assert await hooks.mail(to=old, sender="kollega@havn.example", text="1002 blev aldrig leveret") == [200]
    else:
        assert await hooks.text(f"{case_code(closed.id)}: 1002 blev aldrig leveret", sender="+4520000001") == [200]
    await story.quiet()
    [row] = hooks.inbox
    assert (row.case_id, row.unmatched_why) == (story.case.id, "")
    assert story.freezes == ["question: the customer has replied"]
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent == before
    assert story.case.state == "frozen"
