"""Hands commands and facts to the workflow of a case, and puts what can go wrong on the way into words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.case import BooksChanged, Held, LadderMoved, PaymentRegistered, QuestionOpened, Release, Resumed, Snoozed
from models.cases import CaseRow
from web.problems import Problem
from web.reach import Reach

PATIENCE = 10.0
"""Seconds a person waits for the engine."""
AT_ONCE = 16
"""So many cases are told at the same time."""

NO_ANSWER = (
    "The engine does not answer, so it is not known whether this was done. See that Temporal and the worker run "
    "(/healthz tells of Temporal), look at the case, and then try again."
)
GONE = (
    "The workflow of this case is not running: it has just been closed, or was ended by hand. Look at the case again; "
    "if it is still open, the next reading of the books starts it anew."
)


async def command(
    reach: Reach, case: CaseRow, update: str, payload: Held | Snoozed | Resumed | Release | LadderMoved
) -> str:
    """Send a person's command and return the engine's answer; its refusal becomes a Problem."""
    async with _in_words():
        try:
            said: str = await _handle(reach, case).execute_update(update, payload, id=payload.id, result_type=str)
            return said
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == "Refused":
                raise Problem(409, _sentence(error.cause.message)) from error
            if isinstance(error.cause, ApplicationError) and error.cause.type == "AcceptedUpdateCompletedWorkflow":
                raise Problem(409, GONE) from error
            raise


async def tell(
    reach: Reach, case: CaseRow, signal: str, news: PaymentRegistered | QuestionOpened | BooksChanged
) -> None:
    """Tell a case a fact; returns once Temporal keeps it, whether or not a worker runs."""
    async with _in_words():
        await _handle(reach, case).signal(signal, news)


async def tell_all(reach: Reach, cases: Sequence[CaseRow], news: BooksChanged) -> int:
    """Tell many cases to look again; how many were told. After a failure to reach Temporal the rest is not tried."""
    limit, reachable, told = asyncio.Semaphore(AT_ONCE), True, 0

    async def one(case: CaseRow) -> None:
        nonlocal reachable, told
        async with limit:
            if not reachable:
                return
            try:
                await tell(reach, case, "books_changed", news)
            except Problem as problem:
                reachable = problem.status != 503
            else:
                told += 1

    await asyncio.gather(*(one(case) for case in cases))
    return told


@asynccontextmanager
async def _in_words() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise Problem(503, NO_ANSWER) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Problem(409, GONE) from error
        raise Problem(503, NO_ANSWER) from error
    except RuntimeError as error:
        # What a client that was made before Temporal was there says when it still cannot connect.
        if "client connect" not in str(error):
            raise
        raise Problem(503, NO_ANSWER) from error


def _handle(reach: Reach, case: CaseRow) -> WorkflowHandle[object, object]:
    return reach.client.get_workflow_handle(case.workflow_id)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
