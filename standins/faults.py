"""Faults waiting for a request: what to match, what to do, how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from pydantic import TypeAdapter

from standins.exchange import Head

BEFORE_READ = frozenset({"hang_before_read", "drop_before_read"})
WITHOUT_EFFECT = frozenset({"status", "html", "hang_after_read", "drop_after_read", "redirect"})
AFTER_EFFECT = frozenset(
    {"hang_after_effect", "drop_after_effect", "status_after_effect", "slow", "cut", "bad_json", "empty", "revoke"}
)
KINDS = BEFORE_READ | WITHOUT_EFFECT | AFTER_EFFECT | {"refuse", "meanwhile"}


@dataclass
class Fault:
    """One fault; `times` counts the requests it still hits (0 = all until reset), `path` may hold `*`."""

    kind: str
    method: str = ""
    path: str = ""
    query: dict[str, str] = field(default_factory=dict)
    times: int = 1
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: str = ""
    seconds: float | None = None
    drip: bool = False
    rst: bool = False
    location: str = ""
    action: Callable[[], object] | None = None
    """For `meanwhile`, inside one process only: what happens just before a normal answer is made."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}; known are {', '.join(sorted(KINDS))}")
        if self.kind == "redirect" and not self.location:
            raise ValueError("a redirect needs `location`, the address to send the client to")
        if self.kind == "meanwhile" and self.action is None:
            raise ValueError("meanwhile needs an `action`, which only code in the same process can give")

    def matches(self, head: Head) -> bool:
        query = head.query
        return (
            self.method.upper() in ("", head.method)
            and (not self.path or fnmatchcase(head.path.lower(), self.path.lower()))
            and all(query.get(name) == str(value) for name, value in self.query.items())
        )


FAULT = TypeAdapter(Fault)


def fault_from_json(value: dict[str, Any]) -> Fault:
    """Read the form of the control API, where the conditions stand under `match`; raises ValueError."""
    given = {**value}
    given.update(given.pop("match", {}))
    unknown = given.keys() - {one.name for one in fields(Fault)}
    if unknown or "kind" not in given:
        raise ValueError(f"a fault needs `kind` and knows nothing of {', '.join(sorted(unknown)) or 'the rest'}")
    return FAULT.validate_python(given)


class Faults:
    """The list, consumed in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def take(self, head: Head) -> Fault | None:
        """The first fault that matches, counted down; None means a normal answer."""
        with self._lock:
            for fault in self._waiting:
                if fault.matches(head):
                    if fault.times == 1:
                        self._waiting.remove(fault)
                    elif fault.times > 1:
                        fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()
