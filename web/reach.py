"""What the API reaches: the settings of the installation, the database, and Temporal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from temporalio.client import Client

from activities.composing import WordingFolders
from models.settings import TEMPLATES, Settings


@dataclass(frozen=True)
class Reach:
    """Made once per process."""

    settings: Settings
    database: Engine
    client: Client

    @property
    def folders(self) -> WordingFolders:
        """Where wording is looked for, the same as the worker does."""
        return WordingFolders(own=self.settings.own_wording, built_in=TEMPLATES / "wording")


async def _of(request: Request) -> Reach:
    reach: Reach = request.app.state.reach
    return reach


Reached = Annotated[Reach, Depends(_of)]
