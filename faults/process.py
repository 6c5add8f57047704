"""Worker processes that may die, and a supervisor that starts the next one, as a service manager would."""

from __future__ import annotations

import asyncio
import itertools
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from faults.boundaries import Blow, Boundaries, Boundary
from models.database import open_database
from models.settings import Settings
from worker import build_worker

FORKS = multiprocessing.get_context("forkserver")
"""Starts processes in which everything is imported already, within a tenth of a second."""
FORKS.set_forkserver_preload(["faults.warm", "faults.__main__"])


@dataclass(frozen=True)
class Orders:
    """What a worker process is told when it starts."""

    temporal: str
    settings: Settings
    task_queue: str
    grant: str
    blow: Blow


@dataclass
class Supervisor:
    """Keeps one worker process running."""

    orders: Orders
    blows: tuple[Blow, ...] = ()
    """One for each process, in the order in which they are started; those that come later are left in peace."""
    halted: Callable[[], None] = lambda: None
    """Done by the supervisor while the worker stands still at its boundary."""
    crossed: list[Boundary] = field(default_factory=list)
    """The boundaries that the first process crossed."""
    struck: int = 0
    """How many blows hit."""
    ends: list[int] = field(default_factory=list)
    """How each process that ended by itself did: its exit code, negative for a signal."""

    def __post_init__(self) -> None:
        self._over = False
        self._process = FORKS.Process(target=run, daemon=True)
        self._thread = threading.Thread(target=self._keep_running, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the worker for good; what it was doing does not matter any more."""
        self._over = True
        if self._process.pid is not None:
            self._process.kill()
        self._thread.join()

    def _keep_running(self) -> None:
        for blow in itertools.chain(self.blows, itertools.repeat(Blow())):
            if self._over:
                return
            line, theirs = FORKS.Pipe()
            orders = replace(self.orders, blow=blow)
            self._process = FORKS.Process(target=run, args=(orders, theirs), daemon=True)
            self._process.start()
            theirs.close()
            if self._over:
                self._process.kill()
            self._listen(line, blow)
            self._process.join()
            line.close()
            self.ends.append(self._process.exitcode or 0)

    def _listen(self, line: Connection, blow: Blow) -> None:
        """Hear of every boundary until the process is gone."""
        first = not self.ends
        try:
            while True:
                told = line.recv()
                if isinstance(told, Boundary):
                    self.crossed += [told] * first
                    self.struck += told.number == blow.at
                elif told == "halted":
                    self.halted()
                    line.send("go on")
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return


def run(orders: Orders, line: Connection) -> None:
    """The life of one worker process."""
    words = os.open(orders.settings.rykker_data / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(words, 1)
    os.dup2(words, 2)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    os.environ["ECONOMIC_GRANT_TOKEN"] = orders.grant
    asyncio.run(_work(orders, line))


async def _work(orders: Orders, line: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(orders.temporal, data_converter=pydantic_data_converter)
    database = open_database(orders.settings.database)
    Boundaries(line, orders.blow).watch(database)
    async with build_worker(client, orders.settings, database, task_queue=orders.task_queue):
        await stop.wait()


def words_of(settings: Settings) -> str:
    """What the workers of a life said."""
    log: Path = settings.rykker_data / "worker.log"
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
