"""Many cases come due at the same hour: each gets its heads-up at once, and none keeps another waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from activities.heads_up import HeadsUpDesk
from models.cases import CaseRow, NoticeRow
from models.database import transaction
from models.dispatch import MailMessage
from models.outcomes import Accepted, Outcome
from models.settings import TEMPLATES
from tests.story import Story, at

pytestmark = pytest.mark.anyio
EIGHT = at("2026-08-11 08:00")
CUSTOMERS = range(2001, 2009)


@dataclass
class SlowMail:
    """Takes every message; while it takes the first one, something else happens."""

    meanwhile: Callable[[], None]
    taken: list[MailMessage] = field(default_factory=list)

    def send(self, message: MailMessage) -> Outcome:
        self.taken.append(message)
        if len(self.taken) == 1:
            self.meanwhile()
        return Accepted(reference="")


async def customers(story: Story, number: int) -> list[CaseRow]:
    """So many customers with an invoice each that came due on the same day."""
    for customer in CUSTOMERS[:number]:
        story.book.add_customer(
            customer, f"Kunde {customer}", email=f"{customer}@kunde.example", mobile=f"+452012{customer}"
        )
        story.invoice(customer, "1250.00", "2026-08-04", customer=customer)
    await story.begins("2026-08-10 12:00")
    assert len(story.cases) == number
    for case in story.cases:
        while (standing := await story.traveller.standing(case)) is not None and standing.move is None:
            pass  # a case that still asks what comes next would have our lines told by the engine itself
    return story.cases


def comes_due(story: Story, case: CaseRow) -> str:
    """Put a line for the next heads-up on record."""
    line = {"title": "first reminder", "invoices": [], "amount": "1.00 DKK", "customer": case.id, "task": False}
    with transaction(story.engines.database) as session:
        notice = NoticeRow(id=f"{case.id}.notice", creditor_id=story.creditor, case_id=case.id, line=line, at=EIGHT)
        session.add(notice)
        return notice.id


async def test_what_comes_due_while_others_are_being_mailed_is_mailed_as_soon_as_it_asks(story: Story) -> None:
    first, second, late = await customers(story, 3)

    def meanwhile() -> None:
        comes_due(story, late)
        assert not desk._round(waiting, EIGHT), "the second one is being mailed with the first"

    mail = SlowMail(meanwhile)
    desk = HeadsUpDesk(story.engines.database, mail, TEMPLATES / "heads-up", "http://rykker/proposals", timedelta())
    notice, waiting = comes_due(story, first), comes_due(story, second)
    await desk.give(notice, EIGHT)
    async with asyncio.timeout(20):  # far less than the time after which a claim counts as abandoned
        await desk.give(waiting, EIGHT)
        await desk.give(f"{late.id}.notice", EIGHT)
    to_the_admin = [message.text for message in mail.taken if message.to[0].address == story.admin_email]
    assert [[case.id in text for case in (first, second, late)] for text in to_the_admin] == [
        [True, True, False],
        [False, False, True],
    ]


async def test_cases_that_climb_at_once_all_get_released_and_sent(story: Story) -> None:
    cases = await customers(story, len(CUSTOMERS))
    traveller, until = story.traveller, at("2026-08-27 12:00")
    async with asyncio.timeout(200):
        await asyncio.gather(*(traveller.live(case, until, story.releasing) for case in cases))
    sent = sorted((proposal.case_id, proposal.step) for proposal in story.proposals if proposal.state == "sent")
    assert sent == sorted((case.id, step) for case in cases for step in ("rykker-1", "rykker-2"))
    told = [mail for customer in CUSTOMERS for mail in story.heads_ups if f"Kunde {customer}" in mail.text]
    assert len(told) == len(sent), "every line reaches the admin, in one e-mail only"
