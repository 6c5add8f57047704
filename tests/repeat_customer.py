"""A customer who has paid one case and is late again: the old one is closed, the new one is open."""

from __future__ import annotations

from datetime import date

from models.cases import CaseRow
from tests.story import Story, at


async def late_again(story: Story) -> CaseRow:
    """1001 was reminded of and is paid on 12 August; 1002, due on 20 August, opens the next case on the 16th.

    Returns the case that is closed.
    """
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    story.book.register_payment(1001, on=date(2026, 8, 12))
    await story.told_by_the_books("2026-08-12 12:00")
    closed = story.case
    assert (closed.state, closed.outcome) == ("closed", "paid")
    story.time_shift += at("2026-08-16 12:00") - at("2026-08-12 12:00")
    story.invoice(1002, "80000.00", "2026-08-20")
    await story.mirror(at("2026-08-16 12:00"))
    assert story.case.id != closed.id
    return closed
