"""Story 12: nobody knows whether a message went out. It is asked for, never sent again blind; a person has the word."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from activities.messages import claim, message_id_of
from models.cases import ProposalRow
from models.database import transaction
from models.letters import Channel
from models.news import Clarified, QuestionOpened, Resumed
from tests.case_news import mended
from tests.delivered import fees, follow_deliveries, states
from tests.hooks import Hooks, hooks
from tests.story import Story, at

__all__ = ["hooks", "mended"]

pytestmark = pytest.mark.anyio
MAIL = {"method": "POST", "path": "/v3/mail/send"}
TEXT = {"method": "POST", "path": "*/Messages.json"}


async def waiting_for_nine(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)


async def test_the_providers_own_report_settles_it_and_the_ladder_goes_on(story: Story, hooks: Hooks) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    await story.until("2026-08-11 10:00")
    assert states(story) == {"email": "unknown", "sms": "sent"}
    assert story.case.state == "frozen"
    assert fees(story) == [], "nothing is charged for what may not have gone"
    assert await hooks.reported("rykker-1", "email", "processed") == [200]
    await story.quiet()
    assert states(story) == {"email": "sent", "sms": "sent"}
    assert fees(story) == [Decimal("100.00")]
    assert story.freezes == []
    assert (
        story.told("sent")[-1] == "rykker-1 sent by email and sms: invoices 1001, 12627.40 DKK, of it a fee of 100.00"
    )
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[-1] == "2026-08-25 09:00 rykker-2"
    assert len(story.mails) == 3, "each step once"


async def test_without_a_report_a_person_is_told_after_two_hours_and_finds_that_it_never_went(
    story: Story, hooks: Hooks
) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_read", **MAIL)
    await story.until("2026-08-11 10:30")
    before = len(story.heads_ups)
    assert states(story)["email"] == "unknown"
    await story.until("2026-08-11 11:30")
    assert len(story.heads_ups) == before + 1
    assert "ukendt udfald" in story.heads_ups[-1].text
    refused = {"went": False, "reason": "it is not in SendGrid's activity"}
    proposal = story.proposal("rykker-1").id
    await hooks.api.refused(403, "POST", f"/proposals/{proposal}/clarify", refused, by="rasmus")
    await hooks.api.do(f"/proposals/{proposal}/clarify", refused)
    await story.quiet()
    assert story.proposal("rykker-1").state == "sent", "the text went, and that is enough for a first reminder"
    assert states(story) == {"email": "failed", "sms": "sent"}
    assert fees(story) == []
    assert story.freezes == []
    await hooks.api.refused(409, "POST", f"/proposals/{proposal}/clarify", refused)


async def test_what_certainly_did_not_go_on_any_channel_is_proposed_afresh_and_goes_once(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_read", **MAIL)
    story.engines.twilio.fault("drop_after_read", **TEXT)
    await story.until("2026-08-11 12:00")
    assert states(story) == {"email": "unknown", "sms": "unknown"}
    proposal = story.proposal("rykker-1")
    news = Clarified(id="c-1", by=story.actor("anna"), proposal_id=proposal.id, went=False, reason="looked it up")
    await story.command("clarify", news)
    assert story.proposals[1].state == "withdrawn"
    await story.until("2026-08-13 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["nudge", "rykker-1"]
    assert len(story.mails) == 2
    assert len(story.texts) == 2
    assert fees(story) == [Decimal("100.00")]


async def test_a_person_who_knows_of_one_channel_only_says_so_and_the_case_waits_for_the_other(
    story: Story, hooks: Hooks
) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    story.engines.twilio.fault("drop_after_read", **TEXT)
    await story.until("2026-08-11 12:00")
    assert states(story) == {"email": "unknown", "sms": "unknown"}
    clarify = f"/proposals/{story.proposal('rykker-1').id}/clarify"
    mail = {"channel": "email", "went": True, "reason": "it stands in SendGrid's activity"}
    await hooks.api.do(clarify, mail)
    await story.quiet()
    assert states(story) == {"email": "sent", "sms": "unknown"}
    assert fees(story) == [Decimal("100.00")], "the letter went out, whatever becomes of the text"
    assert [line.partition(":")[0] for line in story.freezes] == ["unknown"]
    body = await hooks.api.refused(409, "POST", clarify, mail)
    assert body["detail"] == "Nothing is unknown about its email, only about its sms."
    await hooks.api.do(clarify, {"channel": "sms", "went": False, "reason": "Twilio's log does not have it"})
    await story.quiet()
    assert states(story) == {"email": "sent", "sms": "failed"}
    assert (story.proposal("rykker-1").state, story.freezes) == ("sent", [])
    assert [line.partition(" out by ")[2] for line in story.told("clarified")] == [
        "email: it stands in SendGrid's activity",
        "sms: Twilio's log does not have it",
    ]


async def test_twilios_own_list_settles_a_text_before_anybody_is_stopped(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.twilio.fault("drop_after_effect", **TEXT)
    await story.until("2026-08-11 10:00")
    assert states(story) == {"email": "sent", "sms": "sent"}
    assert story.freezes == []
    [_, text] = story.texts
    assert text.sid in {m.provider_reference for m in story.messages}


async def test_a_list_that_did_not_answer_is_asked_again_by_the_sweep(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.twilio.fault("status_after_effect", status=500, **TEXT)
    story.engines.twilio.fault("status", status=500, method="GET", path="*/Messages.json")
    await story.until("2026-08-11 09:30")
    assert states(story)["sms"] == "unknown"
    assert await follow_deliveries(story, "2026-08-11 09:45") == 1
    assert states(story)["sms"] == "sent"
    assert story.freezes == []
    assert len(story.texts) == 2


async def test_what_was_taken_for_not_sent_and_arrives_after_all_is_looked_at_by_a_person(
    story: Story, hooks: Hooks
) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    story.engines.twilio.fault("drop_after_read", **TEXT)
    await story.until("2026-08-11 12:00")
    first = story.proposal("rykker-1")
    news = Clarified(id="c-2", by=story.actor("anna"), proposal_id=first.id, went=False, reason="not found")
    await story.command("clarify", news)
    await story.until("2026-08-12 08:00")
    assert story.proposal("rykker-1").id != first.id, "it is proposed afresh"
    hook = f"{hooks.url}/hooks/sendgrid/events"
    message = next(m.id for m in story.messages if m.proposal_id == first.id and m.channel == "email")
    assert await asyncio.to_thread(story.engines.sendgrid.events, hook, message, "delivered") == [200]
    await story.quiet()
    assert story.told("went after all") == ["The rykker-1 that was taken for not sent by email went out after all"]
    assert story.freezes == ["review: the rykker-1 that was taken for not sent by email went out after all"]
    await story.until("2026-08-14 12:00", released=True)
    assert len(story.mails) == 2, "the second one is not sent"


async def gone_and_taken_for_not_sent(story: Story) -> ProposalRow:
    """SendGrid took rykker 1 at nine and its answer was lost, the text as well; at noon the admin found neither."""
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    story.engines.twilio.fault("drop_after_read", **TEXT)
    await story.until("2026-08-11 12:00")
    proposal = story.proposal("rykker-1")
    news = Clarified(id="c-5", by=story.actor("anna"), proposal_id=proposal.id, went=False, reason="not found")
    await story.command("clarify", news)
    return proposal


async def delivered_after_all(story: Story, hooks: Hooks, proposal: ProposalRow) -> None:
    hook = f"{hooks.url}/hooks/sendgrid/events"
    message = message_id_of(proposal.id, Channel.email)
    assert await asyncio.to_thread(story.engines.sendgrid.events, hook, message, "delivered") == [200]
    await story.quiet()


async def test_what_arrived_after_all_counts_and_does_not_go_to_the_customer_again(story: Story, hooks: Hooks) -> None:
    first = await gone_and_taken_for_not_sent(story)
    await story.until("2026-08-12 08:30", released=True)
    second = story.proposal("rykker-1")
    assert (second.state, second.round) == ("proposed", 2)
    await delivered_after_all(story, hooks, first)
    assert [p.state for p in story.proposals] == ["sent", "sent", "withdrawn"]
    assert story.proposal("rykker-1").ended_why == "the rykker-1 before it went out after all"
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1", "it counts from the moment it went"
    assert fees(story) == [Decimal("100.00")]
    assert [line.partition(":")[0] for line in story.freezes] == ["review"], "a person looks all the same"
    await story.command("resume", Resumed(id="r-3", by=story.actor("anna"), reason="they have it, go on"))
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent == ["2026-07-31 09:00 nudge", "2026-08-11 09:00 rykker-1", "2026-08-25 09:00 rykker-2"]
    assert len(story.mails) == 3, "each step once"
    assert fees(story) == [Decimal("100.00"), Decimal("100.00")]


async def test_what_arrived_after_all_when_the_next_had_gone_already_counts_and_charges_nothing_more(
    story: Story, hooks: Hooks
) -> None:
    first = await gone_and_taken_for_not_sent(story)
    await story.until("2026-08-13 12:00", released=True)
    assert story.sent[-1] == "2026-08-12 12:00 rykker-1"
    await delivered_after_all(story, hooks, first)
    assert story.sent[1:] == ["2026-08-11 09:00 rykker-1", "2026-08-12 12:00 rykker-1"]
    assert fees(story) == [Decimal("100.00")], "one reminder fee within ten days"
    assert [line.partition(":")[0] for line in story.freezes] == ["review"]


async def test_only_an_admin_says_what_became_of_a_message(story: Story) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_read", **MAIL)
    await story.until("2026-08-11 10:00")
    proposal = story.proposal("rykker-1").id
    news = Clarified(id="c-3", by=story.actor("rasmus"), proposal_id=proposal, went=True, reason="I think so")
    with pytest.raises(AssertionError, match="only an admin says what became of a message"):
        await story.command("clarify", news)


async def test_news_between_a_send_that_died_and_its_next_attempt_does_not_let_it_go_out_again(
    story: Story, hooks: Hooks
) -> None:
    """SendGrid took the mail, the engine died before that was recorded, and the customer answered that very mail."""
    await waiting_for_nine(story)
    proposal = story.proposal("rykker-1")
    with transaction(story.engines.database) as session:
        assert claim(session, proposal.id, Channel.email, proposal.send_at)
    await story.tell("question_opened", QuestionOpened(id="q-1", topic="reply"))
    assert story.proposal("rykker-1").state == "unknown", "it is not withdrawn as if nothing had left"
    assert states(story) == {"email": "unknown", "sms": "failed"}
    assert {line.partition(":")[0] for line in story.freezes} == {"question", "unknown"}
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="answered"))
    assert [line.partition(":")[0] for line in story.freezes] == ["unknown"], "what became of it must be said"
    with pytest.raises(AssertionError, match="nobody knows whether a message went out"):
        await story.command("resume", Resumed(id="r-2", by=story.actor("anna"), reason="go on"))
    await story.until("2026-08-20 12:00", released=True)
    assert len(story.proposals) == 2, "nothing is proposed in its place"


async def test_a_text_that_a_dead_attempt_had_begun_is_not_forgotten_when_the_letter_is_to_be_composed_anew(
    story: Story,
) -> None:
    story.book.change_customer(1001, email=f"{story.email}; x{story.email}")
    await waiting_for_nine(story)
    with transaction(story.engines.database) as session:
        claim(session, story.proposal("rykker-1").id, Channel.sms, at("2026-08-11 09:00"))
    body = '{"errors": [{"message": "no valid address", "field": "personalizations.0.to.1.email"}]}'
    story.engines.sendgrid.fault("status", status=400, body=body, **MAIL)
    await story.until("2026-08-11 10:30", released=True)
    assert story.told("withdrawn") == []
    assert states(story) == {"email": "failed", "sms": "unknown"}
    assert story.case.state == "frozen"
    assert len(story.texts) == 1, "the nudge"


async def test_a_report_that_waited_counts_before_a_persons_word(story: Story, hooks: Hooks) -> None:
    await waiting_for_nine(story)
    story.engines.sendgrid.fault("drop_after_effect", **MAIL)
    story.engines.twilio.fault("drop_after_read", **TEXT)
    await story.until("2026-08-11 12:00")
    async with hooks.without_temporal():
        assert await hooks.reported("rykker-1", "email", "processed") == [200]
    proposal = story.proposal("rykker-1").id
    news = Clarified(id="c-4", by=story.actor("anna"), proposal_id=proposal, went=False, reason="not found")
    await story.command("clarify", news)
    assert states(story) == {"email": "sent", "sms": "failed"}
    assert story.proposal("rykker-1").state == "sent"
    assert fees(story) == [Decimal("100.00")]
