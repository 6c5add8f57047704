"""A customer whose company the registers are asked about, and what came of asking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.clock import real_now
from models.database import transaction
from models.mirror import CompanyRow
from standins.journal import Entry
from standins.registers import RegistersStandin
from tests.story import Story


@pytest.fixture(autouse=True)
def mended(companies: RegistersStandin) -> Iterator[None]:
    """Whatever a story breaks is whole again after it."""
    yield
    companies.reset()


@pytest.fixture
def watched(story: Story) -> Story:
    story.in_the_register()
    story.invoice(1001, "12500.00", "2026-08-03")
    return story


async def rykker_1_has_gone(story: Story, until: str = "2026-08-23 20:00") -> None:
    await story.begins("2026-07-29 12:00")
    await story.watch("2026-07-29 12:00")
    await story.until(until, released=True)
    assert story.sent == ["2026-07-31 09:00 nudge", "2026-08-11 09:00 rykker-1"]


def row(story: Story, country: str = "DK") -> CompanyRow:
    with transaction(story.engines.database) as session:
        return session.get_one(CompanyRow, (country, story.company))


def last_answer(story: Story, age: timedelta) -> None:
    """Make the register's last answer as old as that."""
    with transaction(story.engines.database) as session:
        session.get_one(CompanyRow, ("DK", story.company)).read_at = real_now() - age


def mails_about(story: Story, words: str) -> int:
    return sum(words in mail.text for mail in story.heads_ups)


def asked_about(story: Story, number: str) -> list[Entry]:
    return [e for e in story.engines.companies.journal() if number in f"{e.path} {e.body}"]
