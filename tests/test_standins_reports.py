"""How stand-ins tell hooks on their own: in order, again until heard, not for ever, and not after the end."""

from __future__ import annotations

import threading

from standins.hooks import Line
from standins.reports import Report, Reports


def report(said: list[str], name: str, heard: list[bool], pauses: tuple[float, ...]) -> Report:
    """A report that writes down its name, and is heard or not as the list says."""

    def post(_: Line) -> bool:
        said.append(name)
        return heard.pop(0)

    return Report(post, pauses)


def test_a_report_is_told_until_it_is_heard_and_only_then_the_next() -> None:
    said: list[str] = []
    first = report(said, "sent", [False, False, True], (0.0, 0.0, 0.0))
    Reports().tell([first, report(said, "delivered", [True], ())], delay=0.0).join()
    assert said == ["sent", "sent", "sent", "delivered"]


def test_a_report_that_nobody_hears_is_given_up() -> None:
    said: list[str] = []
    silent = report(said, "sent", [False, False], (0.0,))
    Reports().tell([silent, report(said, "delivered", [True], ())], delay=0.0).join()
    assert said == ["sent", "sent", "delivered"]


def test_the_end_comes_at_once_and_what_begins_after_it_is_told() -> None:
    said: list[str] = []
    begun, reports = threading.Event(), Reports()

    def unheard(_: Line) -> bool:
        begun.set()
        return False

    waiting = reports.tell([Report(unheard, (3600.0,)), report(said, "never", [True], ())], delay=0.0)
    assert begun.wait(10)
    reports.end()
    assert not waiting.is_alive()
    reports.tell([report(said, "after", [True], ())], delay=0.0).join()
    assert said == ["after"]
