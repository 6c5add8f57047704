"""`rykker run`: starts, says where everything is, stops cleanly, and goes on where it was."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
from sqlmodel import select

from commands.stack import free_port
from models.cases import CaseRow
from models.database import open_database, reading

LAST_LINE = "Ctrl-C stops everything"


@contextmanager
def running(folder: Path, ports: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a terminal of its own, and what it has said once it is up."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TEMPORAL_", "ECONOMIC_", "DATABASE_URL"))}
    quick = {"HEADS_UP_GATHER_SECONDS": "0"}
    environment = {**kept, **quick, **ports, "COLUMNS": "140", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "cli", "run"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if LAST_LINE in line:
                break
        yield process, said
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def new_ports() -> dict[str, str]:
    names = ("RYKKER_API_PORT", "RYKKER_TEMPORAL_PORT", "RYKKER_TEMPORAL_UI_PORT")
    return {name: str(free_port()) for name in names}


def cases(said: str, ports: dict[str, str]) -> list[dict[str, str]]:
    """The cases as the admin whose token was printed sees them."""
    token = re.search(r"admin token \(Anna\)\s+(\S+)", said)
    assert token is not None, said
    answer = httpx.get(
        f"http://127.0.0.1:{ports['RYKKER_API_PORT']}/cases",
        headers={"Authorization": f"Bearer {token[1]}"},
        trust_env=False,
        timeout=60,
    )
    items: list[dict[str, str]] = answer.raise_for_status().json()["items"]
    return items


def known(folder: Path) -> dict[str, datetime | None]:
    """What comes next in every case, as the database has it."""
    database = open_database(f"sqlite:///{folder / 'data' / 'rykker.db'}")
    with reading(database) as session:
        found = {case.id: case.next_at for case in session.exec(select(CaseRow))}
    database.dispose()
    return found


def test_the_stack_comes_up_stops_cleanly_and_finds_its_cases_where_they_were(tmp_path: Path) -> None:
    ports = new_ports()
    with running(tmp_path, ports) as (first, said):
        assert LAST_LINE in said, said
        while not all(case["why"] for case in cases(said, ports)):
            pass  # it says that it is up before every case has decided
    assert first.returncode == 0
    # What was under way is finished before it stops.
    before = known(tmp_path)
    assert len(before) >= 5
    with running(tmp_path, ports) as (second, said_again):
        after = cases(said_again, ports)
    assert second.returncode == 0
    assert "0 changed, 0 cases opened" in said_again
    assert {c["id"]: c["next_at"] and datetime.fromisoformat(c["next_at"]) for c in after} == before
    for port in ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0, f"something still listens on {port}"


def test_a_taken_port_is_named_with_the_variable_that_changes_it(tmp_path: Path) -> None:
    ports = new_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(ports["RYKKER_TEMPORAL_PORT"])))
        taken.listen()
        with running(tmp_path, ports) as (process, said):
            assert "RYKKER_TEMPORAL_PORT" in said
    assert process.returncode == 1
