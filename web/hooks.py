"""What providers post to us: replies by e-mail and texts. A reply is kept, and answered once its case was told."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from activities.replies import keep, news_of, still_to_tell, told
from models.cases import CaseRow
from models.database import transaction
from models.inbox import InboxRow
from models.incoming import Incoming
from models.settings import Settings
from web.engine import tell
from web.inbound_mail import LARGEST_MAIL, read_mail
from web.inbound_text import read_text
from web.problems import DETAILS, Problem
from web.reach import Reach, Reached

router = APIRouter(prefix="/hooks", include_in_schema=False)

MAIL = "/hooks/sendgrid/inbound/"
SO_MANY = 20
"""So many messages that could not be told earlier are told after the next one that could."""


def roomy_paths(settings: Settings) -> dict[str, int]:
    """The one address to which large mails may be posted; a guessed one gets no room."""
    secret = settings.rykker_inbound_secret.get_secret_value()
    return {f"{MAIL}{secret}": LARGEST_MAIL} if secret else {}


@router.post("/sendgrid/inbound/{secret}")
async def mail_came(secret: str, request: Request, reach: Reached) -> Response:
    expected = reach.settings.rykker_inbound_secret.get_secret_value()
    if not expected or not hmac.compare_digest(secret.encode(), expected.encode()):
        raise Problem(404, DETAILS[404])
    await take(reach, await read_mail(request))
    return Response(status_code=200)


@router.post("/twilio/inbound")
async def text_came(request: Request, reach: Reached) -> Response:
    url, body = request.url, await request.body()
    await take(reach, read_text(reach.settings, url.path, url.query, request.headers, body))
    return Response("<Response></Response>", media_type="text/xml")


async def take(reach: Reach, incoming: Incoming) -> None:
    """Keep a message and tell its cases; Problem 503 when they could not be told, so that it is posted again."""
    ids = await run_in_threadpool(keep, reach.database, incoming, reach.clock())
    waiting = await run_in_threadpool(_to_tell, reach, ids)
    await hand_over(reach, waiting)
    if waiting:
        for late in (await run_in_threadpool(_to_tell, reach, None))[:SO_MANY]:
            with suppress(Problem):
                await hand_over(reach, [late])


async def hand_over(reach: Reach, waiting: Sequence[tuple[InboxRow, CaseRow]]) -> None:
    """Tell cases what came in for them, and note that they know."""
    for row, case in waiting:
        signal, news = news_of(row)
        try:
            await tell(reach, case, signal, news)
        except Problem as problem:
            raise Problem(503, problem.detail) from problem
        await run_in_threadpool(_told, reach, row.id)


def _to_tell(reach: Reach, ids: Sequence[str] | None) -> list[tuple[InboxRow, CaseRow]]:
    with transaction(reach.database) as session:
        return still_to_tell(session, ids)


def _told(reach: Reach, inbox_id: str) -> None:
    with transaction(reach.database) as session:
        told(session, inbox_id)
