"""What a letter may charge in the life of a case: announced first, in writing, within the law, and only once sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import pytest

from commands.time_travel import shift_to
from models.database import transaction
from models.ladder import Ladder
from models.news import Resumed
from models.parties import LadderRow
from tests.story import HAVN, Story, at

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """The providers are well again after every test."""
    yield
    story.engines.sendgrid.reset()
    story.engines.twilio.reset()


def charged(story: Story) -> list[tuple[str, Decimal]]:
    """What stands on the ledger beside principal and payments."""
    return [(kind, amount) for _, kind, amount in story.ledger if kind in ("fee", "interest", "compensation", "waiver")]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def with_steps(story: Story, **steps: Mapping[str, object]) -> None:
    """Change steps of the pinned ladder of a creditor that is just being connected."""
    with transaction(story.engines.database) as session:
        row = session.get_one(LadderRow, (story.creditor, "dk-standard", 1))
        ladder = Ladder.model_validate(row.document)
        changed = [step.model_copy(update=steps.get(step.name, {})) for step in ladder.steps]
        row.document = ladder.model_copy(update={"steps": tuple(changed)}).model_dump(mode="json")


async def begins(story: Story, moment: str, **steps: Mapping[str, object]) -> None:
    """As Story.begins, on a ladder of which some steps are other ones."""
    story.connect()
    with_steps(story, **steps)
    story.time_shift = shift_to(at(moment))
    await story.mirror(at(moment))


# --- announced first ---


async def test_a_fee_that_no_earlier_message_announced_is_not_charged_but_announced(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-26 12:00", released=True)
    assert [line[11:] for line in story.sent] == ["09:00 rykker-1", "09:00 rykker-2"]
    assert charged(story) == [
        ("interest", Decimal("27.40")),
        ("fee", Decimal("100.00")),
        ("interest", Decimal("47.94")),
    ]
    assert "12.527,40 kr." in plain(story.mails[0].text)
    assert "100,00 kr." in plain(story.mails[0].text), "it says what the next one may cost"
    notes = story.proposal("rykker-1").composition["notes"]
    assert "it goes without a fee: no earlier message has announced one" in notes


async def test_invoices_that_announce_the_fee_themselves_need_no_message_to_do_so(story: Story) -> None:
    story.settings = story.settings.model_copy(update={"fees_announced": True})
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-11 12:00", released=True)
    assert charged(story) == [("fee", Decimal("100.00")), ("interest", Decimal("27.40"))]


# --- in writing, and only once it has gone ---


async def test_a_reminder_that_went_by_sms_alone_charges_nothing(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    story.engines.sendgrid.fault("refuse", seconds=0)
    await story.until("2026-08-11 10:00")
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"
    assert charged(story) == []


async def test_a_released_reminder_that_is_held_charges_nothing(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 12:00", released=True)
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.until("2026-08-11 10:00")
    assert story.sent == ["2026-07-31 09:00 nudge"]
    assert charged(story) == []


async def test_an_outcome_that_cannot_be_known_charges_nothing(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-11 08:50", released=True)
    story.engines.sendgrid.fault("drop_after_effect", method="POST", path="/v3/mail/send")
    await story.until("2026-08-11 10:00")
    assert story.proposal("rykker-1").state == "unknown"
    assert charged(story) == []


# --- within the law ---


async def test_two_invoices_of_one_case_share_three_fees_at_most(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "800.00", "2026-08-10")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-10-15 12:00", released=True)
    fees = [amount for kind, amount in charged(story) if kind == "fee"]
    assert fees == [Decimal("100.00")] * 3
    free = [p for p in story.proposals if p.letter_kind and not p.fee_minor]
    assert free, "the letters beyond the third go without"


async def test_compensation_is_claimed_once_from_a_business_and_never_from_a_consumer(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await begins(story, "2026-07-29 12:00", **{"rykker-1": {"compensation": True}, "rykker-2": {"compensation": True}})
    await story.until("2026-08-26 12:00", released=True)
    assert [entry for entry in charged(story) if entry[0] == "compensation"] == [("compensation", Decimal("310.00"))]
    assert "310,00 kr." in plain(story.mails[1].text)
    assert "13.085,34 kr." in plain(story.mails[2].text), "12,500.00 + 310.00 + 200.00 + 75.34"


async def test_a_customer_of_unknown_kind_counts_as_a_consumer(story: Story) -> None:
    story.book.add_customer(HAVN, "Havn", email=story.email, mobile=story.mobile)
    story.invoice(1001, "12500.00", "2026-08-03")
    await begins(story, "2026-07-29 12:00", **{"rykker-1": {"compensation": True}})
    await story.until("2026-08-11 12:00", released=True)
    assert "compensation" not in dict(charged(story))
    assert any("only a business" in note for note in story.proposal("rykker-1").composition["notes"])


# --- what late facts do to it ---


async def test_interest_falls_with_the_base_after_a_part_payment(story: Story) -> None:
    """Story 6: 12,500.00 to 11 August and 7,500.00 from 12 August; the payment day itself counts on the new base."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    story.book.register_payment(1001, Decimal("5000.00"), on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 12:00")
    assert any(line.startswith("review") for line in story.freezes)
    await story.command("resume", Resumed(id="r-1", by=story.actor("anna"), reason="looked at"))
    await story.until("2026-08-26 12:00", released=True)
    mail = plain(story.mails[-1].text)
    assert "7.500,00 kr." in mail
    assert "57,53 kr." in mail, "9 days on 12,500.00 are 30.82, 13 days on 7,500.00 are 26.71"


async def test_a_credit_note_takes_the_interest_back_and_leaves_the_fee_to_a_person(story: Story) -> None:
    """Story 7."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    story.book.book_credit_note(9001, HAVN, Decimal(12500), invoice=1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 12:00")
    await story.until("2026-08-12 13:00")
    assert story.case.outcome == "credited"
    assert charged(story) == [
        ("fee", Decimal("100.00")),
        ("interest", Decimal("27.40")),
        ("interest", Decimal("-27.40")),
    ]


# --- what the law refuses is not even proposed ---


async def test_a_formal_notice_that_lacks_a_part_is_held_back_until_somebody_adds_it(story: Story) -> None:
    story.settings = story.settings.model_copy(update={"address": ""})
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-09 12:00", released=True)
    assert [line[11:] for line in story.sent] == ["09:00 nudge", "09:00 rykker-1", "09:00 rykker-2"]
    assert "the notice does not say: creditor name, address and CVR number" in story.case.why
    story.switch(address="Nordre Kaj 1, 1000 København K")
    await story.until("2026-09-14 12:00", released=True)
    assert story.sent[-1] == "2026-09-11 09:00 inkassovarsel"


async def test_without_a_rate_for_the_day_reminders_go_free_and_a_formal_notice_waits(story: Story) -> None:
    """Nobody has entered the rate of 2027 yet."""
    story.invoice(1001, "12500.00", "2026-12-11")
    await story.begins("2026-12-06 12:00")
    await story.until("2027-01-25 12:00", released=True)
    assert [line.split()[-1] for line in story.sent] == ["nudge", "rykker-1", "rykker-2"]
    second = story.proposal("rykker-2")
    assert second.letter_date == date(2027, 1, 5)
    assert second.fee_minor == 0
    assert "half-year 2027-01-01 to 2027-06-30" in str(second.composition["notes"])
    assert "half-year" in story.case.why or "no figure" in story.case.why
