"""Where a replay takes place: a server, a worker, a database and stand-ins that leave nothing behind."""

from __future__ import annotations

import asyncio
import logging
import uuid
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError

from activities.shelf import Shelf
from commands.dev_server import search_attribute_flags, temporal_binary, time_travel_flags
from commands.stack import START_SECONDS, Part, StackError, free_port
from models.database import migrate, open_database
from models.settings import Settings
from standins.sendgrid import server as sendgrid_server
from standins.sendgrid.server import SendGridStandin
from standins.server import running
from standins.twilio import server as twilio_server
from standins.twilio.server import TwilioStandin
from worker import build_worker


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
    """Build a stage in a temporary folder and take it down afterwards, also when the replay is stopped.

    Raises StackError when Temporal does not come up, and FileNotFoundError when there is none.
    """
    # A busy machine makes the engine slow, which it would tell us between the lines of the report.
    logging.getLogger("temporalio").setLevel(logging.ERROR)
    with (
        TemporaryDirectory(prefix="rykker-replay-", ignore_cleanup_errors=True) as name,
        running(SendGridStandin()) as sendgrid,
        running(TwilioStandin()) as twilio,
    ):
        folder = Path(name)
        address = f"sqlite:///{folder / 'rykker.db'}"
        await asyncio.to_thread(migrate, address)
        database = open_database(address)
        shelf = Shelf(database, "", "", "")
        task_queue = f"replay-{uuid.uuid4().hex[:8]}"
        try:
            async with _temporal(folder) as client:
                settings = _settings(folder, sendgrid, twilio)
                async with build_worker(client, settings, database, shelf=shelf, task_queue=task_queue):
                    yield Stage(client, database, shelf, sendgrid, twilio, task_queue)
        finally:
            database.dispose()


@asynccontextmanager
async def _temporal(folder: Path) -> AsyncIterator[Client]:
    """A server of its own that keeps everything in memory; a Ctrl-C reaches only us, and we stop it last."""
    port, log = free_port(), folder / "temporal.log"
    command = [
        *(temporal_binary(), "server", "start-dev", "--headless", "--log-level", "error"),
        *("--ip", "127.0.0.1", "--port", str(port)),
        *search_attribute_flags(),
        *time_travel_flags(),
    ]
    with log.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
    server = Part("temporal", process, log)
    try:
        yield await _connected(server, f"127.0.0.1:{port}")
    finally:
        await server.stop()


async def _connected(server: Part, address: str) -> Client:
    quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    runtime = Runtime(telemetry=TelemetryConfig(logging=quiet))
    for _ in range(START_SECONDS * 10):
        if server.process.returncode is not None:
            break
        try:
            client = await Client.connect(address, data_converter=pydantic_data_converter, runtime=runtime)
            await client.service_client.check_health()
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.1)
        else:
            return client
    raise StackError(server.obituary())


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
