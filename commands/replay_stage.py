"""Where a replay takes place: a server, a worker, a database and stand-ins that leave nothing behind."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from activities.shelf import Shelf
from commands.dev_server import temporal_binary, time_travel_flags
from models.database import migrate, open_database
from models.settings import Settings
from standins.sendgrid import server as sendgrid_server
from standins.sendgrid.server import SendGridStandin
from standins.server import running
from standins.twilio import server as twilio_server
from standins.twilio.server import TwilioStandin
from worker import build_worker
from workflows.names import SEARCH_ATTRIBUTES


@dataclass(frozen=True)
class Stage:
    """Everything a replay needs to be running; the worker listens on the task queue."""

    client: Client
    database: Engine
    shelf: Shelf
    sendgrid: SendGridStandin
    twilio: TwilioStandin
    task_queue: str


@asynccontextmanager
async def built_stage() -> AsyncIterator[Stage]:
    """Build a stage in a temporary folder and take it down afterwards, also when the replay is stopped."""
    logging.getLogger("temporalio").setLevel(logging.ERROR)
    with (
        TemporaryDirectory(prefix="rykker-replay-", ignore_cleanup_errors=True) as folder,
        running(SendGridStandin()) as sendgrid,
        running(TwilioStandin()) as twilio,
    ):
        address = f"sqlite:///{Path(folder) / 'rykker.db'}"
        await asyncio.to_thread(migrate, address)
        database = open_database(address)
        shelf = Shelf(database, "", "", "")
        task_queue = f"replay-{uuid.uuid4().hex[:8]}"
        try:
            async with await WorkflowEnvironment.start_local(
                dev_server_existing_path=temporal_binary(),
                data_converter=pydantic_data_converter,
                search_attributes=SEARCH_ATTRIBUTES,
                dev_server_log_level="never",
                dev_server_extra_args=time_travel_flags(),
            ) as environment:
                settings = _settings(Path(folder), sendgrid, twilio)
                worker = build_worker(environment.client, settings, database, shelf=shelf, task_queue=task_queue)
                async with worker:
                    yield Stage(environment.client, database, shelf, sendgrid, twilio, task_queue)
        finally:
            database.dispose()


def _settings(folder: Path, sendgrid: SendGridStandin, twilio: TwilioStandin) -> Settings:
    """Real clients with the addresses and keys of the stand-ins: whatever the environment says, nothing leaves."""
    return Settings(
        rykker_data=folder,
        heads_up_gather_seconds=0,
        sendgrid_api_key=sendgrid_server.KEY,
        sendgrid_host=sendgrid.url,
        twilio_account_sid=twilio_server.SID,
        twilio_auth_token=twilio_server.TOKEN,
        twilio_base_url=twilio.url,
        twilio_sender="Replay",
    )
