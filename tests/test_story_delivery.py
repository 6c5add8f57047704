"""What becomes of messages after they have left: proof, bounces, and steps that reached nobody."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from activities.messages import message_id_of
from models.cases import UnusableAddressRow
from models.database import transaction
from models.letters import Channel
from models.money import Money
from models.news import LadderMoved, PaymentRegistered, Resumed
from models.parties import LadderRow
from tests.case_news import mended
from tests.delivered import fees, follow_deliveries
from tests.hooks import Hooks, hooks
from tests.story import Story, at
from tests.sweeping import alarms, sweep

__all__ = ["hooks", "mended"]

pytestmark = pytest.mark.anyio


async def rykker_1_has_gone(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


def marked(story: Story) -> dict[str, str]:
    with transaction(story.engines.database) as session:
        found = {
            address: session.get(UnusableAddressRow, (story.creditor, address))
            for address in (story.email, story.mobile)
        }
        return {address: row.reason for address, row in found.items() if row is not None}


async def test_what_was_delivered_is_proof_on_the_trail_with_the_providers_time_and_id(
    story: Story, hooks: Hooks
) -> None:
    await rykker_1_has_gone(story)
    delivered = at("2026-08-11 09:01")
    assert await hooks.reported("rykker-1", "email", "processed", "delivered", at=delivered) == [200]
    assert await hooks.reported("rykker-1", "sms", "sent", "delivered") == [200, 200]
    assert await follow_deliveries(story, "2026-08-12 12:15") == 0, "proof asks nothing of the case"
    assert story.told("delivered") == ["rykker-1 by email: delivered", "rykker-1 by sms: delivered"]
    [proof, _] = [line for line in story.trail if line.kind == "delivered"]
    [mail] = [m for m in story.messages if m.channel == "email" and m.delivery]
    assert proof.data["reference"] == mail.provider_reference != ""
    assert at(proof.data["provider_time"][:16]).hour == 7, "the provider's own time, in UTC"
    assert fees(story) == [Decimal("100.00")]
    file = await hooks.api.get(f"/proposals/{story.proposal('rykker-1').id}")
    assert {m["channel"]: m["delivery"] for m in file["messages"]} == {"email": "delivered", "sms": "delivered"}
    assert {r["said"] for r in file["messages"][0]["reports"]} == {"processed", "delivered"}
    export = await hooks.api.call("GET", f"/cases/{story.case.id}/export")
    assert export.text.count("sent, delivered") == 2, "the file of the case says so as well"


async def test_a_mail_that_bounces_costs_its_fee_and_its_address_and_the_text_counts(
    story: Story, hooks: Hooks
) -> None:
    await rykker_1_has_gone(story)
    assert await hooks.reported("rykker-1", "email", "bounce") == [200]
    await story.quiet()
    assert story.proposal("rykker-1").state == "sent", "the text reached the customer"
    assert fees(story) == [Decimal("100.00"), Decimal("-100.00")]
    assert marked(story) == {story.email: "bounce: 550 5.1.1 The email account does not exist"}
    assert story.case.state != "frozen"
    await story.until("2026-08-12 13:00")
    assert any("ikke leveret" in mail.text for mail in story.heads_ups), "a person is told"
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[-1] == "2026-08-25 09:00 rykker-2"
    assert [m.channel for m in story.messages if m.proposal_id == story.proposal("rykker-2").id] == ["sms"]
    assert fees(story) == [Decimal("100.00"), Decimal("-100.00")], "a text carries no fee"


async def test_a_step_that_reached_nobody_does_not_count_and_comes_again_once_a_person_has_looked(
    story: Story, hooks: Hooks
) -> None:
    await rykker_1_has_gone(story)
    assert await hooks.reported("rykker-1", "email", "blocked") == [200]
    assert await hooks.reported("rykker-1", "sms", "undelivered", error_code=30005) == [200]
    await story.quiet()
    assert story.proposal("rykker-1").state == "undelivered"
    assert story.freezes == [
        "undelivered: the rykker-1 reached nobody (email: failed; sms: failed); it does not count as given"
    ]
    assert sum(fees(story)) == 0
    assert set(marked(story)) == {story.email, story.mobile}
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge"], "no next step from a step that was not given"
    assert any("ikke leveret" in mail.text for mail in story.heads_ups)

    story.book.change_customer(1001, email=f"ny-{story.email}")
    await story.mirror(at("2026-08-26 12:00"))
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="the customer gave a new address"))
    await story.until("2026-08-28 12:00", released=True)
    assert [story.sent[1][:10], story.sent[1][17:]] == ["2026-08-27", "rykker-1"]
    assert sum(fees(story)) == Decimal("100.00")


async def test_reports_in_any_order_and_many_times_change_nothing_twice(story: Story, hooks: Hooks) -> None:
    await rykker_1_has_gone(story)
    assert await hooks.reported("rykker-1", "email", "bounce", "delivered", "processed", times=3) == [200] * 3
    assert await hooks.reported("rykker-1", "sms", "delivered", "sent", "queued", times=2) == [200] * 6
    await story.quiet()
    assert await follow_deliveries(story, "2026-08-12 12:15") == 0
    assert fees(story) == [Decimal("100.00"), Decimal("-100.00")]
    assert story.told("not delivered") == ["rykker-1 by email: bounce (550 5.1.1)"]
    assert story.told("delivered") == ["rykker-1 by sms: delivered"]


async def test_a_late_report_of_a_closed_case_is_taken_in_and_its_fee_goes(story: Story, hooks: Hooks) -> None:
    await rykker_1_has_gone(story)
    paid = PaymentRegistered(id="p-1", amount=Money.of("12500.00", "DKK"), value_date=date(2026, 8, 12))
    await story.tell("payment_registered", paid)
    assert story.case.outcome == "paid"
    assert await hooks.reported("rykker-1", "email", "dropped") == [200]
    assert await follow_deliveries(story, "2026-09-02 12:00") == 0
    assert story.told("not delivered") == ["rykker-1 by email: dropped"]
    assert sum(fees(story)) == 0
    assert story.case.outcome == "paid", "a closed case stays closed"
    assert story.freezes == []


async def test_a_report_that_comes_before_the_answer_waits_for_it(story: Story, hooks: Hooks) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    story.engines.twilio.early_callbacks = True
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"
    assert await hooks.reported("rykker-1", "sms", "delivered") == [200]
    assert await follow_deliveries(story, "2026-08-11 10:15") == 0
    assert story.told("delivered") == ["rykker-1 by sms: delivered"]


async def test_a_complaint_closes_the_address_and_the_mail_stays_delivered(story: Story, hooks: Hooks) -> None:
    await rykker_1_has_gone(story)
    assert await hooks.reported("rykker-1", "email", "delivered", "spamreport") == [200]
    await story.quiet()
    assert story.told("delivered") == ["rykker-1 by email: spamreport"]
    assert list(marked(story)) == [story.email]
    assert fees(story) == [Decimal("100.00")]


async def test_a_fee_that_was_waived_already_is_not_waived_again_by_a_late_bounce(story: Story, hooks: Hooks) -> None:
    story.settings = story.settings.model_copy(update={"charges_after_payment": "waive"})
    await rykker_1_has_gone(story)
    paid = PaymentRegistered(id="p-1", amount=Money.of("12500.00", "DKK"), value_date=date(2026, 8, 12))
    await story.tell("payment_registered", paid)
    assert sum(fees(story)) < 0, "fee and interest were waived, each by an entry against it"
    before = fees(story)
    assert await hooks.reported("rykker-1", "email", "bounce") == [200]
    await follow_deliveries(story, "2026-08-13 12:00")
    assert len(story.told("not delivered")) == 1
    assert fees(story) == before


async def test_of_a_letter_of_a_closed_case_that_came_back_a_person_is_told(story: Story, hooks: Hooks) -> None:
    await rykker_1_has_gone(story)
    paid = PaymentRegistered(id="p-1", amount=Money.of("12500.00", "DKK"), value_date=date(2026, 8, 12))
    await story.tell("payment_registered", paid)
    await story.traveller.handle(story.case).result()
    assert await hooks.reported("rykker-1", "email", "bounce") == [200]
    await follow_deliveries(story, "2026-08-13 12:00")
    assert "ikke leveret (rykker-1, email)" in story.heads_ups[-1].text


async def test_a_notice_that_cannot_be_mailed_keeps_no_other_case_from_its_news_and_is_found_by_the_sweep(
    story: Story, hooks: Hooks
) -> None:
    """Havn has paid and its letter came back; no mail to staff goes. Of Kaj's text only Twilio's list knows."""
    story.book.add_customer(1002, "Kaj ApS", email=f"kaj-{story.email}", mobile="+4540123456", cvr="88888888")
    story.invoice(1002, "800.00", "2026-08-03", customer=1002)
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    twilio = story.engines.twilio
    twilio.fault("status_after_effect", status=500, times=2, method="POST", path="*/Messages.json")
    twilio.fault("status", status=500, times=2, method="GET", path="*/Messages.json")
    await story.until("2026-08-11 09:30")
    havn, kaj = story.cases
    [havns], [kajs] = ([p for p in story.proposals if p.step == "rykker-1" and p.case_id == c.id] for c in (havn, kaj))
    handle = story.traveller.handle(havn)
    paid = PaymentRegistered(id="p-1", amount=Money.of("12700.00", "DKK"), value_date=date(2026, 8, 11))
    await handle.signal("payment_registered", paid)
    assert await handle.result() == "paid"
    hook = f"{hooks.url}/hooks/sendgrid/events"
    letter = message_id_of(havns.id, Channel.email)
    assert await asyncio.to_thread(story.engines.sendgrid.events, hook, letter, "bounce") == [200]

    story.engines.sendgrid.fault("status", status=401, times=0)
    assert await follow_deliveries(story, "2026-08-11 11:45") == 1
    [text] = [m for m in story.messages if m.proposal_id == kajs.id and m.channel == "sms"]
    assert text.state == "sent", "the news of the other case was told all the same"
    await sweep(story, "2026-08-11 14:00")
    await sweep(story, "2026-08-11 14:15")
    assert alarms(story) == [f"no_heads_up {letter}:failed"]
    story.engines.sendgrid.reset()
    await follow_deliveries(story, "2026-08-11 14:30")
    assert "ikke leveret (rykker-1, email)" in story.heads_ups[-1].text
    await sweep(story, "2026-08-11 14:45")
    assert alarms(story) == []


async def test_a_bounce_after_the_case_has_moved_to_another_ladder_still_takes_the_fee_back(
    story: Story, hooks: Hooks
) -> None:
    await rykker_1_has_gone(story)
    with transaction(story.engines.database) as session:
        row = session.get_one(LadderRow, (story.creditor, "dk-gentle", 1))
        steps = [step for step in row.document["steps"] if step["name"] != "rykker-1"]
        row.document = {**row.document, "steps": steps}
    news = LadderMoved(id="m-1", by=story.actor("anna"), ladder="dk-gentle", version=1, reason="be kind")
    await story.command("move_ladder", news)
    assert await hooks.reported("rykker-1", "email", "bounce") == [200]
    await story.quiet()
    assert fees(story) == [Decimal("100.00"), Decimal("-100.00")]


async def test_a_handset_that_was_switched_off_costs_the_text_and_not_the_number(story: Story, hooks: Hooks) -> None:
    await rykker_1_has_gone(story)
    assert await hooks.reported("rykker-1", "sms", "undelivered", error_code=30003) == [200]
    await story.quiet()
    assert story.told("not delivered") == ["rykker-1 by sms: undelivered (code 30003)"]
    assert marked(story) == {}


async def test_a_stop_counts_for_more_than_a_text_that_did_not_arrive(story: Story, hooks: Hooks) -> None:
    await rykker_1_has_gone(story)
    assert await hooks.reported("rykker-1", "sms", "undelivered", error_code=30005) == [200]
    await story.quiet()
    assert await hooks.text("STOP") == [200]
    assert marked(story)[story.mobile].endswith("asked to stop")
    lifted = {"address": story.mobile, "reason": "they have a new telephone"}
    await hooks.api.refused(409, "POST", "/addresses/usable", lifted)
    assert await hooks.text("START") == [200]
    assert marked(story) == {story.mobile: "undelivered: code 30005"}
