"""What the world hands a case that it should not: books that fail, addresses that do not work, impossible invoices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import ActivityEnvironment

from activities.channels.mail import SendGridMail
from activities.channels.text import TwilioText
from activities.composing import WordingFolders
from activities.open_cases import OpenCases
from activities.send import Send
from models.case import Ask, Kind
from models.cases import MessageRow, UnusableAddressRow
from models.database import transaction
from models.mirror import CustomerRow, InvoiceRow
from models.news import BooksChanged
from tests.story import HAVN, Story, at

pytestmark = pytest.mark.anyio
INVOICE = "/invoices/booked/1001"
NINE = "2026-08-11 09:00 rykker-1"


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """Whatever a test breaks is whole again after it."""
    yield
    for standin in (story.engines.economic, story.engines.sendgrid, story.engines.twilio):
        standin.reset()


# --- the books at the guard ---


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("status", {"status": 401}, "e-conomic refuses the grant (401 on /invoices/booked/1001"),
        (
            "status",
            {"status": 429},
            f"e-conomic gave no usable answer on {INVOICE} after 6 tries: status 429",
        ),
        (
            "status",
            {"status": 500},
            f"e-conomic gave no usable answer on {INVOICE} after 6 tries: status 500",
        ),
        ("html", {}, "e-conomic gave no usable answer on /invoices/booked/1001"),
        ("drop_after_read", {}, "e-conomic gave no usable answer on /invoices/booked/1001 after 6 tries: Remote"),
    ],
    ids=["401", "429", "500", "a page instead of an answer", "a dropped connection"],
)
async def test_books_that_do_not_answer_hold_the_reminder_and_it_leaves_that_day_once_they_do(
    story: Story, kind: str, more: dict[str, Any], reason: str
) -> None:
    await story.stands_released()
    story.engines.economic.fault(kind, path=INVOICE, times=0, **more)
    await story.until("2026-08-11 09:20")
    assert story.sent == []
    [first, *_] = story.verdicts("rykker-1", "fresh")
    assert first.answer == "held"
    assert first.why.startswith(f"the books could not be read: {reason}")
    assert any("fresh: the books could not be read" in text for text in story.told("held"))
    assert {v.answer for v in story.verdicts("rykker-1", "unpaid")} == {"cleared"}, "unread is not unpaid, nor paid"
    assert story.case.state == "held"
    story.engines.economic.reset()
    await story.until("2026-08-11 16:00")
    [sent] = story.sent
    assert "2026-08-11 09:15" <= sent < "2026-08-11 11:00"


async def test_an_invoice_that_has_vanished_from_the_books_is_held_and_not_taken_for_paid(story: Story) -> None:
    await story.stands_released()
    story.book.remove_invoice(1001)  # and no round of the mirror has seen it
    await story.until("2026-08-12 12:00", released=True)
    assert story.balance(1001) == 12500
    assert story.sent == []
    why = "the books no longer have invoice 1001; that is not the same as paid, a person must look"
    assert {v.why for v in story.verdicts("rykker-1", "unpaid")} == {why}
    assert story.told("held") == [f"rykker-1 held: unpaid: {why}"], "said once, however often it was looked at"
    assert story.case.closed_at is None


async def test_a_credit_note_bigger_than_the_invoice_holds_even_though_it_is_put_against_nothing(story: Story) -> None:
    await story.stands_released()
    story.book.book_credit_note(2001, HAVN, Decimal(20000), on=date(2026, 8, 10))
    await story.told_by_the_books("2026-08-10 13:00")
    await story.until("2026-08-11 12:00")
    assert story.sent == []
    [held] = story.verdicts("rykker-1", "balance_positive")
    assert held.why == "12500.00 DKK is left on the proposal and -7500.00 DKK on the customer's account"


async def test_money_that_the_books_have_put_against_nothing_holds(story: Story) -> None:
    await story.stands_released()
    story.book.add_unapplied_payment(HAVN, Decimal(12500), on=date(2026, 8, 10))
    await story.until("2026-08-11 12:00")
    assert story.sent == []
    [held] = story.verdicts("rykker-1", "balance_positive")
    assert held.why == "12500.00 DKK is left on the proposal and 0.00 DKK on the customer's account"


async def test_an_invoice_pdf_that_cannot_be_read_delays_the_mail_and_loses_nothing(story: Story) -> None:
    await story.stands_released()
    story.engines.economic.fault("status", path=f"{INVOICE}/pdf", status=500, times=0)
    await story.until("2026-08-11 09:10")
    assert story.sent == []
    assert "the invoice PDF could not be read" in story.told("held")[0]
    story.engines.economic.reset()
    await story.until("2026-08-11 12:00")
    assert story.sent == ["2026-08-11 09:15 rykker-1"]
    assert [a.name for a in story.mails[0].attachments] == ["1001.pdf"]


# --- addresses ---


async def test_a_customer_without_any_address_is_held_until_the_books_have_one(story: Story) -> None:
    story.book.change_customer(HAVN, email="", mobile="")
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-11 12:00", released=True)
    assert story.proposals == []
    [first, *_] = story.told("held")
    assert first == (
        "The first reminder is not proposed, recipient: customer 1001 has no e-mail address in the books; "
        "no telephone number"
    )
    assert story.case.state == "held"
    story.book.change_customer(HAVN, email=story.email)
    await story.told_by_the_books("2026-08-11 12:00")
    await story.until("2026-08-13 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1"]
    assert (len(story.mails), len(story.texts)) == (1, 0)


async def test_of_a_step_that_no_address_is_left_for_people_are_told_once_and_again_for_another_reason(
    story: Story,
) -> None:
    story.book.change_customer(HAVN, email="", mobile="")
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-10 12:00")
    [told] = [mail.text for mail in story.heads_ups]
    assert "first reminder holdes tilbage: der er ingen brugbar adresse" in told
    await story.until("2026-08-20 12:00")
    assert len(story.told("held")) == 9, "it is tried every working day"
    assert len(story.heads_ups) == 1
    story.book.change_customer(HAVN, email="ikke en adresse", mobile="")
    await story.told_by_the_books("2026-08-20 12:00")
    await story.until("2026-08-26 12:00")
    assert len(story.heads_ups) == 2, "somebody tried to mend it, and it did not help"


async def test_an_address_that_is_taken_out_of_the_books_after_the_release_voids_it(story: Story) -> None:
    await story.stands_released()
    story.book.change_customer(HAVN, mobile="")
    await story.until("2026-08-11 09:10")
    assert story.sent == []
    assert story.told("withdrawn") == ["rykker-1 withdrawn: figures_unchanged: the recipients have changed"]


async def test_every_address_in_the_field_gets_the_mail(story: Story) -> None:
    story.book.change_customer(HAVN, email=f"{story.email}; direktion@havn.example, ikke en adresse")
    await story.stands_released()
    await story.until("2026-08-11 12:00")
    [mail] = story.mails
    assert [to for to in mail.to if "direktion@havn.example" in to]
    assert len(mail.to) == 2
    notes = story.proposal("rykker-1").composition["notes"]
    assert notes, "the admin is told of what is no address"


async def test_a_number_that_takes_no_texts_is_marked_and_never_tried_again(story: Story) -> None:
    story.engines.twilio.set_code(story.mobile, 21614)
    await story.stands_released()
    await story.until("2026-08-11 12:00")
    assert story.sent == [NINE]
    assert story.told("channel lost") == [
        "rykker-1 did not go by sms: the number is not a mobile number (400, code 21614)"
    ]
    with transaction(story.engines.database) as session:
        assert session.get(UnusableAddressRow, (story.creditor, story.mobile)) is not None
    story.engines.twilio.reset()
    await story.until("2026-08-26 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1", "rykker-2"]
    assert (len(story.mails), len(story.texts)) == (2, 0)
    assert story.proposal("rykker-2").composition["notes"] == ["the mobile number of customer 1001 cannot be reached"]


async def test_a_mail_refused_for_one_of_two_addresses_is_composed_again_for_the_other(story: Story) -> None:
    bad = f"x{story.email}"
    story.book.change_customer(HAVN, email=f"{story.email}; {bad}")
    await story.stands_released()
    body = '{"errors": [{"message": "no valid address", "field": "personalizations.0.to.1.email"}]}'
    story.engines.sendgrid.fault("status", method="POST", path="/v3/mail/send", status=400, body=body)
    await story.until("2026-08-11 09:10")
    assert (story.sent, story.texts) == ([], []), "the text waits with the letter"
    assert story.told("held") == [
        "rykker-1 not sent, tried again: email: SendGrid found a fault in the message (400): "
        "personalizations.0.to.1.email"
    ]
    with transaction(story.engines.database) as session:
        assert session.get(UnusableAddressRow, (story.creditor, bad)) is not None
        assert session.get(UnusableAddressRow, (story.creditor, story.email)) is None, "nobody complained of it"
    await story.until("2026-08-11 09:20")
    assert story.told("withdrawn") == ["rykker-1 withdrawn: figures_unchanged: the recipients have changed"]
    assert story.proposal("rykker-1").released_at is None, "to whom it goes is for an admin to release"
    await story.until("2026-08-13 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1"]
    [mail] = story.mails
    assert list(mail.to) == [story.email]
    assert len(story.texts) == 1
    assert story.told("channel lost") == []


# --- invoices that are not reminded ---


async def test_what_may_not_be_reminded_joins_the_case_and_is_left_out_of_every_message(story: Story) -> None:
    story.invoice(11, "100.00", "2026-08-03", currency="EUR")
    story.book.add_invoice(12, HAVN, Decimal(200), None, terms=9)
    story.invoice(13, "300.00", "2026-08-03", terms=5)
    story.invoice(14, "400.00", "2026-08-03", terms=6)
    story.invoice(15, "-50.00", "2026-08-03")
    story.invoice(16, "0.00", "2026-08-03")
    story.invoice(17, "700.00", "9999-12-31")
    story.invoice(18, "800.00", "0001-01-02", booked=date(2026, 7, 1))
    await story.stands_released()
    assert story.proposal("rykker-1").invoices == ["1001"]
    assert story.proposal("rykker-1").composition["letter"]["also_open"] == []
    assert sorted(story.proposal("rykker-1").composition["notes"]) == [
        "invoice 11 is not reminded: it is in EUR, this creditor reminds in DKK only",
        "invoice 12 is not reminded: the books give it no due date",
        "invoice 13 is not reminded: the claim is sold (factoring)",
        "invoice 14 is not reminded: its terms are prepaid; a person must ask why it is open",
        "invoice 17 is not reminded: its due date 9999-12-31 cannot be right",
        "invoice 18 is not reminded: its due date 0001-01-02 cannot be right",
        "it goes without a fee: no earlier message has announced one",
    ]
    story.book.register_payment(1001, on=date(2026, 8, 10))
    await story.told_by_the_books("2026-08-10 13:00")
    assert (story.case.state, story.case.closed_at) == ("frozen", None)
    assert story.case.why.startswith("no invoice of the case may be reminded (18: its due date 0001-01-02 ")


async def test_no_case_is_opened_for_a_customer_with_nothing_to_remind_of(story: Story) -> None:
    story.invoice(11, "100.00", "2026-08-03", currency="EUR")
    story.invoice(17, "700.00", "9999-12-31")
    story.invoice(16, "0.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    assert story.cases == []


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("terms", "factoring", "the claim is sold (factoring)"),
        ("due_date", None, "the books give it no due date"),
    ],
)
async def test_an_invoice_that_may_no_longer_be_reminded_takes_its_standing_proposal_down(
    story: Story, field: str, value: str | None, reason: str
) -> None:
    await story.stands_released()
    with transaction(story.engines.database) as session:
        setattr(session.get_one(InvoiceRow, (story.creditor, "1001")), field, value)
    await story.tell("books_changed", BooksChanged(id="b-1"))
    assert story.told("withdrawn") == [f"rykker-1 withdrawn: invoice 1001 is no longer reminded: {reason}"]
    assert story.case.state == "frozen"


async def test_a_creditor_who_changes_its_currency_reminds_of_nothing_in_the_old_one(story: Story) -> None:
    await story.stands_released()
    story.switch(currency="EUR")
    await story.tell("books_changed", BooksChanged(id="b-1"))
    [withdrawn] = story.told("withdrawn")
    assert withdrawn.endswith("it is in DKK, this creditor reminds in EUR only")


# --- opening and sending when something is in the way ---


def cases_of(story: Story, client: Client | None = None) -> OpenCases:
    engines = story.engines
    return OpenCases(engines.database, client or engines.client, engines.task_queue)


async def tell_all(story: Story, moment: str) -> Any:
    return await ActivityEnvironment().run(cases_of(story).tell_cases, story.creditor, at(moment), story.time_shift)


async def test_a_case_that_was_opened_but_could_not_be_started_is_started_by_the_next_round(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-20 12:00")
    assert story.cases == [], "nothing is near yet, and the customer counts as told"
    away = await Client.connect("127.0.0.1:1", data_converter=pydantic_data_converter, lazy=True)
    with pytest.raises(RuntimeError, match="Connection refused"):
        await cases_of(story, away).tell_one(story.creditor, str(HAVN), at("2026-08-09 12:00"), timedelta())
    assert len(story.cases) == 1
    found = await tell_all(story, "2026-08-09 13:00")
    assert (found.opened, found.signalled) == (1, 0)
    assert (await story.traveller.handle(story.case).describe()).status is not None


async def test_one_customer_of_whom_no_sense_can_be_made_keeps_no_other_from_being_told(story: Story) -> None:
    for number in (1002, 1003):
        story.book.add_customer(number, f"Kunde {number}", email="to@kunde.example")
        story.invoice(number, "100.00", "2026-08-03", customer=number)
    await story.begins("2026-07-20 12:00")
    with transaction(story.engines.database) as session:
        session.get_one(InvoiceRow, (story.creditor, "1002")).currency = "kr."
        for customer in ("1002", "1003"):
            session.get_one(CustomerRow, (story.creditor, customer)).changed = True
    with pytest.raises(ValueError, match="currency"):
        await tell_all(story, "2026-08-09 12:00")
    assert [case.customer_number for case in story.cases] == ["1003"]


async def test_a_message_that_did_not_leave_is_not_tried_again_on_a_clearance_of_before(story: Story) -> None:
    await story.stands_released()
    story.engines.sendgrid.fault("refuse", seconds=0)
    story.engines.twilio.fault("refuse", seconds=0)
    await story.until("2026-08-11 09:10")
    assert {m.state for m in story.messages} == {"not_sent"}
    story.engines.sendgrid.reset()
    story.engines.twilio.reset()
    engines = story.engines
    settings = engines.settings
    send = Send(
        engines.database,
        WordingFolders.of_installation(settings),
        engines.shelf,
        SendGridMail("SG.test", host=engines.sendgrid.url),
        lambda sender: TwilioText(
            settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), sender, engines.twilio.url
        ),
    ).send
    standing = await story.traveller.standing(story.case)
    assert standing is not None
    move = send(Ask(case_id=story.case.id, as_of=at("2026-08-11 09:14"), move=standing.move, cleared_round=99))
    assert (move.kind, move.why) == (Kind.stand, "the guards' clearance is too old; they look again")
    with transaction(engines.database) as session:
        rows = [session.get_one(MessageRow, message.id) for message in story.messages]
    assert [row.state for row in rows] == ["not_sent", "not_sent"]
