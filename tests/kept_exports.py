"""The case exports that were kept, and the way to everything in them.

The files under tests/exports were made by the system, one of each format. They stay as they are and are checked for
good: people keep such files for years. A new format adds its own two files.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

EXPORTS = Path(__file__).parent / "exports"
KEPT = sorted(EXPORTS.glob("format-*"))
JSON = (EXPORTS / "format-3.json").read_bytes()
PAGE = (EXPORTS / "format-3.html").read_bytes()
WHOLE: dict[str, Any] = json.loads(JSON)
Way = tuple[Any, ...]


def ways(value: Any, way: Way = ()) -> list[Way]:
    """The way to every value of an export, also to those that hold others."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(found for key, deeper in below for found in ways(deeper, (*way, key)))]


def at(value: Any, way: Way) -> Any:
    for key in way:
        value = value[key]
    return value


def own() -> list[int]:
    """Where the links of the case stand in the chain."""
    return [n for n, entry in enumerate(WHOLE["chain"]) if "seq" in entry]


def without_times(found: list[str]) -> list[str]:
    """What is in brackets behind a link's number helps people, and differs with every export."""
    return [re.sub(r" \([^)]*\)", "", fault) for fault in found]


def swap(rows: list[Any], a: int, b: int) -> None:
    rows[a], rows[b] = rows[b], rows[a]
