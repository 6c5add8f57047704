"""Every ladder that comes with Rykker, climbed from the nudge to the call by an invoice that nobody pays."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.letters import Language
from rules.law.packs import pack_of
from tests.story import HAVN, NORWEGIAN, Story, at

DENMARK: dict[str, Any] = {"country": "DK", "currency": "DKK", "zone": "Europe/Copenhagen", "language": Language.da}
EUROPE: dict[str, Any] = {"country": "EU", "currency": "EUR", "zone": "Europe/Berlin", "language": Language.en}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("where", "ladder", "climbed", "fees"),
    [
        (DENMARK, "dk-standard", ["nudge", "rykker-1", "rykker-2", "inkassovarsel"], ["100.00"] * 3),
        (DENMARK, "dk-gentle", ["nudge", "overdue", "rykker-1", "rykker-2", "inkassovarsel"], ["100.00"]),
        (NORWEGIAN, "no-standard", ["nudge", "purring", "inkassovarsel"], ["38.00"]),
        (NORWEGIAN, "no-guide", ["nudge", "due-date", "overdue", "purring", "inkassovarsel"], ["38.00"]),
        (EUROPE, "eu-standard", ["nudge", "reminder-1", "reminder-2"], []),
    ],
    ids=["dk-standard", "dk-gentle", "no-standard", "no-guide", "eu-standard"],
)
async def test_a_preset_is_climbed_in_order_within_the_law_and_ends_with_a_call(
    story: Story, where: dict[str, Any], ladder: str, climbed: list[str], fees: list[str]
) -> None:
    story.settings = story.settings.model_copy(update={**where, "ladder": ladder})
    story.book.add_customer(HAVN, "Havn", email=story.email, mobile=story.mobile, country="", sales_person=1)
    story.invoice(1001, "4000.00", "2026-08-10", currency=where["currency"])
    await story.begins("2026-08-04 12:00")
    if not story.cases:
        await story.mirror(at("2026-08-05 12:00"))
    await story.until("2026-12-20 12:00", released=True)
    steps = [line.split()[-1] for line in story.sent]
    assert steps == climbed
    charged = [amount for _, kind, amount in story.ledger if kind == "fee"]
    assert charged == [Decimal(fee) for fee in fees]
    assert [task.step for task in story.tasks], "the last word is a person's"
    assert story.tasks[-1].text, "the call has its script"
    letters = [p for p in story.proposals if p.letter_kind]
    pack = pack_of(where["country"])
    for letter in letters:
        if letter.letter_kind == "formal_notice":
            assert letter.deadline is not None
            least, _ = pack.shortest_deadline(next(k for k in pack.words.values() if k == letter.letter_kind), False)
            assert letter.deadline >= letter.letter_date + timedelta(days=least)
    if where is EUROPE:
        assert not [kind for _, kind, _ in story.ledger if kind != "principal"], "nobody has reviewed that law yet"
