"""Story 9: the company is found bankrupt by the morning watch of 24 August; and every other find."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from models.cases import FreezeRow
from models.database import transaction
from models.mirror import CompanyRow
from models.news import Resumed
from tests.api_fixtures import Api
from tests.case_news import payment
from tests.story import HAVN, Story, at
from tests.watched import mails_about, mended, row, rykker_1_has_gone, watched

__all__ = ["mended", "watched"]

pytestmark = pytest.mark.anyio


async def resume(story: Story, name: str = "go-on") -> None:
    await story.command("resume", Resumed(id=name, by=story.actor("anna"), reason="the trustee goes on trading"))


def finds(story: Story) -> list[FreezeRow]:
    with transaction(story.engines.database) as session:
        query = select(FreezeRow).where(FreezeRow.case_id == story.case.id, FreezeRow.kind == "insolvency")
        return sorted(session.exec(query), key=lambda row: row.since)


async def test_rykker_2_is_not_sent_though_released_and_a_person_knows_what_to_file_by_when(watched: Story) -> None:
    story = watched
    await rykker_1_has_gone(story, "2026-08-24 08:30")
    assert story.proposed[-1] == "2026-08-24 08:00 rykker-2"
    assert story.proposal("rykker-2").released_at is not None
    story.becomes("bankrupt", "2026-08-24")
    found = await story.watch("2026-08-24 08:35")
    assert (found.asked, found.answered, found.told) == (1, 1, 1)
    assert story.proposal("rykker-2").state == "withdrawn"
    [stop] = story.freezes
    assert stop.startswith("insolvency: bankrupt (“UNDERKONKURS” since 2026-08-24, says Virk). Bankrupt: stop letters")
    assert "file the claim with the trustee (kurator), documents attached, within 4 weeks" in stop
    assert "The time limit is 2026-09-21." in stop
    # 12,500.00, the fee of rykker 1, and 21 days of interest at 10 %.
    assert stop.endswith("To file: 12671.92 DKK, with charges and interest to 2026-08-24.")
    await story.until("2026-08-25 12:00", released=True)
    assert len(story.sent) == 2
    [mail] = [mail for mail in story.heads_ups if "virksomheden er ikke aktiv" in mail.text]
    assert "2026-09-21" in mail.text
    assert "12671.92 DKK" in mail.text
    assert finds(story)[0].back_at == at("2026-08-31 08:00")


async def test_a_bankruptcy_does_not_end_with_the_review_of_a_part_payment_that_was_seen_before_it(
    watched: Story, api: Api
) -> None:
    story = watched
    await rykker_1_has_gone(story, "2026-08-12 12:00")
    await story.tell("payment_registered", payment("5000.00"))
    await story.until("2026-08-24 08:30")
    [review] = (await api.get("/stops"))["items"]
    story.becomes("bankrupt", "2026-08-24")
    await story.watch("2026-08-24 08:35")
    path, going = f"/cases/{story.case.id}/resume", {"reason": "the 5,000 are right"}
    assert "insolvency (bankrupt" in (await api.refused(409, "POST", path, going))["detail"]
    assert (await api.do(path, {**going, "stops": [review["id"]]}))["said"] == "resumed"
    [stop] = story.freezes
    assert stop.startswith("insolvency: bankrupt")
    await story.until("2026-09-10 12:00", released=True)
    assert len(story.sent) == 2


async def test_the_stop_comes_back_well_before_the_time_limit_also_when_it_is_found_late(watched: Story) -> None:
    story = watched
    story.settings = story.settings.model_copy(update={"freeze_days": 30})
    await rykker_1_has_gone(story)
    story.becomes("bankrupt", "2026-08-10")
    await story.watch("2026-08-24 06:00")
    # 7 September is the last day, so seven days before it.
    assert finds(story)[0].back_at == at("2026-08-31 08:00")
    await story.until("2026-08-31 12:00", released=True)
    [back] = story.told("came back")
    assert "The time limit is 2026-09-07" in back
    assert len(story.sent) == 2


async def test_interest_ends_with_the_decree_and_what_a_letter_claimed_beyond_it_is_taken_back(watched: Story) -> None:
    story = watched
    await rykker_1_has_gone(story)
    assert ("1001", "interest", Decimal("27.40")) in story.ledger, "8 days"
    story.becomes("bankrupt", "2026-08-07")
    await story.watch("2026-08-24 06:00")
    interest = [amount for _, kind, amount in story.ledger if kind == "interest"]
    assert interest == [Decimal("27.40"), Decimal("-13.70")], "4 days are left"


async def test_the_watch_may_run_as_often_as_it_likes_and_tells_once(watched: Story) -> None:
    story = watched
    await rykker_1_has_gone(story)
    story.becomes("bankrupt", "2026-08-24")
    assert (await story.watch("2026-08-24 06:00")).told == 1
    assert (await story.watch("2026-08-24 06:01")).told == 0
    assert (await story.watch("2026-08-25 06:00")).told == 0
    assert len(finds(story)) == 1
    assert mails_about(story, "ikke aktiv") == 1


async def test_a_find_two_minutes_before_nine_stops_what_was_to_leave_at_nine(watched: Story) -> None:
    story = watched
    await story.begins("2026-08-09 12:00")
    await story.watch("2026-08-09 12:00")
    await story.until("2026-08-11 08:55", released=True)
    assert story.proposal("rykker-1").released_at is not None
    story.becomes("bankrupt", "2026-08-11")
    await story.watch("2026-08-11 08:58")
    await story.until("2026-08-11 12:00", released=True)
    assert story.sent == []
    assert story.proposal("rykker-1").ended_why.startswith("the case was stopped (insolvency): bankrupt")


async def test_the_guard_sees_the_find_even_when_the_case_never_hears_of_it(watched: Story) -> None:
    story = watched
    await story.begins("2026-08-09 12:00")
    await story.watch("2026-08-09 12:00")
    await story.until("2026-08-11 08:55", released=True)
    with transaction(story.engines.database) as session:
        known = session.get_one(CompanyRow, ("DK", story.company))
        known.state, known.raw = "insolvent", "UNDERKONKURS"
    await story.until("2026-08-11 12:00", released=True)
    assert story.sent == []
    [verdict] = [v for v in story.verdicts("rykker-1", "solvent") if v.answer == "held"]
    assert verdict.why == "the register has the company as insolvent (UNDERKONKURS); a person decides"


async def test_an_admin_goes_on_in_spite_of_it_and_the_same_find_does_not_stop_the_case_again(watched: Story) -> None:
    story = watched
    await rykker_1_has_gone(story)
    story.becomes("reconstruction", "2026-08-20")
    await story.watch("2026-08-24 06:00")
    [stop] = story.freezes
    assert stop.startswith("insolvency: in reconstruction or composition (“UNDERREKONSTRUKTION” since 2026-08-20")
    await story.until("2026-08-24 10:00")
    await resume(story)
    assert (await story.watch("2026-08-25 06:00")).told == 0
    await story.until("2026-08-26 12:00", released=True)
    assert (story.sent[-1][:10], story.sent[-1][17:]) == ("2026-08-25", "rykker-2")
    verdict = story.verdicts("rykker-2", "solvent")[-1]
    assert verdict.inputs["accepted"] == "True"
    story.becomes("bankrupt", "2026-08-27")
    assert (await story.watch("2026-08-28 06:00")).told == 1
    assert story.freezes[0].startswith("insolvency: bankrupt")
    story.becomes("dissolved_after_bankruptcy", "2026-12-01")
    await story.watch("2026-12-02 06:00")
    assert [find.about.split(":")[3] for find in finds(story)] == ["restructuring", "insolvent", "gone"]


async def test_a_bankruptcy_that_is_lifted_is_told_once_and_an_admin_lets_the_case_go_on(watched: Story) -> None:
    story = watched
    await rykker_1_has_gone(story)
    story.becomes("bankrupt", "2026-08-24")
    await story.watch("2026-08-24 06:00")
    await story.until("2026-08-26 12:00")
    story.becomes("bankruptcy_lifted", "2026-08-27")
    assert (await story.watch("2026-08-27 06:00")).told == 1
    assert (await story.watch("2026-08-28 06:00")).told == 0
    [note] = story.told("noted")
    assert note == (
        f"Company {story.company} is active again, says Virk on 2026-08-27; the case stays stopped, an admin decides "
        "whether reminders go on"
    )
    assert mails_about(story, "active again") == 1
    await story.until("2026-08-28 10:00", released=True)
    assert len(story.freezes) == 1
    await resume(story)
    await story.until("2026-09-02 12:00", released=True)
    assert story.sent[-1].endswith("rykker-2")


async def test_what_was_told_to_be_over_and_comes_again_under_the_same_date_stops_the_case_again(
    watched: Story,
) -> None:
    story = watched
    await rykker_1_has_gone(story)
    story.becomes("bankrupt", "2026-08-24")
    await story.watch("2026-08-24 06:00")
    story.becomes("healthy", "2026-08-24")
    await story.watch("2026-08-25 06:00")
    await story.until("2026-08-25 08:00")
    await resume(story)
    story.becomes("bankrupt", "2026-08-24")
    assert (await story.watch("2026-08-26 06:00")).told == 1
    assert (await story.watch("2026-08-27 06:00")).told == 0
    assert len(story.freezes) == 1
    await story.until("2026-09-02 12:00", released=True)
    assert len(story.sent) == 2


@pytest.mark.parametrize(
    ("status", "begins", "says"),
    [
        ("merged", "insolvency: dissolved (“OPLØSTEFTERFUSION”", "the continuing company owes the claim"),
        ("odd", "insolvency: of unclear standing (“UNDERFORVANDLING”", "Nothing is known about this status"),
        ("forced_dissolution", "insolvency: being wound up", "probate court"),
        ("deleted", "insolvency: dissolved (“SLETTET”", "The company is closed in the register"),
    ],
)
async def test_every_other_find_stops_the_case_and_says_what_to_do(
    watched: Story, status: str, begins: str, says: str
) -> None:
    story = watched
    await rykker_1_has_gone(story)
    story.becomes(status, "2026-08-21")
    await story.watch("2026-08-24 06:00")
    [stop] = story.freezes
    assert stop.startswith(begins)
    assert says in stop
    await story.until("2026-08-27 12:00", released=True)
    assert len(story.sent) == 2


async def test_a_norwegian_company_that_is_deleted_is_caught_although_its_register_answers_200(story: Story) -> None:
    story.in_norway()
    story.company = "923609016"
    story.settings = story.settings.model_copy(update={"company_watch": True})
    story.engines.companies.companies.add(story.company, "Havn AS", country="NO")
    story.book.add_customer(HAVN, "Havn AS", email=story.email, mobile=story.mobile, cvr="923 609 016")
    await story.begins("2026-07-29 12:00")
    await story.watch("2026-07-29 12:00")
    assert row(story, "NO").state == "healthy"
    story.becomes("deleted", "2026-08-10")
    await story.watch("2026-08-11 06:00")
    [stop] = story.freezes
    assert stop.startswith("insolvency: dissolved (“SlettetEnhet” since 2026-08-10, says Enhetsregisteret)")
    story.becomes("bankrupt", "2026-08-12")
    await story.watch("2026-08-12 06:00")
    assert all("TESTESEN" not in stop for stop in story.freezes), "reasons travel through Temporal"
    assert row(story, "NO").trustee == "KARI TESTESEN"
    await story.until("2026-08-12 08:00")
    assert mails_about(story, "Trustee: KARI TESTESEN.") == 1


async def test_a_company_that_is_revived_is_a_warning_and_reminders_go_on(watched: Story) -> None:
    story = watched
    await rykker_1_has_gone(story)
    with transaction(story.engines.database) as session:
        known = session.get_one(CompanyRow, ("DK", story.company))
        known.state, known.raw, known.since = "winding_up", "UNDERREASSUMERING", date(2026, 8, 20)
    story.engines.companies.fault("status", status=503, times=0)
    assert (await story.watch("2026-08-24 06:00")).told == 1
    assert (await story.watch("2026-08-25 06:00")).told == 0
    [note] = story.told("noted")
    assert "being wound up (“UNDERREASSUMERING” since 2026-08-20, says Virk). The company is being revived" in note
    assert mails_about(story, "give no new credit") == 1
    await story.until("2026-08-26 12:00", released=True)
    assert story.sent[-1] == "2026-08-25 09:00 rykker-2"
