"""A server that asks every case to go on in a new run after some ten events, and a worker for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from commands.dev_server import server_of_its_own, time_travel_flags
from tests.story import Story
from worker import build_worker

SHORT = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=10")


@asynccontextmanager
async def short_runs(story: Story) -> AsyncIterator[None]:
    """Tell the story to such a server instead of the one of the session."""
    async with await server_of_its_own([*time_travel_flags(), *SHORT]) as environment:
        engines = story.engines = replace(story.engines, client=environment.client)
        worker = build_worker(
            engines.client, engines.settings, engines.database, shelf=engines.shelf, task_queue=engines.task_queue
        )
        async with worker:
            yield
