"""One engine for the whole session: a Temporal server that skips time, a worker, a database, and the stand-ins."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.shelf import Shelf
from commands.dev_server import temporal_binary, time_travel_flags
from models.database import migrate, open_database
from models.settings import Settings
from standins.economic.server import EconomicStandin
from standins.sendgrid.server import SendGridStandin
from standins.server import running
from standins.twilio.server import TwilioStandin
from tests.story import Engines, Story
from worker import build_worker
from workflows.names import SEARCH_ATTRIBUTES

# temporalio logs each retried activity; a test that provokes one is not in trouble.
logging.getLogger("temporalio").setLevel(logging.ERROR)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for server, worker and all cases."""
    return "asyncio"


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A fresh SQLite file, or the PostgreSQL that TEST_DATABASE_URL names."""
    return os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{tmp_path_factory.mktemp('database') / 'rykker.db'}"


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
async def client() -> AsyncIterator[Client]:
    """A plain client of the server that can skip time; cases are moved one by one."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=pydantic_data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_log_level="error",
        dev_server_extra_args=time_travel_flags(),
    ) as environment:
        yield environment.client


@pytest.fixture(scope="session")
async def engines(
    client: Client,
    database: Engine,
    economic: EconomicStandin,
    sendgrid: SendGridStandin,
    twilio: TwilioStandin,
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
    )
    shelf = Shelf(database, economic.url, economic.url, "standin-app-secret")
    worker = build_worker(
        client,
        settings,
        database,
        shelf=shelf,
        task_queue="tests",
        max_cached_workflows=int(os.environ.get("MAX_CACHED_WORKFLOWS", "1000")),
    )
    async with worker:
        yield Engines(client, database, economic, sendgrid, twilio, shelf, settings, "tests")
    shelf.close()


@pytest.fixture
def story(engines: Engines) -> Story:
    """A creditor of its own for every test, so that stories do not meet."""
    return Story(engines, f"nordlys-{uuid.uuid4().hex[:8]}")
