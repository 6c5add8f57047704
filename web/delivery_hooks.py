"""What providers post of messages on their way: kept at once, told to the case where it must hear of it now."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import IntegrityError

from activities import deliveries
from models.cases import CaseRow
from models.clock import real_now
from models.database import transaction
from models.deliveries import Report
from models.news import DeliveryReported
from web.delivery_events import read_mail_events, read_text_status
from web.engine import tell
from web.problems import Problem
from web.reach import Reach, Reached

router = APIRouter(prefix="/hooks", include_in_schema=False)

ROOMY = {"/hooks/sendgrid/events": 4 * 1024 * 1024}
"""SendGrid posts many reports at once."""
A_MOMENT = 5.0
"""Seconds in which cases are told; the providers want their answer soon, and the sweep tells whoever is left."""


@router.post("/sendgrid/events")
async def mail_events(request: Request, reach: Reached) -> Response:
    await take(reach, read_mail_events(reach.settings, request.headers, await request.body(), real_now()))
    return Response(status_code=200)


@router.post("/twilio/status")
async def text_status(request: Request, reach: Reached) -> Response:
    body = await request.body()
    await take(reach, [read_text_status(reach.settings, request.url, request.headers, body, real_now())])
    return Response("<Response></Response>", media_type="text/xml")


async def take(reach: Reach, reports: Sequence[Report]) -> None:
    """Keep reports; that a case could not be told changes nothing, for it is kept what it must hear."""
    cases = await run_in_threadpool(_keep, reach, reports)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(A_MOMENT):
            for case in cases:
                with contextlib.suppress(Problem):
                    await tell(reach, case, "delivery_reported", news_of(reports))


def news_of(reports: Sequence[Report]) -> DeliveryReported:
    """The same batch is the same news."""
    named = hashlib.sha256("\n".join(sorted(report.source for report in reports)).encode()).hexdigest()
    return DeliveryReported(id=f"delivery-{named[:32]}")


def _keep(reach: Reach, reports: Sequence[Report]) -> list[CaseRow]:
    try:
        with transaction(reach.database) as session:
            return deliveries.keep(session, reports)
    except IntegrityError:
        # The same report was kept by another process a moment ago.
        with transaction(reach.database) as session:
            return deliveries.keep(session, reports)
