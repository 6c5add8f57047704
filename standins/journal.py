"""Every request in the order of arrival, with the fault that hit it and whether it left an effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from standins.exchange import Head

SECRET_HEADERS = frozenset({"authorization", "x-appsecrettoken", "x-agreementgranttoken", "cookie"})
SECRET_PARAMETERS = frozenset({"token", "apikey"})
MASK = "***"
BODY_LIMIT = 100_000


@dataclass
class Entry:
    """One request; `body` is None while unread, `fault` the kind that was applied, `status` None when none was sent."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    arrived: str
    fault: str | None
    body: str | None = None
    effect: bool = False
    status: int | None = None


class Journal:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entries: list[Entry] = []

    def open(self, head: Head, fault: str | None) -> Entry:
        entry = Entry(
            method=head.method,
            path=head.path,
            query={name: MASK if name.lower() in SECRET_PARAMETERS else text for name, text in head.query.items()},
            headers={name: MASK if name in SECRET_HEADERS else text for name, text in head.headers.items()},
            arrived=datetime.now(UTC).isoformat(),
            fault=fault,
        )
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()
        return entry

    def read(self, entry: Entry, body: bytes) -> None:
        with self._changed:
            entry.body = body[:BODY_LIMIT].decode("utf-8", "replace")
            self._changed.notify_all()

    def settle(self, entry: Entry, *, effect: bool, status: int | None) -> None:
        """Note the outcome before a byte of the answer leaves."""
        with self._changed:
            entry.effect, entry.status = effect, status
            self._changed.notify_all()

    def entries(self) -> list[Entry]:
        with self._changed:
            return [replace(entry) for entry in self._entries]

    def wait(self, condition: Callable[[list[Entry]], bool], seconds: float) -> bool:
        """Block until the entries satisfy `condition`; False when `seconds` passed first."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._entries), seconds)

    def clear(self) -> None:
        with self._changed:
            self._entries.clear()
