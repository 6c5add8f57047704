"""Whether the API can do its work: the one answer that needs no token."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Engine
from temporalio.client import Client

from web.problems import Problem
from web.reach import Reached

router = APIRouter(tags=["health"])

PATIENCE = 3.0
"""Seconds that each of the two has to answer."""


class Health(BaseModel):
    """Both answer."""

    status: Literal["ok"] = "ok"
    database: Literal["answers"] = "answers"
    temporal: Literal["answers"] = "answers"


@router.get("/healthz", summary="Whether database and Temporal answer")
async def healthz(reach: Reached) -> Health:
    database, temporal = await asyncio.gather(_database(reach.database), _temporal(reach.client))
    if database and temporal:
        return Health()
    words = {True: "answers", False: "does not answer"}
    raise Problem(
        503,
        f"The database {words[database]}, Temporal {words[temporal]}. Start what is missing and ask again.",
        database=words[database],
        temporal=words[temporal],
    )


async def _database(database: Engine) -> bool:
    def ask() -> None:
        # Below SQLAlchemy's transactions: a long write must not make us look ill.
        connection = database.raw_connection()
        try:
            connection.cursor().execute("SELECT 1")
        finally:
            connection.close()

    try:
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(ask)
    except Exception:
        return False
    return True


async def _temporal(client: Client) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await client.service_client.check_health(timeout=timedelta(seconds=PATIENCE))
    except Exception:
        return False
