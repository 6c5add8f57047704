"""What the API reaches: the settings of the installation, the database, Temporal, the books, and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from temporalio.client import Client

from activities.composing import WordingFolders
from activities.page_link import PageLinks
from activities.shelf import Shelf
from models.settings import Settings
from web.page_limits import PageLimits
from workflows.names import TASK_QUEUE


@dataclass(frozen=True)
class Reach:
    """Made once per process."""

    settings: Settings
    database: Engine
    client: Client
    shelf: Shelf
    """The books, for the documents that customers fetch."""
    folders: WordingFolders
    """Where wording is looked for, the same as the worker does."""
    links: PageLinks
    clock: Callable[[], datetime]
    """Business time: the real clock, or that of a demo or test that travels in time."""
    limits: PageLimits = field(default_factory=PageLimits)
    """How often customers' pages were asked for of late."""
    task_queue: str = TASK_QUEUE
    """Where the workers wait for what the API has them do."""


async def _of(request: Request) -> Reach:
    reach: Reach = request.app.state.reach
    return reach


Reached = Annotated[Reach, Depends(_of)]
