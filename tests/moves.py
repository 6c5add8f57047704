"""Moves of a case in tests, each as one line, and what was sent before them."""

from __future__ import annotations

from models.case import Move
from tests.given import DK

NUDGED = "nudge 2026-07-31 09:00"
FIRST = "rykker-1 2026-08-11 09:00"
SECOND = "rykker-2 2026-08-25 09:00"
NOTICE = "notice 2026-09-08 09:00"


def line(move: Move) -> str:
    """`propose rykker-1 2026-08-10 08:00`."""
    when = f" {move.at.astimezone(DK.tz):%Y-%m-%d %H:%M}" if move.at else ""
    return f"{move.kind}{' ' + move.step if move.step else ''}{when}"
