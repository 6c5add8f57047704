"""What a provider tells hooks on its own, in the background: again after a pause until it is heard, not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from standins.hooks import Line

A_MOMENT = 0.2
"""Seconds that a provider needs to find out what there is to tell; its answer is there by then."""


@dataclass(frozen=True)
class Report:
    """One thing to tell: `post` makes the call over a line, and answers whether it was heard."""

    post: Callable[[Line], bool]
    pauses: tuple[float, ...] = ()
    """Seconds before each repetition; after the last one the report is given up."""


class Reports:
    """Tells until it is ended; what is told in one go is told in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._lines: dict[threading.Thread, Line] = {}

    def tell(self, reports: Iterable[Report], delay: float = A_MOMENT) -> threading.Thread:
        """Begin to tell, with a delay in seconds before each report; whoever wants to wait for the end joins."""
        line = Line()
        with self._lock:
            thread = threading.Thread(target=self._tell, args=(list(reports), delay, line, self._ended), daemon=True)
            self._lines[thread] = line
            thread.start()
        return thread

    def end(self) -> None:
        """Tell no more, not even what is under way; what is begun from now on is told again."""
        with self._lock:
            ended, self._ended = self._ended, threading.Event()
            lines = dict(self._lines)
        ended.set()
        for thread, line in lines.items():
            line.cut()
            thread.join()

    def _tell(self, reports: list[Report], delay: float, line: Line, ended: threading.Event) -> None:
        try:
            for report in reports:
                for pause in (delay, *report.pauses):
                    if ended.wait(pause):
                        return
                    if report.post(line):
                        break
        finally:
            with self._lock:
                self._lines.pop(threading.current_thread(), None)
