"""The composition for production: pinned, without secrets, and made of commands that really start and stop."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Timer
from typing import Any

import anyio
import httpx
import pytest
import yaml
from sqlalchemy import make_url
from temporalio.client import Client

from commands.dev_server import temporal_binary
from models.settings import Settings
from workflows.names import SEARCH_ATTRIBUTES, TASK_QUEUE

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"migrate", "temporal-schema", "temporal-namespace"}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:?[?-])?([^}]*)\}")
SECRET = re.compile(r"PASSWORD|PWD|TOKEN|KEY|SECRET|DATABASE_URL")


def all_strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for part in value.values():
                yield from all_strings(part)
        case list():
            for part in value:
                yield from all_strings(part)
        case str():
            yield value


# --- the file ---


def test_every_image_is_pinned_to_a_version() -> None:
    images = [service["image"] for service in SERVICES.values()]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    for image in images:
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+[.\w-]*", image), f"{image} names no version"
        assert "latest" not in image


def test_every_service_runs_once_or_says_whether_it_is_well() -> None:
    for name, service in SERVICES.items():
        once = service["healthcheck"] == {"disable": True}
        assert once == (name in ONE_SHOT), name
        assert service["restart"].startswith("on-failure" if once else "unless-stopped"), name
        assert once or service["healthcheck"]["test"], name


def test_every_service_waits_for_what_it_needs_to_be_ready() -> None:
    for name, service in SERVICES.items():
        for other, need in service.get("depends_on", {}).items():
            ready = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert need["condition"] == ready, f"{name} waits for {other}"


def test_no_secret_stands_in_the_file_or_has_a_default() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                assert VARIABLE.search(value), f"{variable} of {name} is written out"
    for text in all_strings(COMPOSE):
        for variable, how, default in VARIABLE.findall(text):
            assert how in (":?", "-"), f"{variable} is not asked for"
            assert default if how == ":?" else not default, f"{variable}: say what to set, and set no default"


def test_what_is_not_asked_for_may_be_left_empty() -> None:
    optional = {v for text in all_strings(COMPOSE) for v, how, _ in VARIABLE.findall(text) if how == "-"}
    accounts = {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_SENDER", "ECONOMIC_APP_SECRET_TOKEN"}
    ours = {"RYKKER_LINK_SECRET", "RYKKER_API_TRUSTED_PROXIES"}
    registers = {"VIRK_USER", "VIRK_PASSWORD", "CVRAPI_AGENT"}
    hooks = {"RYKKER_INBOUND_DOMAIN", "RYKKER_INBOUND_SECRET", "SENDGRID_EVENT_KEY"}
    assert optional == accounts | registers | ours | hooks


def test_nothing_is_open_to_other_machines() -> None:
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_every_volume_is_declared_and_used() -> None:
    mounts = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())}
    assert mounts == set(COMPOSE["volumes"])


def test_a_worker_may_take_longer_to_stop_than_it_waits_for_its_sends() -> None:
    source = (ROOT / "worker.py").read_text(encoding="utf-8")
    found = re.search(r"graceful_shutdown_timeout=timedelta\(minutes=(\d+), seconds=(\d+)\)", source)
    assert found is not None
    waits = timedelta(minutes=int(found[1]), seconds=int(found[2]))
    assert timedelta(minutes=int(SERVICES["worker"]["stop_grace_period"].removesuffix("m"))) > waits


def test_temporal_learns_every_search_attribute() -> None:
    [script] = SERVICES["temporal-namespace"]["command"]
    for line in script.replace("\\\n", "").splitlines():
        if "search-attribute" in line:
            kind = line.split("--type ")[1].split()[0].upper()
            names = set(re.findall(r"--name (\w+)", line))
            assert names == {key.name for key in SEARCH_ATTRIBUTES if key.indexed_value_type.name == kind}


def test_every_variable_is_explained_in_the_example() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    explained = {
        found[1]
        for above, line in pairwise(lines)
        if (found := re.match(r"(?:# )?([A-Z_]+)=", line)) and above.startswith("# ")
    }
    asked = {variable for text in all_strings(COMPOSE) for variable, _, _ in VARIABLE.findall(text)}
    assert asked | {name.upper() for name in Settings.model_fields} <= explained


def test_the_example_sets_no_secret() -> None:
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        name, is_set, value = line.partition("=")
        if is_set and not line.startswith("#") and SECRET.search(name):
            assert value == "", name


# --- its commands, run here ---


def environment_of(service: str, database: str, temporal: str, data: Path, port: int) -> dict[str, str]:
    """The environment of a service with the places of this test run, and nothing else of ours."""
    here = {
        "DATABASE_URL": database,
        "TEMPORAL_ADDRESS": temporal,
        "RYKKER_DATA": str(data),
        "SENDGRID_API_KEY": "SG.test",
        "RYKKER_API_HOST": "127.0.0.1",
        "RYKKER_API_PORT": str(port),
    }
    asked = {name: VARIABLE.sub("", str(value)) for name, value in SERVICES[service]["environment"].items()}
    path = os.pathsep.join((str(Path(temporal_binary()).parent), os.environ["PATH"]))
    return {"PATH": path, "PYTHONPATH": str(ROOT), **asked, **{name: here[name] for name in asked if name in here}}


def command_of(service: str) -> list[str]:
    program, *arguments = SERVICES[service]["command"]
    assert program == "python"
    return [sys.executable, *arguments]


@contextmanager
def running(service: str, environment: dict[str, str], ready: str) -> Iterator[list[str]]:
    """What the service says, once it has said that it is ready; afterwards it must obey SIGTERM."""
    with subprocess.Popen(command_of(service), env=environment, stderr=subprocess.PIPE, text=True) as process:
        patience = Timer(60, process.kill)
        patience.start()
        assert process.stderr is not None
        said: list[str] = []
        try:
            for line in process.stderr:
                said.append(line)
                if ready in line:
                    break
            assert ready in said[-1], "".join(said)
            yield said
            process.terminate()
            said += process.stderr.readlines()
            # uvicorn ends by the very signal that it was sent, after it has closed everything.
            assert process.wait() in (0, -signal.SIGTERM), "".join(said)
        finally:
            patience.cancel()
            process.kill()


@pytest.fixture
def place(new_database: Callable[[], str], client: Client, tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """The environment of each service, around one empty database and the Temporal of the session."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    temporal = client.service_client.config.target_host
    address = make_url(new_database())
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql")
    database = address.render_as_string(hide_password=False)
    return lambda service: environment_of(service, database, temporal, tmp_path, port)


def watched(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment for a Python that says so when it takes itself apart."""
    (folder / "sitecustomize.py").write_text(
        "import atexit, sys\natexit.register(sys.stderr.write, 'taken apart\\n')\n", "utf-8"
    )
    return {**environment, "PYTHONPATH": os.pathsep.join((environment["PYTHONPATH"], str(folder)))}


def migrated(environment: dict[str, str]) -> None:
    done = subprocess.run(command_of("migrate"), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.anyio
async def test_the_worker_comes_up_after_the_migration_and_stops_when_asked(
    place: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    def live() -> None:
        migrated(place("migrate"))
        with running("worker", watched(place("worker"), tmp_path), "worker ready") as said:
            check = SERVICES["worker"]["healthcheck"]["test"].replace("$$", "$")
            ask = partial(subprocess.run, ["/bin/sh", "-c", check], env=place("worker"), check=False)
            # It is ready a moment before its first question for work has arrived.
            assert any(ask().returncode == 0 for _ in range(50)), f"not well: {shlex.quote(check)}"
        assert "taken apart\n" not in said, "it ended in a way that can abort: commands/leaving.py"

    assert f"--task-queue {TASK_QUEUE} " in SERVICES["worker"]["healthcheck"]["test"]
    await anyio.to_thread.run_sync(live)


@pytest.mark.anyio
async def test_the_api_answers_that_it_is_well_and_stops_when_asked(place: Callable[[str], dict[str, str]]) -> None:
    def live() -> httpx.Response:
        environment = place("api")
        migrated(place("migrate"))
        with running("api", environment, "Uvicorn running"):
            return httpx.get(f"http://127.0.0.1:{environment['RYKKER_API_PORT']}/healthz", timeout=10)

    answer = await anyio.to_thread.run_sync(live)
    assert answer.status_code == 200, answer.text
