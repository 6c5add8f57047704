"""The company watch by itself: whom it asks, what it keeps, and that no trouble stops the rest of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter
from sqlalchemy import Engine
from temporalio.api.enums.v1 import ScheduleOverlapPolicy
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities import company_watch
from activities.company_standing import advice_on, company_of, decree_day, standing_of, status_of
from activities.company_store import keep, rows_of
from activities.company_watch import LEFT_ALONE, CompanyWatch, registers_of
from commands.rounds import WATCH, keep_rounds
from commands.time_travel import shift_to
from models.case import MirrorInput, MirrorRound
from models.cases import CaseRow
from models.company import CompanyState, CompanyStatus, Consequence, Source
from models.database import reading, transaction
from models.mirror import CompanyRow, CustomerRow
from models.news import InsolvencyFound, News, Noted
from models.settings import Settings
from models.watch import WatchInput, WatchRound
from standins.registers import RegistersStandin
from tests.asking_registers import Clock, addresses_of, asking
from tests.story import Story, at

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 8, 24, 4, 0, tzinfo=UTC)
AS_OF = at("2026-08-24 06:00")


@pytest.fixture(autouse=True)
def mended(companies: RegistersStandin) -> Iterator[None]:
    yield
    companies.reset()


@pytest.fixture
async def watched(story: Story) -> Story:
    story.in_the_register()
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    return story


def answer(state: CompanyState, raw: str, at: datetime = NOW, source: Source = Source.virk) -> CompanyStatus:
    return CompanyStatus(number="99999993", country="DK", state=state, raw=raw, source=source, read_at=at)


def silence(problem: str = "Virk: status 503") -> CompanyStatus:
    return CompanyStatus(number="99999993", country="DK", state=CompanyState.unknown, read_at=NOW, problem=problem)


def row_of(database: Engine, company: tuple[str, str]) -> CompanyRow:
    with transaction(database) as session:
        return session.get_one(CompanyRow, company)


# --- whose company ---


@pytest.mark.parametrize(
    ("written", "country", "company"),
    [
        ("99999993", "DK", ("DK", "99999993")),
        ("DK 99 99 99 93", "NO", ("DK", "99999993")),
        ("99–99–99–93", "DK", ("DK", "99999993")),
        ("923 609 016 MVA", "DK", ("NO", "923609016")),
        ("01000004", "DK", ("DK", "01000004")),
        ("99999994", "DK", None),
        ("010190-1234", "DK", None),
        ("DE 123456789", "DK", None),
        ("", "DK", None),
        ("\x00", "NO", None),
    ],
)
def test_a_number_in_the_books_names_a_company_or_nobody(
    written: str, country: str, company: tuple[str, str] | None
) -> None:
    assert company_of(written, country) == company


@pytest.mark.parametrize(
    ("find", "day"),
    [
        ("company:DK:99999993:insolvent:UNDERKONKURS:2026-08-24", "2026-08-24"),
        ("company:NO:923609016:insolvent:konkurs:2026-08-24:2", "2026-08-24"),
        ("company:DK:99999993:insolvent:odd: word:2026-08-24", "2026-08-24"),
        ("company:DK:99999993:insolvent:UNDERKONKURS:None", None),
        ("company:DK:99999993:gone:OPLØSTEFTERKONKURS:2026-08-24", None),
        ("found-by-hand", None),
    ],
)
def test_only_a_bankruptcy_with_a_day_is_a_decree(find: str, day: str | None) -> None:
    assert (str(decree_day(find)) if decree_day(find) else None) == day


# --- what is kept ---


def test_no_answer_keeps_what_is_known_with_its_date_and_says_since_when_nobody_answers(database: Engine) -> None:
    company = ("DK", "keep-1")
    keep(database, company, answer(CompanyState.insolvent, "UNDERKONKURS"), NOW)
    for hours in (24, 48):
        keep(database, company, silence(), NOW + timedelta(hours=hours))
    row = row_of(database, company)
    assert (row.state, row.raw, row.read_at, row.problem) == ("insolvent", "UNDERKONKURS", NOW, "Virk: status 503")
    assert (row.unanswered_since, row.asked_at) == (NOW + timedelta(hours=24), NOW + timedelta(hours=48))
    keep(database, company, answer(CompanyState.healthy, "NORMAL", NOW + timedelta(days=3)), NOW + timedelta(days=3))
    row = row_of(database, company)
    assert (row.state, row.problem, row.unanswered_since) == ("healthy", "", None)


def test_what_was_never_answered_is_unknown_and_has_no_date(database: Engine) -> None:
    company = ("DK", "keep-2")
    keep(database, company, silence("Virk knows no company with this number"), NOW)
    row = row_of(database, company)
    assert (row.state, row.read_at, status_of(row)) == ("unknown", None, None)
    said = advice_on(row, NOW.date())
    assert said.consequence is Consequence.ask
    assert "Virk knows no company with this number" in said.text
    assert advice_on(None, NOW.date()).consequence is Consequence.ask


def test_cvrapis_all_clear_replaces_no_bad_word_of_virk_and_an_older_answer_no_newer_one(database: Engine) -> None:
    company = ("DK", "keep-3")
    keep(database, company, answer(CompanyState.restructuring, "UNDERREKONSTRUKTION"), NOW)
    later = NOW + timedelta(days=1)
    blind = answer(CompanyState.healthy, "no enddate, no creditbankrupt", later, Source.cvrapi)
    keep(database, company, blind, later)
    assert (row_of(database, company).state, row_of(database, company).read_at) == ("restructuring", NOW)
    keep(database, company, answer(CompanyState.healthy, "NORMAL", NOW - timedelta(hours=1)), later)
    assert row_of(database, company).state == "restructuring"


def test_the_same_number_in_two_countries_is_two_companies(database: Engine) -> None:
    keep(database, ("DK", "keep-4"), answer(CompanyState.healthy, "NORMAL"), NOW)
    keep(database, ("NO", "keep-4"), answer(CompanyState.odd, "?"), NOW)
    with reading(database) as session:
        assert {key: row.state for key, row in rows_of(session, [("DK", "keep-4"), ("NO", "keep-4")]).items()} == {
            ("DK", "keep-4"): "healthy",
            ("NO", "keep-4"): "odd",
        }


# --- the round ---


def with_others(watched: Story) -> list[str]:
    """Three more companies owe as Havn A/S does; the numbers of all four in their order."""
    companies = [watched.company]
    for number in (1002, 1003, 1004):
        other = Story(watched.engines, f"{watched.creditor}-{number}")
        other.in_the_register()
        companies.append(other.company)
        watched.book.add_customer(
            number, f"Nr {number}", email=f"k{number}@{watched.creditor}.example", cvr=other.company
        )
        watched.invoice(number, "500.00", "2026-08-03", customer=number)
    return companies


async def test_as_an_activity_it_shows_signs_of_life(watched: Story) -> None:
    environment, beats = ActivityEnvironment(), list[object]()
    environment.on_heartbeat = lambda *details: beats.extend(details)
    asked = WatchInput(creditor=watched.creditor, time_shift=watched.time_shift)
    found = await environment.run(watched.watching().watch_companies, asked, AS_OF)
    assert (found.watched, found.asked, found.answered, found.told) == (1, 1, 1, 0)
    assert beats == ["asking the registers"]


async def test_an_answer_of_the_same_morning_is_taken_from_memory_and_one_of_yesterday_is_not(watched: Story) -> None:
    journal = watched.engines.companies.journal
    asked = WatchInput(creditor=watched.creditor)
    before = len(journal())
    for _ in range(3):
        await watched.watching().watch_companies(asked, AS_OF)
    assert len(journal()) == before + 1
    await watched.watching().watch_companies(asked.model_copy(update={"time_shift": timedelta(days=1)}), AS_OF)
    assert len(journal()) == before + 2, "where time is skipped memory is of another day"


async def test_new_cases_are_asked_about_once_and_all_others_wait_for_the_morning(watched: Story) -> None:
    asked = WatchInput(creditor=watched.creditor, time_shift=watched.time_shift, unasked=True)
    found = [await watched.watching().watch_companies(asked, AS_OF) for _ in range(2)]
    assert [(one.watched, one.asked) for one in found] == [(1, 1), (1, 0)]
    tomorrow = watched.watching(clock=lambda: datetime.now(UTC) + timedelta(hours=25))
    assert (await tomorrow.watch_companies(asked, AS_OF)).asked == 1


async def test_a_round_of_the_mirror_that_opens_a_case_ends_by_asking_about_it(story: Story) -> None:
    story.in_the_register()
    story.becomes("forced_dissolution", "2026-08-01")
    story.invoice(1001, "12500.00", "2026-08-03")
    story.connect()
    story.time_shift = shift_to(at("2026-08-09 12:00"))
    engines, asked = story.engines, MirrorInput(creditor=story.creditor, time_shift=shift_to(at("2026-08-09 12:00")))
    for turn, opened in ((1, 1), (2, 0)):
        found: MirrorRound = await engines.client.execute_workflow(
            "MirrorBooks", asked, id=f"m-{story.creditor}-{turn}", task_queue="tests", result_type=MirrorRound
        )
        assert (found.complete, found.opened) == (True, opened)
        await story.quiet()
        assert [stop.split(" (")[0] for stop in story.freezes] == ["insolvency: being wound up"]
    watch: WatchRound = await engines.client.execute_workflow(
        "WatchCompanies",
        WatchInput(creditor=story.creditor, time_shift=story.time_shift),
        id=f"w-{story.creditor}",
        task_queue="tests",
        result_type=WatchRound,
    )
    assert (watch.watched, watch.asked, watch.answered, watch.told) == (1, 1, 1, 0)


async def test_a_new_case_of_a_company_that_is_known_to_be_bankrupt_is_stopped_without_asking(watched: Story) -> None:
    await watched.watch("2026-08-09 12:00")
    with transaction(watched.engines.database) as session:
        row = session.get_one(CompanyRow, ("DK", watched.company))
        row.state, row.raw, row.since = "insolvent", "UNDERKONKURS", AS_OF.date()
    found = await watched.watch("2026-08-09 12:10", unasked=True)
    assert (found.asked, found.told) == (0, 1)
    assert watched.freezes[0].startswith("insolvency: bankrupt")


async def test_registers_that_never_answer_are_left_alone_and_everybody_keeps_the_reason(
    watched: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four companies in pages of one; the first two questions find nobody."""
    monkeypatch.setattr(company_watch, "PAGE", 1)
    companies = with_others(watched)
    await watched.mirror(at("2026-08-09 12:00"))
    watched.engines.companies.fault("status", status=503, times=0)
    before = len(watched.engines.companies.journal())
    found = await watched.watch("2026-08-10 06:00")
    assert (found.asked, found.answered) == (4, 0)
    assert len(watched.engines.companies.journal()) == before + 6, "two questions with three tries"
    with reading(watched.engines.database) as session:
        rows = rows_of(session, [("DK", company) for company in companies])
    assert [row.problem == LEFT_ALONE for _, row in sorted(rows.items())] == [False, False, True, True]
    assert all(row.unanswered_since for row in rows.values())


async def test_without_virk_the_days_questions_go_round_to_everybody(watched: Story) -> None:
    """Four companies and two questions a day: those never answered first, then those answered longest ago."""
    companies = with_others(watched)
    await watched.mirror(at("2026-08-09 12:00"))
    standin, clock = watched.engines.companies, Clock()
    asked = []
    with asking(
        addresses_of(standin, virk_user="", virk_password=""), clock=clock, cvrapi_a_day=2, max_age=timedelta()
    ) as registers:
        cases = watched.watching().cases
        watch = CompanyWatch(watched.engines.database, registers, cases, clock=clock)
        for day in range(24, 28):
            before = len(standin.journal())
            await watch.watch_companies(WatchInput(creditor=watched.creditor), at(f"2026-08-{day} 06:00"))
            asked.append([entry.query["vat"] for entry in standin.journal()[before:]])
            clock.pass_by(days=1)
    first, second = companies[:2], companies[2:]
    assert asked == [first, second, first, second]


async def test_one_case_that_cannot_be_told_keeps_no_other_from_being_told_and_the_round_is_repeated(
    watched: Story,
) -> None:
    """A customer number that is too long for the id of a workflow, as no book has it."""
    endless = "0" * 1100
    case = {**watched.case.model_dump(), "id": f"{watched.creditor}.0", "customer_number": endless}
    with transaction(watched.engines.database) as session:
        customer = session.get_one(CustomerRow, (watched.creditor, "1001"))
        session.add(CustomerRow(**{**customer.model_dump(), "number": endless}))
        session.add(CaseRow(**case))
    watched.becomes("bankrupt", "2026-08-10")
    watch = watched.watching()
    asked = WatchInput(creditor=watched.creditor, time_shift=watched.time_shift)
    with pytest.raises(Exception, match=r"(?i)workflow ?id"):
        await watch.watch_companies(asked, AS_OF)
    await watched.quiet()
    with transaction(watched.engines.database) as session:
        session.delete(session.get_one(CaseRow, f"{watched.creditor}.0"))
    assert watched.freezes[0].startswith("insolvency: bankrupt")


async def test_a_closed_case_is_neither_asked_about_nor_told(watched: Story) -> None:
    watched.book.register_payment(1001, on=AS_OF.date())
    await watched.told_by_the_books("2026-08-10 12:00")
    assert watched.case.state == "closed"
    watched.becomes("bankrupt", "2026-08-10")
    assert (await watched.watch("2026-08-11 06:00")).watched == 0


async def test_what_a_person_told_and_what_the_register_found_stop_the_case_each_for_itself(watched: Story) -> None:
    await watched.watch("2026-08-09 12:00")
    await watched.until("2026-08-10 12:00", released=True)
    await watched.tell("insolvency_found", InsolvencyFound(id="by-hand", status="they told us", source="a call"))
    watched.becomes("bankrupt", "2026-08-11")
    await watched.watch("2026-08-11 06:00")
    assert [stop.split(" (")[0] for stop in watched.freezes] == ["insolvency: they told us", "insolvency: bankrupt"]


async def test_what_the_guards_learn_is_nothing_without_a_number_an_answer_or_the_watch(watched: Story) -> None:
    case = watched.case
    with transaction(watched.engines.database) as session:
        customer = session.get_one(CustomerRow, (watched.creditor, "1001"))
        assert standing_of(session, case, customer, watched.settings) is None, "nobody was asked yet"
        assert standing_of(session, case, None, watched.settings) is None
    await watched.watch("2026-08-09 12:00")
    off = watched.settings.model_copy(update={"company_watch": False})
    with transaction(watched.engines.database) as session:
        known = standing_of(session, case, customer, watched.settings)
        assert standing_of(session, case, customer, off) is None
    assert known is not None
    assert (known.state, known.allowed, known.accepted, known.said) == ("healthy", True, False, "NORMAL")
    assert 0 <= known.age_seconds < 60


# --- the schedule and the settings ---


async def test_every_creditor_is_watched_at_six_of_its_own_clock(watched: Story, client: Client) -> None:
    engines = watched.engines
    creditors = await keep_rounds(client, engines.database, [WATCH], engines.task_queue)
    assert watched.creditor in creditors
    handle = client.get_schedule_handle(WATCH.schedule_id(watched.creditor))
    try:
        watched.switch(zone="Europe/Oslo")
        await handle.pause(note="an admin's holiday")
        await keep_rounds(client, engines.database, [WATCH], engines.task_queue)
        schedule = (await handle.describe()).schedule
        assert schedule.spec.time_zone_name == "Europe/Oslo"
        [calendar] = schedule.spec.calendars
        assert (calendar.hour[0].start, calendar.minute[0].start, calendar.day_of_week[0].end) == (6, 0, 6)
        assert schedule.policy.overlap.value == ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP
        assert schedule.policy.catchup_window == timedelta(days=1)
        assert schedule.state.paused, "and what people set stays"
    finally:
        for creditor in creditors:
            await client.get_schedule_handle(WATCH.schedule_id(creditor)).delete()


def test_an_address_that_cannot_be_right_is_refused_when_the_worker_starts() -> None:
    with pytest.raises(ValueError, match="Company - Project - Contact"):
        registers_of(Settings(cvrapi_agent="me"))


def test_histories_from_before_the_watch_still_load() -> None:
    news: TypeAdapter[News] = TypeAdapter(News)
    found = news.validate_python({"kind": "insolvency", "id": "i", "status": "UNDER KONKURS"})
    noted = news.validate_python({"kind": "note", "id": "n", "what": "an automatic reply"})
    assert isinstance(found, InsolvencyFound)
    assert (found.number, found.since, found.by_day, found.consequence) == ("", None, None, "")
    assert isinstance(noted, Noted)
    assert noted.tell is False
