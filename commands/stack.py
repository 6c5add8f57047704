"""The whole of Rykker on one machine: starts every process in order, watches them, and stops all of them cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import httpx
from temporalio.client import Client
from temporalio.service import RPCError

from commands.dev_server import search_attribute_flags, temporal_binary, time_travel_flags
from models.connection import connect
from models.settings import Settings

START_SECONDS = 60
STOP_SECONDS = 30


class StackError(Exception):
    """Something of the stack did not come up or went away; the message says what and where to look."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on 127.0.0.1; 0 takes a free one."""

    api: int = 8000
    temporal: int = 7233
    ui: int = 8233

    @classmethod
    def free(cls) -> Ports:
        return cls(api=free_port(), temporal=free_port(), ui=free_port())


@dataclass
class Stack:
    """What runs, and how to reach it."""

    settings: Settings
    client: Client
    api_url: str
    ui_url: str
    standins: dict[str, str] = field(default_factory=dict)
    """Addresses of the stand-ins by service; empty for a service that is real."""
    processes: list[Part] = field(default_factory=list)

    async def watch(self) -> None:
        """Return when a part has ended although nobody asked it to; the StackError says which."""
        waits = {asyncio.create_task(part.process.wait()): part for part in self.processes}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            raise StackError(waits[done.pop()].obituary())
        finally:
            for task in waits:
                task.cancel()


@dataclass
class Part:
    """One process of the stack and the file its words go to."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def obituary(self) -> str:
        last = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        return f"{self.name} ended with code {self.process.returncode}. Its last words, from {self.log}:\n" + "\n".join(
            last
        )


@contextlib.asynccontextmanager
async def running_stack(
    data: Path, ports: Ports, *, time_travel: bool = False, today: date | None = None
) -> AsyncIterator[Stack]:
    """Start Temporal, the stand-ins that are needed, the worker and the API; stop them in the opposite order.

    `today` is the day on which the stand-ins' sample books begin; the real one if not given.
    """
    data.mkdir(parents=True, exist_ok=True)
    (data / "logs").mkdir(exist_ok=True)
    environment = {**os.environ, "RYKKER_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    if time_travel:
        environment["RYKKER_SCHEDULES"] = "false"
    parts: list[Part] = []
    try:
        api_url = f"http://127.0.0.1:{ports.api}"
        standins = await _start_standins(data, environment, parts, today, api_url)
        environment.setdefault("TEMPORAL_ADDRESS", f"127.0.0.1:{ports.temporal}")
        if "TEMPORAL_ADDRESS" not in os.environ:
            await _start_temporal(data, ports, environment, parts, time_travel)
        environment["RYKKER_API_PORT"] = str(ports.api)
        environment.setdefault("PUBLIC_URL", api_url)
        os.environ.update({key: environment[key] for key in environment if key not in os.environ})
        os.environ.update({"RYKKER_DATA": str(data)})
        client = await _connected(parts)
        settings = Settings()
        parts.append(await _start("worker", [sys.executable, "-m", "worker"], environment, data))
        _refuse_taken(ports.api, "the API", "RYKKER_API_PORT")
        parts.append(await _start("api", [sys.executable, "-m", "api"], environment, data))
        stack = Stack(settings, client, api_url, f"http://127.0.0.1:{ports.ui}", standins, parts)
        await _until_healthy(stack)
        yield stack
    finally:
        for part in reversed(parts):
            await part.stop()


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _start(name: str, command: list[str], environment: dict[str, str], data: Path) -> Part:
    """Start one process in a group of its own, so that a Ctrl-C reaches only us and we stop it in order."""
    log = data / "logs" / f"{name}.log"
    with log.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            stdout=words,
            stderr=words,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    return Part(name, process, log)


async def _start_temporal(
    data: Path, ports: Ports, environment: dict[str, str], parts: list[Part], time_travel: bool
) -> None:
    _refuse_taken(ports.temporal, "Temporal", "RYKKER_TEMPORAL_PORT")
    _refuse_taken(ports.ui, "the Temporal UI", "RYKKER_TEMPORAL_UI_PORT")
    command = [
        *(temporal_binary(), "server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"),
        *("--port", str(ports.temporal), "--ui-port", str(ports.ui)),
        *("--db-filename", str(data / "temporal.db")),
        *search_attribute_flags(),
        *(time_travel_flags() if time_travel else []),
    ]
    parts.append(await _start("temporal", command, environment, data))


async def _start_standins(
    data: Path, environment: dict[str, str], parts: list[Part], today: date | None, api_url: str
) -> dict[str, str]:
    """Start stand-ins for every service the environment has no account for, and point our settings at them.

    What becomes of messages they report to the API, as the providers themselves do.
    """
    settings = Settings()
    missing = {
        "economic": not settings.economic_app_secret_token.get_secret_value(),
        "sendgrid": not settings.sendgrid_api_key.get_secret_value(),
        "twilio": not settings.twilio_account_sid,
    }
    # Invented registers know nobody of a real book.
    named = settings.virk_user or settings.cvrapi_agent or settings.brreg_url
    missing["registers"] = missing["economic"] and not named
    if not any(missing.values()):
        return {}
    command = [
        sys.executable,
        "-m",
        "standins",
        "--outbox",
        str(data / "outbox"),
        "--state",
        str(data / "standins.json"),
        "--events-to",
        f"{api_url}/hooks/sendgrid/events",
        "--calls-back",
        *(["--today", today.isoformat()] if today else []),
    ]
    part = await _start("standins", command, environment, data)
    parts.append(part)
    said = json.loads(await _first_line(part))
    credentials = said["credentials"]
    values = {
        "economic": {
            "ECONOMIC_REST_URL": said["economic"],
            "ECONOMIC_OPENAPI_URL": said["economic"],
            "ECONOMIC_APP_SECRET_TOKEN": credentials["economic_app_secret"],
            "ECONOMIC_GRANT_TOKEN": credentials["economic_grant"],
        },
        "sendgrid": {
            "SENDGRID_HOST": said["sendgrid"],
            "SENDGRID_API_KEY": credentials["sendgrid_key"],
            "SENDGRID_EVENT_KEY": credentials["sendgrid_event_key"],
        },
        "twilio": {
            "TWILIO_BASE_URL": said["twilio"],
            "TWILIO_ACCOUNT_SID": credentials["twilio_sid"],
            "TWILIO_AUTH_TOKEN": credentials["twilio_token"],
            "TWILIO_SENDER": "Nordlys",
        },
        "registers": {
            "VIRK_URL": said["registers"],
            "VIRK_USER": credentials["virk_user"],
            "VIRK_PASSWORD": credentials["virk_password"],
            "BRREG_URL": f"{said['registers']}/enhetsregisteret/api",
        },
    }
    for service, variables in values.items():
        if missing[service]:
            environment.update(variables)
            os.environ.update(variables)
    return {service: said[service] for service, is_missing in missing.items() if is_missing}


async def _first_line(part: Part) -> str:
    async for _ in _tries():
        if part.process.returncode is not None:
            raise StackError(part.obituary())
        text = part.log.read_text(encoding="utf-8")
        if "\n" in text:
            return text.splitlines()[0]
    raise StackError(f"{part.name} did not come up within {START_SECONDS} s; see {part.log}")


async def _connected(parts: list[Part]) -> Client:
    problem: Exception | None = None
    async for _ in _tries():
        for part in parts:
            if part.process.returncode is not None:
                raise StackError(part.obituary())
        try:
            client = await connect()
            await client.service_client.check_health()
        except (RPCError, RuntimeError) as error:
            problem = error
        else:
            return client
    raise StackError(f"Temporal does not answer at {os.environ['TEMPORAL_ADDRESS']}: {problem}")


async def _until_healthy(stack: Stack) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        async for _ in _tries():
            for part in stack.processes:
                if part.process.returncode is not None:
                    raise StackError(part.obituary())
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"{stack.api_url}/healthz")).status_code == httpx.codes.OK:
                    return
    raise StackError(f"the API does not answer at {stack.api_url}; see the files in {stack.processes[0].log.parent}")


async def _tries() -> AsyncIterator[int]:
    """Ask again five times a second, until START_SECONDS are over."""
    for attempt in range(START_SECONDS * 5):
        yield attempt
        await asyncio.sleep(0.2)


def _refuse_taken(port: int, what: str, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StackError(
                f"port {port} for {what} is taken by another program; stop that one, or choose another with {variable}"
            ) from error
