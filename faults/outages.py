"""What goes away under a worker: the Temporal server, the database, room on the disk, the books."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from faults.boundaries import Blow, Boundary
from faults.ground import Ground, ground
from faults.life import BEGINS, AtEachStop, Life, nothing_else
from faults.postgres import PostgresCluster
from faults.tries import Row, Stage, enumerated, lived, runs_of, spread
from models.cases import CaseRow

A_MINUTE = 65.0
"""Seconds; longer than the engine waits for a lock."""
HOURS = timedelta(hours=5)
DISK = 16
"""Size in MB of the disk that is filled."""


async def server_killed(stage: Stage) -> Row:
    """The Temporal server is killed with SIGKILL and started again on its file."""
    row = Row("Temporal server killed")

    def kill(life: Life) -> None:
        assert life.ground.server is not None
        life.ground.server.kill()
        life.ground.server.start()

    async def one(boundary: Boundary) -> None:
        async with ground(stage.folder / f"server-{boundary.number}", server_keeps=True) as here:
            await lived(row, _halting(here, "server", boundary, kill))

    return await stage.all(row, map(one, spread(await _crossed(stage), 14)[:: stage.every]))


async def database_locked(stage: Stage) -> Row:
    """Somebody else holds the write lock of the SQLite file for longer than anybody waits for it."""
    row = Row("database locked (SQLite)")

    def lock(life: Life) -> None:
        holder = sqlite3.connect(life.database.url.database or "", isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        threading.Timer(A_MINUTE, holder.close).start()

    async with ground(stage.folder / "locked") as here:
        places = _between_transactions(await enumerated(here))[:: stage.every]
        return await stage.all(
            row, (lived(row, _halting(here, "locked", b, lock), "database is locked") for b in places)
        )


async def database_away(stage: Stage) -> Row:
    """PostgreSQL stops at once, as in a crash, and is back a minute later."""
    row = Row("database away (PostgreSQL)")
    if row_says := PostgresCluster.missing():
        row.not_tried = row_says
        return row

    async def one(here: Ground, boundary: Boundary) -> None:
        with PostgresCluster() as cluster:

            def stop(_life: Life) -> None:
                cluster.crash()
                threading.Timer(A_MINUTE, cluster.start).start()

            life = _halting(here, "away", boundary, stop, database_url=cluster.new_database())
            await lived(row, life, "OperationalError")

    async with ground(stage.folder / "away") as here:
        places = _between_transactions(await enumerated(here))[:: stage.every]
        return await stage.all(row, (one(here, boundary) for boundary in places))


async def disk_full(stage: Stage) -> Row:
    """The disk of the database has no room left for a minute."""
    row = Row("disk full (SQLite)")

    async def one(here: Ground, boundary: Boundary) -> None:
        with small_disk(here.folder / f"mounted-{boundary.number}") as disk:
            life = _halting(here, "disk", boundary, partial(_fill, disk), database_url=here.new_database(disk))
            await lived(row, life, "disk is full")

    async with ground(stage.folder / "disk") as here:
        try:
            with small_disk(here.folder / "may-we"):
                pass
        except subprocess.CalledProcessError as refused:
            row.not_tried = f"a small disk to be filled cannot be mounted here: {refused.stderr.strip()}"
            return row
        places = _between_transactions(await enumerated(here))[:: stage.every]
        return await stage.all(row, (one(here, boundary) for boundary in places))


async def books_away(stage: Stage) -> Row:
    """e-conomic refuses every connection for hours of business time, from a moment of guarding or sending on."""
    row = Row("e-conomic down for hours")

    async def one(boundary: Boundary) -> None:
        async with ground(stage.folder / f"books-{boundary.number}") as here:
            economic = here.providers.economic
            closed: list[datetime] = []

            def close(life: Life) -> None:
                economic.fault("refuse", seconds=0)
                closed.append(life.case.next_at or BEGINS)

            async def open_again(life: Life, case: CaseRow) -> None:
                if closed and await life.traveller.now(case) >= closed[0] + HOURS:
                    closed.clear()
                    economic.reset()

            await lived(row, _halting(here, "books", boundary, close, open_again))

    crossed = await _crossed(stage)
    places = [*spread(runs_of(crossed, "guard")[1], 3), *spread(runs_of(crossed, "send")[1], 3)]
    return await stage.all(row, map(one, places[:: stage.every]))


def _halting(
    here: Ground,
    name: str,
    boundary: Boundary,
    then: Callable[[Life], None],
    meanwhile: AtEachStop = nothing_else,
    database_url: str = "",
) -> Life:
    blow = Blow(boundary.number, "halt")
    return Life(here, f"{name}-{boundary.number}", ((blow,),), then, meanwhile, database_url)


def _between_transactions(crossed: list[Boundary]) -> list[Boundary]:
    """Where the worker itself holds no lock on the database, in proposing, guarding and sending rykker 1."""
    runs = [runs_of(crossed, activity)[1] for activity in ("propose", "guard", "send")]
    return [b for run in runs for b in run if b.name in ("after commit", "before mail", "after mail", "after text")]


async def _crossed(stage: Stage) -> list[Boundary]:
    async with ground(stage.folder / "enumerated") as here:
        return await enumerated(here)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of a few megabytes in memory; CalledProcessError where nobody may mount one."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def _fill(disk: Path, _life: Life) -> None:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            threading.Timer(A_MINUTE, filler.unlink).start()
