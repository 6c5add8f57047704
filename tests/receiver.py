"""Somebody's hook: a tiny server that keeps what is posted to it and answers as it is told."""

from __future__ import annotations

from collections.abc import Callable

from standins.exchange import Answer, Request
from standins.journal import Entry
from standins.server import Standin


class Receiver(Standin):
    """Answers with the given statuses one after the other, then with 204; `meanwhile` runs before each answer."""

    def __init__(self, *statuses: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._statuses = list(statuses)
        self._meanwhile = meanwhile

    def answer(self, request: Request) -> Answer:
        self._meanwhile()
        return Answer(self._statuses.pop(0) if self._statuses else 204)

    def heard(self, posts: int) -> list[Entry]:
        """What was posted, once there is so much of it and all is answered."""
        assert self.wait(lambda entries: len([one for one in entries if one.status]) >= posts), self.journal()
        return self.journal()
