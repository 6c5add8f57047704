"""The ground that lives stand on: a Temporal server that skips time, and providers and books on loopback."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from commands.dev_server import search_attribute_flags, temporal_binary, time_travel_flags
from commands.stack import free_port
from models.database import migrate
from models.settings import Settings
from standins.economic.server import APP_SECRET, EconomicStandin
from standins.sendgrid.server import KEY, SendGridStandin
from standins.server import running
from standins.twilio.server import SID, TOKEN, TwilioStandin

START_SECONDS = 60
_numbers = itertools.count(20_123_456)


@dataclass
class Providers:
    """Stand-ins for everybody outside."""

    economic: EconomicStandin
    sendgrid: SendGridStandin
    twilio: TwilioStandin

    def settings(self, folder: Path, database_url: str) -> Settings:
        """Settings of an installation that knows only them."""
        return Settings(
            rykker_data=folder,
            database_url=database_url,
            rykker_schedules=False,
            heads_up_gather_seconds=0,
            economic_app_secret_token=APP_SECRET,
            economic_rest_url=self.economic.url,
            economic_openapi_url=self.economic.url,
            sendgrid_api_key=KEY,
            sendgrid_host=self.sendgrid.url,
            twilio_account_sid=SID,
            twilio_auth_token=TOKEN,
            twilio_base_url=self.twilio.url,
            twilio_sender="Nordlys",
        )


@dataclass
class Ground:
    """What a life needs from outside."""

    folder: Path
    client: Client
    providers: Providers
    server: TemporalServer | None = None
    """The server where it may be killed; None where others use it as well."""

    def next_number(self) -> int:
        """A number that no other customer has."""
        return next(_numbers)

    def new_database(self, folder: Path) -> str:
        """The address of a new SQLite file; migrating once and copying saves half a second for each."""
        template = self.folder / "template.db"
        if not template.exists():
            migrate(f"sqlite:///{template}")
        return f"sqlite:///{shutil.copy(template, folder / 'rykker.db')}"


@dataclass
class TemporalServer:
    """The development server as a process of its own; with a file it remembers everything when it is killed."""

    folder: Path
    keeps: bool = False
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            *(temporal_binary(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "error"),
            *("--port", str(self.port)),
            *(("--db-filename", str(self.folder / "temporal.db")) if self.keeps else ()),
            *search_attribute_flags(),
            *time_travel_flags(),
        ]
        with (self.folder / "temporal.log").open("ab") as words:
            self._process = subprocess.Popen(command, stdout=words, stderr=words, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def client(self) -> Client:
        """Connected, once the server answers."""
        give_up = time.monotonic() + START_SECONDS
        while True:
            try:
                return await Client.connect(self.address, data_converter=pydantic_data_converter)
            except RuntimeError:
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(0.1)  # it has only just been started


@contextmanager
def providers() -> Iterator[Providers]:
    """Stand-ins for the length of a block."""
    with (
        running(EconomicStandin(rate_limit=10**9)) as economic,
        running(SendGridStandin()) as sendgrid,
        running(TwilioStandin()) as twilio,
    ):
        yield Providers(economic, sendgrid, twilio)


@asynccontextmanager
async def ground(folder: Path, *, server_keeps: bool = False) -> AsyncIterator[Ground]:
    """Server and stand-ins of their own for the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    server = TemporalServer(folder, keeps=server_keeps)
    server.start()
    try:
        with providers() as outside:
            yield Ground(folder, await server.client(), outside, server)
    finally:
        server.kill()
