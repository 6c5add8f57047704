"""What a repair does not cure is an alarm: on the trail, in the API, mailed once and once a day, until it is over."""

from __future__ import annotations

import pytest

from models.database import transaction
from models.letters import Language
from models.parties import PersonRow
from standins.sendgrid.server import SendGridStandin
from standins.server import running
from tests import case_news
from tests.api_fixtures import Api
from tests.story import Story
from tests.sweeping import alarm_mails, alarms, sweep

# Runs around every test here; pytest finds a fixture by the name that it has in the module.
mended = case_news.mended
pytestmark = pytest.mark.anyio


async def stands_still(story: Story) -> None:
    """Rykker 1 is due on 10 August at eight; the clock of the case has stopped the day before."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-09 13:00")


async def test_a_step_that_is_overdue_is_told_to_look_again_and_then_raises_one_alarm_until_it_has_happened(
    story: Story, api: Api
) -> None:
    await stands_still(story)
    assert (await sweep(story, "2026-08-10 10:00")).found == 0
    first = await sweep(story, "2026-08-10 10:01")
    assert (first.found, first.repaired, first.raised) == (1, 1, 0)
    second = await sweep(story, "2026-08-10 10:16")
    assert (second.raised, second.told) == (1, 1)
    third = await sweep(story, "2026-08-10 10:31")
    assert (third.found, third.raised, third.told) == (1, 0, 0)
    assert alarms(story) == [f"overdue {story.case.id}"]
    [mail] = alarm_mails(story)
    assert mail.subject == "Rykker slår alarm hos Nordlys ApS: 1"
    assert f"- et trin skulle være sket, og intet er sket: {story.case.id}, siden 2026-08-10 10:01\n" in mail.text
    assert "http://rykker/alarms" in mail.text
    [shown] = (await api.get("/alarms"))["items"]
    says = f"rykker-1 of case {story.case.id} was due at 2026-08-10 08:00, and nothing has happened"
    assert (shown["matter"], shown["case_id"], shown["says"]) == ("overdue", story.case.id, says)

    assert (await sweep(story, "2026-08-11 10:15")).told == 0
    assert (await sweep(story, "2026-08-11 10:16")).told == 1, "a day later it is said again"

    await story.until("2026-08-11 10:20")
    assert story.proposed == ["2026-08-10 08:00 rykker-1"]
    assert (await sweep(story, "2026-08-11 10:31")).over == 1
    assert (await api.get("/alarms"))["items"] == []
    [over] = (await api.get("/alarms", state="over"))["items"]
    assert over["cleared_at"] == "2026-08-11T10:31:00+02:00"
    assert len(story.told("repair")) == len(story.told("alarm")) == len(story.told("alarm over")) == 1
    assert len(alarm_mails(story)) == 2


async def test_what_comes_back_later_is_a_new_alarm(story: Story) -> None:
    await stands_still(story)
    for moment in ("2026-08-10 10:01", "2026-08-10 10:16"):
        await sweep(story, moment)
    assert (await sweep(story, "2026-08-10 09:00")).over == 1
    assert (await sweep(story, "2026-08-10 11:01")).raised == 0
    again = await sweep(story, "2026-08-10 11:16")
    assert (again.raised, again.told) == (1, 1)
    assert len(story.told("alarm")) == 2


async def test_while_mail_is_down_the_api_shows_the_alarm_and_the_mail_follows_when_it_is_well(
    story: Story, api: Api
) -> None:
    await stands_still(story)
    story.engines.sendgrid.fault("status", status=403, times=0)
    await story.until("2026-08-10 10:00")
    assert (await sweep(story, "2026-08-10 10:01")).repaired == 1
    swept = await sweep(story, "2026-08-10 10:16")
    assert (swept.raised, swept.told) == (1, 0)
    [shown] = (await api.get("/alarms"))["items"]
    assert (shown["matter"], shown["about"]) == ("no_heads_up", story.proposal("rykker-1").id)
    assert shown["told_at"] is None
    assert "See that e-mail works" in shown["says"]

    # The case tries by itself as soon as mail is well, and no alarm would be left; so it is well for alarms first.
    with running(SendGridStandin(api_key="SG.test")) as well:
        assert (await sweep(story, "2026-08-10 10:31", sendgrid=well)).told == 1
        assert [story.admin_email in to for mail in well.mails() for to in mail.to] == [True]
    story.engines.sendgrid.reset()
    await story.until("2026-08-10 12:00")
    assert story.proposal("rykker-1").heads_up_at is not None
    assert (await sweep(story, "2026-08-10 12:01")).over == 1


async def test_every_active_admin_is_mailed_and_nobody_else(story: Story) -> None:
    await stands_still(story)
    with transaction(story.engines.database) as session:
        for name, active in (("bente", True), ("carl", False)):
            session.add(
                PersonRow(
                    id=f"{story.creditor}-{name}",
                    creditor_id=story.creditor,
                    name=name.title(),
                    email=f"{name}@{story.creditor}.example",
                    role="admin",
                    active=active,
                )
            )
        session.get_one(PersonRow, f"{story.creditor}-anna").email = "no address at all"
    for moment in ("2026-08-10 10:01", "2026-08-10 10:16"):
        swept = await sweep(story, moment)
    assert swept.told == 1, "one address that cannot be written to keeps no other from being told"
    mails = [mail for mail in story.engines.sendgrid.mails() if "alarm" in mail.subject]
    to = [address for mail in mails for address in mail.to if story.creditor in address]
    assert len(to) == 1
    assert "bente@" in to[0]


@pytest.mark.parametrize(
    ("language", "subject", "line"),
    [
        ("nb", "Rykker slår alarm hos Nordlys ApS: 1", "et trinn skulle ha skjedd, og ingenting har skjedd"),
        ("en", "Rykker raises the alarm at Nordlys ApS: 1", "a step was due, and nothing has happened"),
    ],
)
async def test_alarms_speak_the_language_of_the_creditor(story: Story, language: str, subject: str, line: str) -> None:
    await stands_still(story)
    story.switch(language=Language(language))
    for moment in ("2026-08-10 10:01", "2026-08-10 10:16"):
        await sweep(story, moment)
    [mail] = alarm_mails(story)
    assert mail.subject == subject
    assert f"- {line}: {story.case.id}" in mail.text
