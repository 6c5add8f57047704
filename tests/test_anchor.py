"""The anchor: every evening the head of the trail is mailed to the admins, once, and it shows a later forgery."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlmodel import col, select
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities import trail
from activities.anchor import ABANDONED, AnchorDesk
from activities.channels.mail import SendGridMail
from commands.rounds import ANCHOR, keep_rounds
from models.anchor import Anchor, AnchorInput, AnchorMailed
from models.clock import real_now
from models.database import transaction
from models.letters import Language
from models.parties import PersonRow
from models.record import AnchorRow, TrailHeadRow
from models.settings import TEMPLATES
from standins.sendgrid.mails import Mail
from tests.story import Story, at

pytestmark = pytest.mark.anyio
EVENING, NEXT = "2026-08-10 20:00", "2026-08-11 20:00"


@pytest.fixture(autouse=True)
def mended(story: Story) -> Iterator[None]:
    """Whatever a story does to the mail is over with it."""
    yield
    story.engines.sendgrid.reset()


@pytest.fixture
def nordlys(story: Story) -> Story:
    """A creditor with an admin, Anna, and three links on its trail."""
    story.connect()
    for n in range(3):
        happens(story, f"entry {n}")
    return story


def happens(story: Story, what: str) -> None:
    with transaction(story.engines.database) as session:
        trail.write(session, story.creditor, what, at("2026-08-10 12:00"), "note", what)


def evening(story: Story, moment: str = EVENING) -> AnchorMailed:
    """One evening's attempt, as the workflow makes it."""
    engines = story.engines
    mail = SendGridMail("SG.test", host=engines.sendgrid.url)
    desk = AnchorDesk(engines.database, mail, TEMPLATES / "anchor")
    return desk.mail_anchor(AnchorInput(creditor=story.creditor), at(moment))


def not_gone(story: Story, moment: str = EVENING) -> str:
    """Why the attempt has to be made again."""
    with pytest.raises(ApplicationError) as error:
        evening(story, moment)
    return str(error.value)


def mails(story: Story, person: str = "admin") -> list[Mail]:
    address = f"{person}@{story.creditor}.example"
    return [
        mail
        for mail in story.engines.sendgrid.mails()
        if any(address in to for to in mail.to) and "rykker trail verify" in mail.text
    ]


def head(story: Story) -> Anchor:
    with transaction(story.engines.database) as session:
        row = session.get_one(TrailHeadRow, story.creditor)
        return Anchor(row.seq, row.hash)


def rows(story: Story) -> list[AnchorRow]:
    with transaction(story.engines.database) as session:
        query = select(AnchorRow).where(AnchorRow.creditor_id == story.creditor)
        return list(session.exec(query.order_by(col(AnchorRow.day), col(AnchorRow.person_id))))


def another_admin(story: Story, name: str, email: str = "", *, active: bool = True) -> None:
    with transaction(story.engines.database) as session:
        session.add(
            PersonRow(
                id=f"{story.creditor}-{name}",
                creditor_id=story.creditor,
                name=name.title(),
                email=email or f"{name}@{story.creditor}.example",
                role="admin",
                token_hash=uuid.uuid4().hex,
                active=active,
            )
        )


async def test_in_the_evening_the_head_of_the_trail_is_mailed_to_the_admins_and_that_is_on_the_trail(
    story: Story, client: Client
) -> None:
    await story.stands_released()
    before = head(story)
    found: AnchorMailed = await client.execute_workflow(
        "MailAnchor",
        AnchorInput(creditor=story.creditor, time_shift=story.time_shift),
        id=f"anchor/{story.creditor}/by-hand",
        task_queue=story.engines.task_queue,
        result_type=AnchorMailed,
    )
    assert (found.seq, found.mailed) == (before.seq, 1)
    [mail] = mails(story)
    assert mail.subject == f"Gem denne mail: sporet hos Nordlys ApS den 2026-08-09, linje {before.seq}"
    assert mails(story, "rep") == mails(story, "ida") == []
    noted = re.search(rf"rykker trail verify {story.creditor} --anchor (\S+)", mail.text)
    assert noted is not None
    assert Anchor.read(noted[1]) == before
    last = story.trail[-1]
    assert (last.kind, last.key, last.case_id) == ("anchored", "anchor:2026-08-09", "")
    assert last.text == f"The head of the trail, link {before.seq}, was mailed to {story.creditor}-anna"
    with transaction(story.engines.database) as session:
        assert trail.first_broken_link(story.trail, session.get_one(TrailHeadRow, story.creditor)) == ""
        assert trail.other_than_anchored(session, story.creditor, before) == ""
        forged = before._replace(hash="0" * 64)
        assert "has another hash than the anchor" in trail.other_than_anchored(session, story.creditor, forged)


async def test_a_day_is_mailed_once_however_often_it_is_asked_for(nordlys: Story) -> None:
    first = evening(nordlys)
    happens(nordlys, "something late in the evening")
    assert evening(nordlys, "2026-08-10 23:00") == first
    assert len(mails(nordlys)) == 1
    assert len(nordlys.told("anchored")) == 1
    assert evening(nordlys, NEXT).seq == 5
    assert len(mails(nordlys)) == 2


async def test_where_nothing_was_added_but_the_last_anchor_there_is_nothing_to_mail(nordlys: Story) -> None:
    evening(nordlys)
    assert evening(nordlys, NEXT) == AnchorMailed()
    assert evening(nordlys, "2026-08-12 20:00") == AnchorMailed()
    assert (len(mails(nordlys)), head(nordlys).seq) == (1, 4)
    happens(nordlys, "a payment")
    assert evening(nordlys, "2026-08-13 20:00").seq == 5


async def test_a_trail_without_links_has_no_head_to_mail(story: Story) -> None:
    story.connect()
    assert evening(story) == AnchorMailed()
    assert mails(story) == []
    assert story.trail == []


async def test_a_mail_that_certainly_did_not_go_is_tried_again_with_the_same_head(nordlys: Story) -> None:
    nordlys.engines.sendgrid.fault("status", status=403, times=0)
    assert "has not gone to" in not_gone(nordlys)
    assert nordlys.told("anchored") == []
    happens(nordlys, "a payment meanwhile")
    nordlys.engines.sendgrid.reset()
    assert evening(nordlys) == AnchorMailed(seq=3, mailed=1)
    [mail] = mails(nordlys)
    assert " 3:" in mail.text
    [row] = rows(nordlys)
    assert (row.state, row.seq, row.day) == ("sent", 3, date(2026, 8, 10))
    assert evening(nordlys, NEXT).seq == 5, "the payment came after the head that was mailed"


async def test_a_mail_of_which_nobody_knows_whether_it_went_is_not_mailed_again(nordlys: Story) -> None:
    nordlys.engines.sendgrid.fault("drop_after_effect", method="POST", path="/v3/mail/send", times=0)
    assert evening(nordlys) == AnchorMailed(seq=3, mailed=0)
    assert len(mails(nordlys)) == 1, "it had gone"
    nordlys.engines.sendgrid.reset()
    evening(nordlys)
    assert mails(nordlys) == [], "since then nothing"
    anna = f"{nordlys.creditor}-anna"
    assert nordlys.told("anchored") == [
        f"The head of the trail, link 3, was mailed; whether it reached {anna} is not known"
    ]


async def test_a_worker_that_stopped_in_the_middle_leaves_a_mail_that_may_have_gone(nordlys: Story) -> None:
    nordlys.engines.sendgrid.fault("status", status=403, times=0)
    not_gone(nordlys)
    nordlys.engines.sendgrid.reset()
    began(nordlys, ago=timedelta())
    assert "has not gone to" in not_gone(nordlys), "it may be under way at this moment"
    began(nordlys, ago=ABANDONED * 2)
    assert evening(nordlys) == AnchorMailed(seq=3, mailed=0)
    assert mails(nordlys) == []
    assert "is not known" in nordlys.told("anchored")[0]
    assert rows(nordlys)[0].reason == "the worker stopped while it was being mailed"


def began(story: Story, ago: timedelta) -> None:
    """As it stands when the row was written and nothing came after it."""
    with transaction(story.engines.database) as session:
        row = session.exec(select(AnchorRow).where(AnchorRow.creditor_id == story.creditor)).one()
        row.state, row.claimed_at = "claimed", real_now() - ago


async def test_every_active_admin_gets_it_and_one_bad_address_keeps_it_from_nobody_else(nordlys: Story) -> None:
    another_admin(nordlys, "bo")
    another_admin(nordlys, "carl", "no address at all")
    another_admin(nordlys, "dorte", active=False)
    assert evening(nordlys).mailed == 2
    assert [len(mails(nordlys, person)) for person in ("admin", "bo", "carl", "dorte")] == [1, 1, 0, 0]
    states = {row.person_id.removeprefix(f"{nordlys.creditor}-"): row.state for row in rows(nordlys)}
    assert states == {"anna": "sent", "bo": "sent", "carl": "failed"}


async def test_where_no_admin_can_be_reached_it_says_what_to_look_at(nordlys: Story) -> None:
    with transaction(nordlys.engines.database) as session:
        session.get_one(PersonRow, f"{nordlys.creditor}-anna").email = "no address at all"
    assert "reached nobody" in not_gone(nordlys)
    assert nordlys.told("anchored") == []
    with transaction(nordlys.engines.database) as session:
        session.get_one(PersonRow, f"{nordlys.creditor}-anna").active = False
    assert "there is no active admin" in not_gone(nordlys, NEXT)


async def test_two_who_come_at_once_mail_it_once(nordlys: Story) -> None:
    def come(_: int) -> bool:
        try:
            return evening(nordlys).mailed == 1
        except ApplicationError:
            return False  # the other one is mailing it

    with ThreadPoolExecutor(8) as threads:
        assert any(threads.map(come, range(8)))
    assert len(mails(nordlys)) == 1
    assert len(nordlys.told("anchored")) == 1
    assert evening(nordlys).mailed == 1


@pytest.mark.parametrize(
    ("language", "keep"), [("da", "Gem denne mail"), ("nb", "Ta vare på denne e-posten"), ("en", "Keep this mail")]
)
async def test_it_says_what_it_is_and_what_to_do_with_it_in_the_creditors_language(
    nordlys: Story, language: str, keep: str
) -> None:
    nordlys.switch(language=Language(language))
    noted = head(nordlys)
    evening(nordlys)
    [mail] = mails(nordlys)
    assert mail.subject.startswith(keep)
    assert keep in mail.text
    assert mail.text.count(str(noted)) == 2
    assert "Nordlys ApS" in mail.text


async def test_every_trail_is_anchored_at_eight_in_the_evening_of_its_own_clock(nordlys: Story, client: Client) -> None:
    engines = nordlys.engines
    creditors = await keep_rounds(client, engines.database, [ANCHOR], engines.task_queue)
    assert nordlys.creditor in creditors
    handle = client.get_schedule_handle(ANCHOR.schedule_id(nordlys.creditor))
    try:
        nordlys.switch(zone="Europe/Oslo")
        await keep_rounds(client, engines.database, [ANCHOR], engines.task_queue)
        schedule = (await handle.describe()).schedule
        assert schedule.spec.time_zone_name == "Europe/Oslo"
        [calendar] = schedule.spec.calendars
        assert (calendar.hour[0].start, calendar.day_of_week[0].end) == (20, 6)
        assert schedule.policy.overlap.value == ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP
    finally:
        for creditor in creditors:
            await client.get_schedule_handle(ANCHOR.schedule_id(creditor)).delete()
