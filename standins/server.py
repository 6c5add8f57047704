"""The common server: a port, a journal, a list of faults, and control paths around one service's answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from standins import connection
from standins.control import controlled
from standins.exchange import Answer, Head, Request
from standins.faults import Fault, Faults
from standins.journal import Entry, Journal
from standins.listener import Listener
from standins.reports import Reports

ZONE = ZoneInfo("Europe/Copenhagen")
S = TypeVar("S", bound="Standin")


class Standin:
    """A loopback service; what it answers is the subclass's `answer`, all the rest is here."""

    def __init__(self, today: date | None = None) -> None:
        self.port = 0
        self.revoked: int | None = None
        """Set by the fault `revoke`: the status with which credentials are refused until reset."""
        self.journal_book = Journal()
        self.reports = Reports()
        self._today = today
        self._faults = Faults()
        self._listener: Listener | None = None
        self._release = threading.Event()
        self._reopener: threading.Thread | None = None

    # What a service fills in.

    def answer(self, request: Request) -> Answer:
        """Answer one request of the service's own; where no service has filled this in, there is nothing to find."""
        return Answer(404)

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        """What `POST /__standin/state` can do: a name and the method that takes its value."""
        return {"today": self.set_today}

    def views(self) -> Mapping[str, Callable[[], Any]]:
        """What `GET /__standin/<name>` shows."""
        return {"state": lambda: {"today": self.today.isoformat()}}

    def hooks(self) -> Mapping[str, Callable[..., list[int]]]:
        """What `POST /__standin/fire` can post to the hooks of others: a name and the method that does it."""
        return {}

    def forget(self) -> None:
        """Clear what was recorded, as part of a reset."""

    # Time.

    @property
    def today(self) -> date:
        """The simulated day; the real one until it is set."""
        return self._today or datetime.now(ZONE).date()

    def set_today(self, today: date) -> None:
        self._today = today

    def now(self) -> datetime:
        """The real time of day on the simulated day, in UTC."""
        return datetime.combine(self.today, datetime.now(ZONE).timetz(), ZONE).astimezone(UTC)

    # Life.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one and keeps it over a `refuse`."""
        self._release = threading.Event()
        self._listener = Listener(port or self.port, self._serve)
        self.port = self._listener.port

    def stop(self) -> None:
        """Release every hang, close the port, tell no hook anything more, and return when no thread is left."""
        self._let_go()
        if self._listener is not None:
            self._listener.close(wait=True)
            self._listener = None
        # Once more for what the last requests began.
        self.reports.end()

    def reset(self) -> None:
        """Forget faults, journal, revocation and recordings; release hangs; end reports; listen again. Books stay."""
        self._faults.clear()
        self._let_go()
        self._release = threading.Event()
        self.revoked = None
        self.journal_book.clear()
        self.forget()

    def _let_go(self) -> None:
        """End every hang, every report and every `refuse`."""
        self._release.set()
        self.reports.end()
        if self._reopener is not None:
            self._reopener.join()
            self._reopener = None

    # Faults and what they need.

    def fault(self, kind: str, **conditions: Any) -> None:
        """Add a fault: fields of `Fault` as keywords; `refuse` takes effect before this returns."""
        self.add_fault(Fault(kind, **conditions))

    def add_fault(self, fault: Fault) -> None:
        if fault.kind == "refuse":
            self._refuse(1.0 if fault.seconds is None else fault.seconds)
        else:
            self._faults.add(fault)

    def take_fault(self, head: Head) -> Fault | None:
        fault = self._faults.take(head)
        if fault and fault.kind == "revoke":
            self.revoked = fault.status or 401
        return fault

    def _refuse(self, seconds: float) -> None:
        """Close the port, and with it every other connection, for so many seconds or until reset (0)."""
        if self._listener is None:
            return
        # Not waited for: one of the open connections may hang on purpose.
        self._listener.close(wait=False)
        self._listener = None
        self._reopener = threading.Thread(target=self._reopen, args=(self._release, seconds or None), daemon=True)
        self._reopener.start()

    def _reopen(self, release: threading.Event, seconds: float | None) -> None:
        release.wait(seconds)
        self._listener = Listener(self.port, self._serve)

    def pause(self, seconds: float | None) -> None:
        """Wait so long, or for ever when None; a reset or stop ends the waiting."""
        self._release.wait(seconds)

    # What happened.

    def journal(self) -> list[Entry]:
        return self.journal_book.entries()

    def wait(self, condition: Callable[[list[Entry]], bool], seconds: float = 10.0) -> bool:
        """Block until the journal satisfies `condition`; False when `seconds` passed first."""
        return self.journal_book.wait(condition, seconds)

    def control(self, request: Request) -> Answer | None:
        return controlled(self, request)

    def _serve(self, sock: socket.socket, is_open: Callable[[], bool]) -> None:
        connection.serve(sock, self, is_open)


@contextmanager
def running(standin: S, port: int = 0) -> Iterator[S]:
    """Start a stand-in for the length of a block."""
    standin.start(port)
    try:
        yield standin
    finally:
        standin.stop()
