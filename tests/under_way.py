"""Waits until a case does nothing more by itself, so that a story looks at what came of it and not at half of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from commands.time_travel import Traveller
from models.cases import CaseRow

PATIENCE = 60
"""Seconds after which a case that is still busy has run into trouble, and the story with it."""
A_BIT = 0.01


async def at_rest(traveller: Traveller, case: CaseRow, *, decided: bool = False) -> None:
    """Return once a case has taken in what it was told and nothing is under way; `decided`: it knows what is next.

    An activity that failed and waits for its next attempt is not waited for. Raises TimeoutError after a minute.
    """
    await _until_idle(case, lambda: _busy(traveller, case, decided))


async def taken_in(traveller: Traveller, case: CaseRow) -> None:
    """Return as soon as a case has taken in what it was told, in the middle of what comes of it."""
    await _until_idle(case, lambda: _listening(traveller, case, decided=False))


async def _until_idle(case: CaseRow, ask: Callable[[], Awaitable[str]]) -> None:
    busy = ""
    try:
        async with asyncio.timeout(PATIENCE):
            while busy := await ask():
                await asyncio.sleep(A_BIT)
    except TimeoutError:
        raise TimeoutError(f"after {PATIENCE} s case {case.id} is still busy: {busy}") from None


async def _listening(traveller: Traveller, case: CaseRow, decided: bool) -> str:
    standing = await traveller.standing(case)
    if standing is not None and standing.unheard:
        return f"{standing.unheard} things are unheard"
    return "it has not decided yet" if standing is not None and decided and standing.move is None else ""


async def _busy(traveller: Traveller, case: CaseRow, decided: bool) -> str:
    if listening := await _listening(traveller, case, decided):
        return listening
    try:
        found = await traveller.handle(case).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return ""
        raise
    if found.status is not WorkflowExecutionStatus.RUNNING:
        return ""
    if found.raw_description.HasField("pending_workflow_task"):
        return "a workflow task"
    return ", ".join(one.activity_type.name for one in found.raw_description.pending_activities if one.attempt <= 1)
