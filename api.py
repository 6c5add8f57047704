"""The front door of the HTTP API; what it can do stands in `web/`, a router for each kind of thing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine
from temporalio.client import Client

from activities.composing import WordingFolders
from activities.page_link import PageLinks
from activities.shelf import Shelf, shelf_of
from commands.leaving import leaving
from models.clock import real_now
from models.connection import connect
from models.database import migrate, open_database
from models.settings import Settings
from web import (
    alarms,
    case_claim,
    case_commands,
    case_export,
    case_ladder,
    case_page,
    case_plan,
    case_stops,
    cases,
    claims,
    companies,
    customer_page,
    deliveries,
    delivery_hooks,
    health,
    hooks,
    ladders,
    late_payers,
    page_plan,
    proposals,
    quarantine,
    replies,
    settings,
    tasks,
    wording,
)
from web.delivery_events import event_webhook
from web.envelope import Envelope
from web.limits import BodyLimit
from web.problems import PROBLEM_RESPONSES, answer_with_problems
from web.reach import Reach
from workflows.names import TASK_QUEUE

ROUTERS = (
    health,
    alarms,
    proposals,
    cases,
    case_claim,
    case_commands,
    case_export,
    case_ladder,
    case_page,
    case_plan,
    case_stops,
    claims,
    companies,
    deliveries,
    delivery_hooks,
    hooks,
    ladders,
    replies,
    settings,
    tasks,
    wording,
    quarantine,
    late_payers,
    customer_page,
    page_plan,
)


class Address(BaseSettings):
    """Where the API listens: RYKKER_API_HOST and RYKKER_API_PORT."""

    model_config = SettingsConfigDict(env_prefix="RYKKER_API_")

    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: str = ""
    """Addresses of reverse proxies, with commas between them, whose X-Forwarded-For and X-Forwarded-Proto are believed.

    Empty: nobody's, and a client's address is that of its connection. Networks such as 172.16.0.0/12 are addresses too.
    """


def create_app(
    settings: Settings,
    database: Engine,
    client: Client,
    *,
    shelf: Shelf | None = None,
    clock: Callable[[], datetime] = real_now,
    task_queue: str = TASK_QUEUE,
) -> FastAPI:
    """The API over a migrated database and a Temporal client, which may not be connected yet.

    `clock` tells customers' pages what day it is; a demo or test that travels in time hands in its own.
    """
    app = FastAPI(
        title="Rykker",
        summary="Payment reminders: what waits for people, and what they do about it.",
        description="Send your token with every request: `Authorization: Bearer <token>`. Errors are problem+json.",
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEM_RESPONSES,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    event_webhook(settings.sendgrid_event_key)  # now, and not when the first report is turned away
    folders, links = WordingFolders.of_installation(settings), PageLinks.of(settings)
    app.state.reach = Reach(
        settings, database, client, shelf or shelf_of(settings, database), folders, links, clock, task_queue=task_queue
    )
    answer_with_problems(app)
    app.add_middleware(BodyLimit, roomy=hooks.roomy_paths(settings) | delivery_hooks.ROOMY)
    app.add_middleware(Envelope)  # the last one stands outside of all others
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(customer_page.elsewhere)  # behind the pages that there are
    return app


async def serve() -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Its addresses hold customer and invoice numbers.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings, address = Settings(), Address()
    await asyncio.to_thread(migrate, settings.database)
    app = create_app(settings, open_database(settings.database), await connect(lazy=True))
    # Its access log would hold whole addresses; ours has the routes.
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(address.trusted_proxies),
        forwarded_allow_ips=address.trusted_proxies or None,
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """Run the API."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    with leaving():
        main()
