"""Story 16: the same ladder idea under Norwegian law, with a consumer."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.story import Story


@pytest.fixture
def norwegian(story: Story) -> Story:
    """Nordlys AS in Oslo, and a consumer who owes NOK 4,000.00 since 3 August."""
    story.in_norway()
    return story


@pytest.mark.anyio
async def test_no_fee_before_the_fourteenth_day_and_fourteen_days_for_the_inkassovarsel(norwegian: Story) -> None:
    story = norwegian
    await story.begins("2026-07-29 12:00")
    await story.until("2026-10-20 12:00", released=True)
    assert [line[11:] for line in story.sent] == ["09:00 nudge", "09:00 purring", "09:00 inkassovarsel"]
    fees = [(kind, amount) for _, kind, amount in story.ledger if kind == "fee"]
    assert fees[0] == ("fee", Decimal("38.00"))
    purring, notice = story.proposal("purring"), story.proposal("inkassovarsel")
    assert purring.letter_date >= date(2026, 8, 17)
    assert purring.deadline == purring.letter_date + timedelta(days=14)
    assert notice.deadline is not None
    assert notice.deadline - notice.letter_date >= timedelta(days=14)
    assert notice.letter_date > purring.deadline
    text = story.mails[-1].text
    assert "Inkassovarsel" in text
    assert "til inkasso" in text
    assert "kompensasjon" not in text.casefold(), "a consumer owes none"


@pytest.mark.anyio
async def test_the_inkassovarsel_never_goes_by_sms_alone(norwegian: Story) -> None:
    story = norwegian
    await story.begins("2026-07-29 12:00")
    await story.until("2026-09-04 08:50", released=True)
    assert story.proposal("inkassovarsel").released_at is not None
    before = len(story.texts)
    story.engines.sendgrid.fault("refuse", seconds=0)
    try:
        await story.until("2026-09-04 11:00")
        assert story.proposal("inkassovarsel").state == "proposed"
        assert len(story.texts) == before, "the text says that a letter comes by e-mail; it waits for the letter"
    finally:
        story.engines.sendgrid.reset()
