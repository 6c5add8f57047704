"""Where a worker can be hit: before and after every database commit and every call of a provider, as it meets them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from multiprocessing.connection import Connection
from typing import Any, Self

import httpx
from sqlalchemy import Engine, event
from sqlmodel import Session
from temporalio import activity

from activities.channels.mail import SendGridMail
from activities.channels.text import TwilioText
from models import clock

PATIENCE = timedelta(seconds=30)
"""How long a worker that was told to stop may take to hear of it."""


@dataclass(frozen=True)
class Boundary:
    """One place in the life of a case, by its number from the start of the worker."""

    number: int
    activity: str
    name: str

    def __str__(self) -> str:
        return f"{self.number} {self.activity}: {self.name}"


@dataclass(frozen=True)
class Blow:
    """What hits a worker, and at which boundary; number 0 hits nobody."""

    at: int = 0
    kind: str = "kill"
    """kill: SIGKILL. deploy: SIGTERM. clock: another time from now on. halt: waits until it is told to go on."""
    hours: float = 0.0
    """By how much the clock jumps."""


class Boundaries:
    """Counts the boundaries that this process crosses, reports each, and is hit at the one of the blow."""

    def __init__(self, line: Connection, blow: Blow) -> None:
        self._line, self._blow = line, blow
        self._crossed = 0
        self._one_at_a_time = threading.Lock()

    def watch(self, database: Engine) -> None:
        """Stand at the commits of a database, and at the calls that leave for a provider."""
        event.listen(database, "commit", lambda _: self.cross("before commit"))
        event.listen(Session, "after_commit", lambda _: self.cross("after commit"))
        self._stand_around(SendGridMail, "send", "mail")
        self._stand_around(TwilioText, "send", "text")
        self._stand_around(httpx.Client, "send", "reading the books")

    def _stand_around(self, owner: type, method: str, name: str) -> None:
        call: Callable[..., Any] = getattr(owner, method)

        def surrounded(*args: Any, **kwargs: Any) -> Any:
            self.cross(f"before {name}")
            answer = call(*args, **kwargs)
            self.cross(f"after {name}")
            return answer

        setattr(owner, method, surrounded)

    def cross(self, name: str) -> None:
        with self._one_at_a_time:
            self._crossed += 1
            number = self._crossed
            self._line.send(Boundary(number, _activity(), name))
        if number == self._blow.at:
            self._hit()

    def _hit(self) -> None:
        match self._blow.kind:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "deploy":
                os.kill(os.getpid(), signal.SIGTERM)
                activity.wait_for_worker_shutdown_sync(PATIENCE)
            case "clock":
                _jump(timedelta(hours=self._blow.hours))
            case "halt":
                self._line.send("halted")
                self._line.recv()


def _activity() -> str:
    return activity.info().activity_type if activity.in_activity() else "worker"


def _jump(by: timedelta) -> None:
    """From now on the one module that reads the clock reads another time."""

    class Jumped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            moved = super().now(tz)
            return moved + by

    vars(clock)["datetime"] = Jumped
