"""The API's companies: how they stand, for whom, and asking the registers at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from api import create_app
from models.clock import real_now
from standins.registers import RegistersStandin
from tests.api_fixtures import Api, speaking
from tests.story import Story

pytestmark = pytest.mark.anyio
KAJ, PERSON = 1002, 1003


@pytest.fixture(autouse=True)
def mended(companies: RegistersStandin) -> Iterator[None]:
    yield
    companies.reset()


@pytest.fixture
async def watched(story: Story) -> Story:
    """Havn A/S of Rasmus, Kaj ApS of Ida, and a person; all of them owe something."""
    story.in_the_register()
    kaj = Story(story.engines, f"{story.creditor}-kaj")
    kaj.in_the_register()
    story.book.add_customer(KAJ, "Kaj ApS", email=f"kaj-{story.email}", cvr=kaj.company, sales_person=2)
    story.book.add_customer(PERSON, "Mette Holm", email=f"mette-{story.email}", sales_person=1)
    for number, customer in ((1001, 1001), (1002, KAJ), (1003, PERSON)):
        story.invoice(number, "1000.00", "2026-08-03", customer=customer)
    await story.begins("2026-08-09 12:00")
    return story


@pytest.fixture
async def api(watched: Story) -> AsyncIterator[Api]:
    engines = watched.engines
    app = create_app(
        engines.settings,
        engines.database,
        engines.client,
        clock=lambda: real_now() + watched.time_shift,
        task_queue=engines.task_queue,
    )
    async with speaking(app) as http:
        yield Api(http, watched.creditor)


async def test_companies_are_listed_with_what_the_register_says_and_what_to_do(watched: Story, api: Api) -> None:
    before = (await api.get("/companies"))["items"]
    assert [(line["customer"], line["state"], line["problem"]) for line in before] == [
        ("Havn A/S", "unknown", "it has not been asked yet"),
        ("Kaj ApS", "unknown", "it has not been asked yet"),
    ]
    watched.becomes("bankrupt", "2026-08-09")
    await watched.watch("2026-08-09 12:00")
    havn, kaj = (await api.get("/companies"))["items"]
    assert (havn["number"], havn["state"], havn["said"]) == (watched.company, "insolvent", "UNDERKONKURS")
    assert (havn["source"], havn["since"], havn["by"]) == ("virk", "2026-08-09", "2026-09-06")
    assert (havn["consequence"], havn["case_state"], havn["problem"]) == ("freeze", "frozen", "")
    assert havn["advice"].startswith("Bankrupt: stop letters and fees")
    assert havn["read_at"] is not None
    assert (kaj["state"], kaj["consequence"], kaj["advice"]) == ("healthy", "go_on", "The company is active: go on.")
    for query, customers in (
        ({"not_healthy": True}, ["Havn A/S"]),
        ({"not_healthy": False}, ["Kaj ApS"]),
        ({"state": "insolvent"}, ["Havn A/S"]),
        ({"state": "gone"}, []),
        ({"limit": 1, "offset": 1}, ["Kaj ApS"]),
    ):
        assert [line["customer"] for line in (await api.get("/companies", **query))["items"]] == customers
    await api.refused(422, "GET", "/companies?state=poor")


async def test_a_rep_sees_its_own_and_asks_nobody(watched: Story, api: Api) -> None:
    assert [line["customer"] for line in (await api.get("/companies", by="ida"))["items"]] == ["Kaj ApS"]
    assert [line["customer"] for line in (await api.get("/companies", by="rasmus"))["items"]] == ["Havn A/S"]
    refused = await api.refused(403, "POST", "/companies/1001/ask", by="rasmus")
    assert "Only an admin can have the registers asked" in refused["detail"]
    other = Story(watched.engines, f"{watched.creditor}-other")
    other.settings = watched.settings
    other.connect()
    stranger = Api(api.http, other.creditor)
    assert (await stranger.get("/companies"))["items"] == []
    await stranger.refused(404, "POST", "/companies/1001/ask")


async def test_an_admin_has_the_registers_asked_and_a_find_stops_the_case_before_the_answer(
    watched: Story, api: Api
) -> None:
    answer = await api.do("/companies/1001/ask", None)
    assert (answer["state"], answer["customer"], answer["case_state"]) == ("healthy", "Havn A/S", "waiting")
    watched.becomes("reconstruction", "2026-08-08")
    answer = await api.do("/companies/1001/ask", None)
    assert (answer["state"], answer["consequence"]) == ("restructuring", "freeze")
    for case in watched.cases:
        while (standing := await watched.traveller.standing(case)) is not None and standing.unheard:
            pass
    file = await api.get(f"/cases/{answer['case_id']}")
    assert file["state"] == "frozen"
    assert file["company"]["state"] == "restructuring"
    assert "reconstruction" in file["company"]["advice"]
    [kaj] = [line for line in (await api.get("/companies"))["items"] if line["customer"] == "Kaj ApS"]
    assert kaj["asked_at"] is None, "only one was asked about"


async def test_a_register_that_is_down_is_answered_as_such_and_what_is_known_stays(watched: Story, api: Api) -> None:
    await api.do("/companies/1001/ask", None)
    watched.engines.companies.fault("status", status=503, times=0)
    answer = await api.do("/companies/1001/ask", None)
    assert (answer["state"], answer["problem"]) == ("healthy", "Virk: status 503; cvrapi: it is not set up")
    assert answer["unanswered_since"] is not None


@pytest.mark.parametrize(
    ("customer", "status", "says"),
    [
        (PERSON, 409, "Persons stand in no register"),
        (4711, 404, "There is no such customer"),
        ("%00", 404, "There is no such customer"),
    ],
)
async def test_about_whom_nobody_can_be_asked(api: Api, customer: object, status: int, says: str) -> None:
    assert says in (await api.refused(status, "POST", f"/companies/{customer}/ask"))["detail"]


async def test_without_the_watch_nobody_is_asked_and_the_case_says_nothing_of_it(watched: Story, api: Api) -> None:
    watched.switch(company_watch=False)
    assert "switched off" in (await api.refused(409, "POST", "/companies/1001/ask"))["detail"]
    assert (await api.get(f"/cases/{watched.case.id}"))["company"] is None


async def test_a_person_has_no_company_in_its_case(watched: Story, api: Api) -> None:
    found = {(await api.get(f"/cases/{case.id}"))["customer"]: case.id for case in watched.cases}
    assert (await api.get(f"/cases/{found['Mette Holm']}"))["company"] is None
    assert (await api.get(f"/cases/{found['Havn A/S']}"))["company"]["state"] == "unknown"


async def test_an_engine_that_does_not_answer_is_said_so(watched: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker waits on this queue."""
    monkeypatch.setattr("web.engine.REGISTERS_PATIENCE", 3.0)
    engines = watched.engines
    app = create_app(engines.settings, engines.database, engines.client, task_queue=f"nobody-{watched.creditor}")
    async with speaking(app) as http:
        refused = await Api(http, watched.creditor).refused(503, "POST", "/companies/1001/ask")
    assert "The question goes on by itself" in refused["detail"]
    handle = engines.client.get_workflow_handle(f"watch/{watched.creditor}/asked/1001")
    await handle.terminate("nobody works here")
