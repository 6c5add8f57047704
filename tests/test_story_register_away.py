"""The company watch where no register answers, where none knows the company, and where nobody is to be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.clock import real_now
from models.database import transaction
from models.mirror import CompanyRow
from tests.story import HAVN, Story
from tests.watched import asked_about, last_answer, mails_about, mended, row, watched

__all__ = ["mended", "watched"]

pytestmark = pytest.mark.anyio


async def test_a_register_that_is_down_for_two_days_holds_nothing_while_its_last_answer_is_young(
    watched: Story,
) -> None:
    story = watched
    await story.begins("2026-07-29 12:00")
    await story.watch("2026-07-29 12:00")
    story.engines.companies.fault("status", status=503, times=0)
    for day in ("2026-08-10", "2026-08-11"):
        found = await story.watch(f"{day} 06:00")
        assert (found.asked, found.answered, found.told) == (1, 0, 0)
    assert (row(story).state, row(story).problem) == ("healthy", "Virk: status 503; cvrapi: it is not set up")
    last_answer(story, timedelta(hours=48))
    await story.until("2026-08-12 12:00", released=True)
    assert story.sent[-1] == "2026-08-11 09:00 rykker-1"


async def test_after_the_allowed_age_sends_are_held_a_person_is_told_once_and_the_answer_lets_them_go(
    watched: Story,
) -> None:
    story = watched
    await story.begins("2026-08-09 12:00")
    await story.watch("2026-08-09 12:00")
    story.engines.companies.fault("status", status=503, times=0)
    last_answer(story, timedelta(hours=73))
    assert (await story.watch("2026-08-10 06:00")).told == 1
    assert (await story.watch("2026-08-11 06:00")).told == 0
    await story.until("2026-08-11 12:00", released=True)
    assert (story.sent, story.freezes) == ([], [])
    held = [text for text in story.told("held") if "solvent: the register's last answer is more than 3 days" in text]
    assert len(held) == 1, "said once, however often it is looked at"
    [note] = story.told("noted")
    assert note.startswith(f"How company {story.company} stands is not known, no register has answered since")
    assert mails_about(story, "stands is not known") == 1
    story.engines.companies.reset()
    assert (await story.watch("2026-08-12 06:00")).told == 1
    assert story.told("noted")[1] == f"The register answers again about company {story.company}: active"
    assert (await story.watch("2026-08-12 06:10")).told == 0
    await story.until("2026-08-13 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1"]
    assert mails_about(story, "answers again") == 0


async def test_a_number_that_no_register_knows_is_never_taken_for_a_healthy_company(watched: Story) -> None:
    story = watched
    story.engines.companies.companies.remove(story.company)
    await story.begins("2026-08-09 12:00")
    assert (await story.watch("2026-08-09 12:00")).told == 0, "not yet: it may be in the register tomorrow"
    await story.until("2026-08-11 12:00", released=True)
    assert story.sent == []
    assert "solvent: the company register has never answered for this customer" in story.told("held")[0]
    with transaction(story.engines.database) as session:
        session.get_one(CompanyRow, ("DK", story.company)).unanswered_since = real_now() - timedelta(hours=73)
    assert (await story.watch("2026-08-12 06:00")).told == 1
    [note] = story.told("noted")
    assert "none ever answered (Virk knows no company with this number)" in note
    assert "see that the number is right" in note


async def test_persons_are_never_asked_about(watched: Story) -> None:
    story = watched
    story.book.add_customer(1002, "Kaj Hansen", email=f"kaj-{story.email}", cvr="010190-1234", sales_person=1)
    story.invoice(1002, "500.00", "2026-08-03", customer=1002)
    await story.begins("2026-08-09 12:00")
    found = await story.watch("2026-08-09 12:00")
    assert (len(story.cases), found.watched, found.asked) == (2, 1, 1)
    assert asked_about(story, "0101901234") == []
    await story.until("2026-08-11 12:00", released=True)
    assert len([line for line in story.sent if line.endswith("rykker-1")]) == 2


async def test_two_creditors_share_what_is_known_of_a_company_and_each_hears_of_it(watched: Story) -> None:
    story = watched
    other = Story(story.engines, f"{story.creditor}-2")
    other.company = story.company
    other.settings = story.settings
    other.book.add_customer(HAVN, "Havn A/S", email=other.email, mobile=other.mobile, cvr=f"DK {story.company}")
    other.invoice(7, "900.00", "2026-08-03")
    for one in (story, other):
        await one.begins("2026-08-09 12:00")
    story.becomes("bankrupt", "2026-08-10")
    assert (await story.watch("2026-08-10 06:00")).told == 1
    assert other.freezes == []
    assert (await other.watch("2026-08-10 06:05")).told == 1
    for one in (story, other):
        assert one.freezes[0].startswith("insolvency: bankrupt")


async def test_without_the_watch_nobody_is_asked_and_nothing_is_held(watched: Story) -> None:
    story = watched
    story.settings = story.settings.model_copy(update={"company_watch": False})
    await story.begins("2026-08-09 12:00")
    assert (await story.watch("2026-08-09 12:00")).watched == 0
    await story.until("2026-08-11 12:00", released=True)
    assert [line[17:] for line in story.sent] == ["rykker-1"]


async def test_a_case_whose_workflow_is_gone_is_started_again_and_told(watched: Story) -> None:
    story = watched
    await story.begins("2026-08-09 12:00")
    await story.traveller.handle(story.case).terminate("an operator's mistake")
    story.becomes("bankrupt", "2026-08-10")
    assert (await story.watch("2026-08-10 06:00")).told == 1
    assert story.freezes[0].startswith("insolvency: bankrupt")
