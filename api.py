"""The front door of the HTTP API; what it can do stands in `web/`, a router for each kind of thing."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import uvicorn
from fastapi import FastAPI
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Engine
from temporalio.client import Client

from models.connection import connect
from models.database import migrate, open_database
from models.settings import Settings
from web import case_claim, case_commands, case_ladder, cases, claims, health, ladders, proposals, settings, wording
from web.envelope import Envelope
from web.limits import BodyLimit
from web.problems import PROBLEM_RESPONSES, answer_with_problems
from web.reach import Reach

ROUTERS = (health, proposals, cases, case_claim, case_commands, case_ladder, claims, ladders, settings, wording)


class Address(BaseSettings):
    """Where the API listens: RYKKER_API_HOST and RYKKER_API_PORT."""

    model_config = SettingsConfigDict(env_prefix="RYKKER_API_")

    host: str = "127.0.0.1"
    port: int = 8000


def create_app(settings: Settings, database: Engine, client: Client) -> FastAPI:
    """The API over a migrated database and a Temporal client, which may not be connected yet."""
    app = FastAPI(
        title="Rykker",
        summary="Payment reminders: what waits for people, and what they do about it.",
        description="Send your token with every request: `Authorization: Bearer <token>`. Errors are problem+json.",
        redoc_url=None,
        redirect_slashes=False,
        responses=PROBLEM_RESPONSES,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.reach = Reach(settings, database, client)
    answer_with_problems(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Envelope)  # the last one stands outside of all others
    for module in ROUTERS:
        app.include_router(module.router)
    return app


async def serve() -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings, address = Settings(), Address()
    await asyncio.to_thread(migrate, settings.database)
    app = create_app(settings, open_database(settings.database), await connect(lazy=True))
    # Its access log would hold whole addresses; ours has the routes.
    config = uvicorn.Config(
        app, host=address.host, port=address.port, log_config=None, access_log=False, server_header=False
    )
    await uvicorn.Server(config).serve()


def main() -> None:
    """Run the API."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
