"""A release is for exact figures, recipients and words: whatever of them changes, changes the digest and is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.composition import Composition, Recipient, changes
from models.letters import Channel, Charges, Language, Letter, LetterInvoice, Rendered
from tests.given import day, dkk
from tests.letters import charges, period


def named(number: str = "1001", left: str = "12500.00", due: str = "2026-08-03") -> LetterInvoice:
    return LetterInvoice(
        number=number,
        invoice_date=day("2026-07-04"),
        due_date=day(due),
        days_late=8,
        amount=dkk("12500.00"),
        outstanding=dkk(left),
    )


LETTER = Letter(
    wording="reminder-1",
    language=Language.da,
    creditor_name="Nordlys ApS",
    creditor_address="",
    creditor_registration_number="",
    sender_name="Nordlys ApS",
    reply_to="bogholderi@nordlys.example",
    phone="",
    customer_name="Havn A/S",
    customer_number="1001",
    letter_date=date(2026, 8, 11),
    final_date=date(2026, 8, 21),
    invoices=(named(),),
    also_open=(),
    principal=dkk("12500.00"),
    charges=Charges.none("DKK"),
    total=dkk("12500.00"),
    payment_lines=("Reg. 1234 konto 0012345678",),
    payment_reference="1001",
    case_code="RABCDEF",
)
MAIL = Recipient(channel=Channel.email, address="bogholderi@havn.example")
OTHER = Recipient(channel=Channel.email, address="direktion@havn.example")
MOBILE = Recipient(channel=Channel.sms, address="+4520123456")
WORDS = (
    Rendered(channel=Channel.email, subject="Påmindelse", text="Kære Havn", html="<p>Kære Havn</p>"),
    Rendered(channel=Channel.sms, text="Husk faktura 1001"),
)
PROPOSED = Composition(step="rykker-1", letter=LETTER, recipients=(MAIL, OTHER, MOBILE), rendered=WORDS)


def but(**fields: Any) -> Composition:
    """The proposal with something of its letter or of itself changed."""
    own = {name: fields.pop(name) for name in tuple(fields) if name in Composition.model_fields}
    return PROPOSED.model_copy(update={"letter": LETTER.model_copy(update=fields), **own})


def test_the_same_facts_give_the_same_digest_also_after_a_trip_through_the_database() -> None:
    assert Composition.model_validate(PROPOSED.model_dump(mode="json")).digest == PROPOSED.digest
    assert changes(PROPOSED, but()) == ()


def test_notes_are_for_the_admin_and_not_part_of_what_is_released() -> None:
    noted = but(notes=("invoice 7 is not reminded: it is a credit note",))
    assert noted.digest == PROPOSED.digest
    assert changes(PROPOSED, noted) == ()


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (but(invoices=(named(left="7500.00"),)), "invoice 1001 had 12500.00 DKK outstanding, now 7500.00 DKK"),
        (but(invoices=(named(due="2026-08-04"),)), "the dates or the amount of invoice 1001 have changed"),
        (but(invoices=(named(), named("1002"))), "invoice 1002 has joined"),
        (but(invoices=()), "invoice 1001 is no longer part of it"),
        (but(recipients=(MAIL, MOBILE)), "the recipients have changed"),
        (but(recipients=(OTHER, MAIL, MOBILE)), "the recipients have changed"),
        (but(rendered=WORDS[:1]), "the wording has changed"),
        (but(rendered=(WORDS[0].model_copy(update={"html": ""}), WORDS[1])), "the wording has changed"),
        (but(payment_lines=("IBAN DK00",)), "particulars of the message have changed"),
        (but(final_date=None), "particulars of the message have changed"),
        (but(also_open=(named("1002"),)), "particulars of the message have changed"),
        (but(customer_name="Havn 2 A/S"), "particulars of the message have changed"),
    ],
)
def test_whatever_changes_gives_another_digest_and_is_named(now: Composition, said: str) -> None:
    assert now.digest != PROPOSED.digest
    assert changes(PROPOSED, now) == (said,)


def test_a_changed_figure_is_named_rather_than_the_words_that_follow_from_it() -> None:
    now = but(invoices=(named(left="7500.00"),), rendered=WORDS[:1], recipients=(MAIL,))
    assert changes(PROPOSED, now) == (
        "invoice 1001 had 12500.00 DKK outstanding, now 7500.00 DKK",
        "the recipients have changed",
    )


CLAIMED = charges(fee="100.00", earlier_fees="100.00", compensation="310.00", interest="12.34")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"fee": dkk("0")}, ["the fee was 100.00 DKK and is now 0.00 DKK"]),
        ({"earlier_fees": dkk("200")}, ["the earlier fees were 100.00 DKK and are now 200.00 DKK"]),
        ({"compensation": dkk("0")}, ["the compensation was 310.00 DKK and is now 0.00 DKK"]),
        ({"interest": dkk("13.00")}, ["the interest was 12.34 DKK and is now 13.00 DKK"]),
        (
            {"interest": dkk("13.00"), "interest_periods": (period("2026-08-03", "2026-08-11"),)},
            ["the interest was 12.34 DKK and is now 13.00 DKK"],
        ),
        (
            {"interest_periods": (period("2026-08-03", "2026-08-10", "9.75"),)},
            ["the rates or days of the interest have changed"],
        ),
        ({"announced_fee": dkk("100")}, ["the fee or interest that it announces has changed"]),
        (
            {"fee": dkk("0"), "interest": dkk("0"), "interest_periods": ()},
            ["the fee was 100.00 DKK and is now 0.00 DKK", "the interest was 12.34 DKK and is now 0.00 DKK"],
        ),
    ],
)
def test_a_changed_charge_is_told_before_the_words_that_follow_from_it(now: dict[str, Any], said: list[str]) -> None:
    before = but(charges=CLAIMED)
    after = but(charges=CLAIMED.model_copy(update=now), rendered=WORDS[:1])
    assert after.digest != before.digest
    assert list(changes(before, after)) == said


def test_charges_follow_the_invoices_they_are_about() -> None:
    after = but(charges=CLAIMED.model_copy(update={"fee": dkk("0")}), invoices=(), recipients=(MAIL,))
    assert changes(but(charges=CLAIMED), after) == (
        "invoice 1001 is no longer part of it",
        "the fee was 100.00 DKK and is now 0.00 DKK",
        "the recipients have changed",
    )


def test_what_a_release_approves_is_everything_to_pay() -> None:
    assert but(charges=CLAIMED, total=dkk("13022.34")).amount == dkk("13022.34")


def test_addresses_and_words_are_found_by_channel() -> None:
    assert PROPOSED.addresses(Channel.email) == (MAIL.address, OTHER.address)
    assert PROPOSED.addresses(Channel.phone) == ()
    assert PROPOSED.words(Channel.sms) == WORDS[1]
    assert PROPOSED.words(Channel.phone) is None
    assert PROPOSED.amount == dkk("12500.00")
