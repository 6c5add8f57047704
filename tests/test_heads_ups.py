"""Heads-ups: one e-mail for each person and time of day, and no window before it is given."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from activities.channels.mail import SendGridMail
from activities.heads_up import HeadsUpDesk, subject_of
from models.cases import NoticeRow
from models.database import transaction
from models.parties import PersonRow
from models.settings import TEMPLATES
from tests import case_news
from tests.story import HAVN, Story, at, clock

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("language", "reminders", "tasks", "says"),
    [
        ("da", 8, 1, "8 rykkere og 1 opgave venter hos Nordlys"),
        ("da", 0, 2, "2 opgaver venter hos Nordlys"),
        ("nb", 1, 0, "1 purring venter hos Nordlys"),
        ("en", 1, 2, "1 reminder and 2 tasks waiting at Nordlys"),
    ],
)
async def test_the_subject_counts_what_waits_and_leaves_out_what_does_not(
    language: str, reminders: int, tasks: int, says: str
) -> None:
    assert subject_of(language, reminders, tasks, "Nordlys") == says


def desk(story: Story, gather: float = 0.2) -> HeadsUpDesk:
    engines = story.engines
    mail = SendGridMail("SG.test", host=engines.sendgrid.url)
    return HeadsUpDesk(
        engines.database, mail, TEMPLATES / "heads-up", "http://rykker/proposals", timedelta(seconds=gather)
    )


def notices(story: Story, *moments: str) -> list[str]:
    """A line for each customer of the story, owned by Rasmus, by Ida and by nobody."""
    owners = (f"{story.creditor}-rasmus", f"{story.creditor}-ida", "")
    ids = []
    with transaction(story.engines.database) as session:
        for case, owner, moment in zip(story.cases, owners, moments, strict=True):
            customer = f"Kunde {case.customer_number}"
            line = {
                "title": "first reminder",
                "invoices": [],
                "amount": "1.00 DKK",
                "customer": customer,
                "task": False,
            }
            ids.append(f"{case.id}.notice")
            session.add(
                NoticeRow(
                    id=ids[-1], creditor_id=story.creditor, case_id=case.id, owner=owner, line=line, at=at(moment)
                )
            )
    return ids


async def three_customers(story: Story) -> None:
    story.book.add_customer(1002, "Kunde 1002", email="to@kunde.example")
    story.book.add_customer(1003, "Kunde 1003", email="tre@kunde.example")
    for number, customer in ((1, HAVN), (2, 1002), (3, 1003)):
        story.invoice(number, "100.00", "2026-08-04", customer=customer)
    await story.begins("2026-08-10 12:00")
    assert len(story.cases) == 3
    # A case that has yet to decide for the first time would give the notices that a test puts there.
    await story.all_quiet()


def mailed(story: Story, person: str) -> list[str]:
    address = f"{person}@{story.creditor}.example"
    return [m.text for m in story.engines.sendgrid.mails() if any(address in to for to in m.to)]


async def test_what_comes_due_together_is_one_heads_up_for_each_person_and_reps_see_only_their_own(
    story: Story,
) -> None:
    await three_customers(story)
    ids = notices(story, "2026-08-11 08:00", "2026-08-11 08:00", "2026-08-11 08:20")
    as_of = at("2026-08-11 08:00")
    await asyncio.gather(*(desk(story).give(notice, as_of) for notice in ids))
    [to_the_admin] = mailed(story, "admin")
    [to_rasmus] = mailed(story, "rep")
    [to_ida] = mailed(story, "ida")
    customers = ("Kunde 1001", "Kunde 1002", "Kunde 1003")
    assert [name for name in customers if name in to_the_admin] == list(customers)
    assert [name for name in customers if name in to_rasmus] == ["Kunde 1001"]
    assert [name for name in customers if name in to_ida] == ["Kunde 1002"]


async def test_what_comes_due_at_another_time_of_day_is_an_email_of_its_own(story: Story) -> None:
    await three_customers(story)
    ids = notices(story, "2026-08-11 08:00", "2026-08-11 11:00", "2026-08-12 08:00")
    for notice, as_of in zip(ids, ("2026-08-11 08:00", "2026-08-11 11:00", "2026-08-12 08:00"), strict=True):
        await desk(story, 0).give(notice, at(as_of))
    assert len(mailed(story, "admin")) == 3


async def test_a_person_without_a_usable_address_does_not_keep_the_others_from_their_heads_up(story: Story) -> None:
    await three_customers(story)
    [first, *_] = notices(story, "2026-08-11 08:00", "2026-08-20 08:00", "2026-08-20 08:00")
    with transaction(story.engines.database) as session:
        session.get_one(PersonRow, f"{story.creditor}-rasmus").email = "no address at all"
    await desk(story, 0).give(first, at("2026-08-11 08:00"))
    assert len(mailed(story, "admin")) == 1


async def test_while_the_heads_up_cannot_be_given_no_window_runs_and_nothing_can_be_released(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    story.engines.sendgrid.fault("status", status=403, times=0)
    await story.until("2026-08-10 08:12")
    waiting = story.proposal("rykker-1")
    assert (waiting.state, waiting.heads_up_at) == ("proposed", None)
    assert not await story.traveller.release(story.case)
    story.engines.sendgrid.reset()
    await story.until("2026-08-12 16:00", released=True)
    given = story.proposal("rykker-1").heads_up_at
    assert given is not None
    assert "2026-08-10 08:12" <= clock(given) <= "2026-08-10 08:30", "soon after the mail is well again"
    assert len(story.told("heads-up")) == 1
    [sent] = story.sent
    assert sent >= "2026-08-11" + clock(given)[10:], "the hold window counts from the moment people knew"


async def test_a_task_is_announced_as_soon_as_mail_works_again(story: Story) -> None:
    await story.stands_released()
    await story.until("2026-09-12 12:00", released=True)
    assert story.sent[-1].endswith("inkassovarsel")
    story.engines.sendgrid.fault("status", status=403, times=2)
    await story.until("2026-09-25 12:00")
    assert [task.step for task in story.tasks] == ["phone-call"]
    assert any("phone call" in mail.text for mail in story.heads_ups)
