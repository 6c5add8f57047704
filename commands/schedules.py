"""Keeps the schedules of every creditor, also of those that are added later."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from commands.rounds import keep_rounds

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
"""Real time after which a new creditor's schedules are there at the latest."""


async def keep_schedules(client: Client, database: Engine, every: timedelta = EVERY) -> None:
    """Until it is cancelled; what is down now is asked again the next time."""
    while True:
        try:
            await keep_rounds(client, database)
        except (RPCError, SQLAlchemyError) as error:
            logger.warning("the schedules could not be looked after (%s); again in %s", type(error).__name__, every)
        await asyncio.sleep(every.total_seconds())
