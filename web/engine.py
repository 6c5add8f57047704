"""Hands commands and facts to the workflow of a case, and puts what can go wrong on the way into words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import (
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.cases import CaseRow
from models.news import BooksChanged, News, QuestionOpened, Release
from models.watch import WatchInput
from web.problems import Problem
from web.reach import Reach

PATIENCE = 10.0
"""Seconds a person waits for the engine."""
A_MOMENT = 5.0
"""Seconds a customer waits for the case to have stopped; after that it is enough that it will."""
AT_ONCE = 16
"""So many cases are told at the same time."""

NOT_NOW = (
    TimeoutError,
    RuntimeError,
    RPCError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
"""How an update that nobody takes up ends; the last word is the signal's, which is kept."""

NO_ANSWER = (
    "The engine does not answer, so it is not known whether this was done. See that Temporal and the worker run "
    "(/healthz tells of Temporal), look at the case, and then try again."
)
REGISTERS_PATIENCE = 30.0
"""Seconds a person waits for the company registers, which may be slow."""
NO_REGISTER = (
    "The registers, or the engine that asks them, have not answered yet. The question goes on by itself: look at GET "
    "/companies in some minutes, and at /healthz when nothing has come of it then."
)
GONE = (
    "The workflow of this case is not running: it has just been closed, or was ended by hand. Look at the case again; "
    "if it is still open, the next sweep starts it anew."
)


async def command(reach: Reach, case: CaseRow, update: str, payload: News | Release) -> str:
    """Send a person's command and return the engine's answer; its refusal becomes a Problem."""
    async with _in_words(PATIENCE):
        try:
            said: str = await _handle(reach, case).execute_update(update, payload, id=payload.id, result_type=str)
            return said
        except WorkflowUpdateFailedError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == "Refused":
                raise Problem(409, _sentence(error.cause.message)) from error
            if isinstance(error.cause, ApplicationError) and error.cause.type == "AcceptedUpdateCompletedWorkflow":
                raise Problem(409, GONE) from error
            raise


async def tell(reach: Reach, case: CaseRow, signal: str, news: News) -> None:
    """Tell a case a fact; returns once Temporal keeps it, whether or not a worker runs."""
    async with _in_words(PATIENCE):
        await _handle(reach, case).signal(signal, news)


async def ask(reach: Reach, case: CaseRow, news: QuestionOpened) -> None:
    """Stop a case for a customer's question: returns once it has stopped, or else once Temporal keeps that it must.

    Both carry one id, so a worker that was only slow hears the question once.
    """
    with contextlib.suppress(*NOT_NOW):
        async with asyncio.timeout(A_MOMENT):
            await _handle(reach, case).execute_update("ask", news, id=news.id, result_type=str)
            return
    await tell(reach, case, "question_opened", news)


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


async def ask_registers(reach: Reach, asked: WatchInput) -> None:
    """Have the registers asked about a customer now, and wait until its case has been told; twice at once is once."""
    async with _in_words(REGISTERS_PATIENCE, NO_REGISTER):
        try:
            await reach.client.execute_workflow(
                "WatchCompanies",
                asked,
                id=f"watch/{asked.creditor}/asked/{' '.join(asked.customers)}",
                task_queue=reach.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                execution_timeout=timedelta(minutes=10),
                static_summary=f"asks the company registers for a person of {asked.creditor}",
            )
        except WorkflowFailureError as error:
            raise Problem(503, NO_REGISTER) from error


@asynccontextmanager
async def _in_words(patience: float, no_answer: str = NO_ANSWER) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(patience):
            yield
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise Problem(503, no_answer) from error
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Problem(409, GONE) from error
        raise Problem(503, no_answer) from error
    except RuntimeError as error:
        # What a client that was made before Temporal was there says when it still cannot connect.
        if "client connect" not in str(error):
            raise
        raise Problem(503, no_answer) from error


def _handle(reach: Reach, case: CaseRow) -> WorkflowHandle[object, object]:
    return reach.client.get_workflow_handle(case.workflow_id)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
