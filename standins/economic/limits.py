"""The budget of calls: a bucket that every answer draws from and that fills again with time."""

from __future__ import annotations

import threading
import time


class Bucket:
    """`limit` points per window of `seconds`; real time, as the vendor's own clock would be."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit, self._seconds = limit, seconds
        self._lock = threading.Lock()
        self._used = 0
        self._since = time.monotonic()

    def draw(self, cost: int) -> bool:
        """Take `cost` points; False when they are not there."""
        with self._lock:
            if time.monotonic() - self._since >= self._seconds:
                self._used, self._since = 0, time.monotonic()
            if self._used + cost > self._limit:
                return False
            self._used += cost
            return True

    def header(self) -> str:
        return f"token-limit-{self._limit}-per-{self._seconds}-seconds: {self._used}/{self._limit}"

    def refill(self) -> None:
        with self._lock:
            self._used = 0
