"""One engine for the whole session: a Temporal server that skips time, a worker, a database, and the stand-ins."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine, make_url
from temporalio.client import Client

from activities.company_watch import registers_of
from activities.shelf import Shelf
from commands.dev_server import server_of_its_own, time_travel_flags
from models.database import migrate, open_database
from models.settings import Settings
from standins.economic.server import EconomicStandin
from standins.registers import RegistersStandin
from standins.registers.server import VIRK_PASSWORD, VIRK_USER
from standins.sendgrid.server import SendGridStandin
from standins.server import running
from standins.twilio.server import TwilioStandin
from tests.api_fixtures import Api, api_of
from tests.case_writers import cases_are_taken
from tests.lock_order import locks_are_in_order
from tests.page_fixtures import CustomerPage, page_of
from tests.replayed import end_cases, replay
from tests.story import Engines, Story
from worker import build_worker

__all__ = ["cases_are_taken", "locks_are_in_order"]

# temporalio logs each retried activity; a test that provokes one is not in trouble.
logging.getLogger("temporalio").setLevel(logging.ERROR)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for server, worker and all cases."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs again on PostgreSQL, by the fixtures it uses."""
    for item in items:
        if "new_database" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Addresses of empty databases: SQLite files, or databases of our own in the PostgreSQL of TEST_DATABASE_URL."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield lambda: f"sqlite:///{tmp_path_factory.mktemp('database') / 'rykker.db'}"
        return
    address = make_url(server).set(drivername="postgresql+psycopg")
    names: list[str] = []
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:

        def create() -> str:
            names.append(f"rykker_{uuid.uuid4().hex}")
            connection.exec_driver_sql(f"CREATE DATABASE {names[-1]}")
            return address.set(database=names[-1]).render_as_string(hide_password=False)

        yield create
        for name in names:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], str]) -> str:
    """The database of the session."""
    return new_database()


@pytest.fixture(scope="session")
def database(database_url: str) -> Iterator[Engine]:
    migrate(database_url)
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def economic() -> Iterator[EconomicStandin]:
    with running(EconomicStandin(rate_limit=10_000_000)) as standin:
        yield standin


@pytest.fixture(scope="session")
def sendgrid() -> Iterator[SendGridStandin]:
    with running(SendGridStandin(api_key="SG.test")) as standin:
        yield standin


@pytest.fixture(scope="session")
def twilio() -> Iterator[TwilioStandin]:
    with running(TwilioStandin()) as standin:
        yield standin


@pytest.fixture(scope="session")
def companies() -> Iterator[RegistersStandin]:
    """The company registers."""
    with running(RegistersStandin()) as standin:
        yield standin


@pytest.fixture(scope="session")
async def client() -> AsyncIterator[Client]:
    """A plain client of the server that can skip time; cases are moved one by one."""
    async with await server_of_its_own(time_travel_flags()) as environment:
        yield environment.client


@pytest.fixture(scope="session")
async def engines(
    client: Client,
    database: Engine,
    economic: EconomicStandin,
    sendgrid: SendGridStandin,
    twilio: TwilioStandin,
    companies: RegistersStandin,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Engines]:
    """Everything that runs once per session."""
    settings = Settings(
        rykker_data=tmp_path_factory.mktemp("data"),
        heads_up_gather_seconds=0,
        economic_rest_url=economic.url,
        economic_openapi_url=economic.url,
        sendgrid_api_key="SG.test",
        sendgrid_host=sendgrid.url,
        twilio_account_sid="AC" + "5" * 32,
        twilio_auth_token="standin-token",
        twilio_base_url=twilio.url,
        twilio_sender="Nordlys",
        virk_url=companies.url,
        virk_user=VIRK_USER,
        virk_password=VIRK_PASSWORD,
        brreg_url=f"{companies.url}/enhetsregisteret/api",
    )
    registers = registers_of(settings, sleep=lambda _: None)
    shelf = Shelf(database, economic.url, economic.url, "standin-app-secret")
    worker = build_worker(
        client,
        settings,
        database,
        shelf=shelf,
        registers=registers,
        task_queue="tests",
    )
    async with worker:
        yield Engines(client, database, economic, sendgrid, twilio, shelf, settings, "tests", companies, registers)
    shelf.close()
    registers.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API waits longer for a worker and for Temporal than a person would, for this machine is busy."""
    for limit in ("web.engine.PATIENCE", "web.engine.A_MOMENT", "web.delivery_hooks.A_MOMENT", "web.health.PATIENCE"):
        monkeypatch.setattr(limit, 60.0)


@pytest.fixture
async def story(engines: Engines) -> AsyncIterator[Story]:
    """A creditor of its own for every test, so that stories do not meet; its cases are replayed when it is told.

    No case outlives its story: one that tried again in the middle of the next would meet the faults meant for that.
    """
    story = Story(engines, f"nordlys-{uuid.uuid4().hex[:8]}")
    yield story
    try:
        for case in story.cases:
            await replay(engines.client, case)
    finally:
        await end_cases(engines.client, [case.workflow_id for case in story.cases])


@pytest.fixture
async def api(engines: Engines, story: Story) -> AsyncIterator[Api]:
    """The HTTP API, for the people of the story's creditor."""
    async with api_of(engines, story.creditor) as api:
        yield api


@pytest.fixture
async def page(story: Story) -> AsyncIterator[CustomerPage]:
    """The page of the story's customer."""
    async with page_of(story) as page:
        yield page
