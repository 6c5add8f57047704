"""Story 13: a second invoice falls due while the first is unpaid."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.story import Story, at


@pytest.mark.anyio
async def test_one_case_each_invoice_on_its_own_rung_and_never_two_messages_within_the_gap(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "800.00", "2026-08-10")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-10-01 12:00", released=True)
    assert len(story.cases) == 1
    rungs = [(p.step, p.invoices) for p in story.proposals if p.state == "sent"]
    for number in ("1001", "1002"):
        climbed = [step for step, invoices in rungs if number in invoices]
        assert climbed == ["nudge", "rykker-1", "rykker-2", "inkassovarsel"]
    days = [date.fromisoformat(line[:10]) for line in story.sent]
    assert all(after - before >= timedelta(days=3) for before, after in pairwise(days))
    first = next(m for m in story.mails if "1001" in m.subject or "1001" in m.text)
    assert "1002" in first.text, "the other invoice is listed as also open"


@pytest.mark.anyio
async def test_the_invoice_that_is_paid_leaves_and_the_other_climbs_on(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    story.invoice(1002, "800.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 12:00", released=True)
    assert story.proposal("rykker-1").invoices == ["1001", "1002"]
    story.book.register_payment(1002, on=date(2026, 8, 10))
    await story.mirror(at("2026-08-10 12:00"))
    await story.quiet()
    await story.until("2026-08-12 12:00", released=True)
    assert story.proposal("rykker-1").invoices == ["1001"]
    assert story.sent[-1].endswith("rykker-1")
    assert story.case.closed_at is None
