"""Around every request: safe headers, one line in the log, and no failure that tells more than it should."""

from __future__ import annotations

import logging
import secrets
import time
import traceback

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.limits import PAGES
from web.page_route import stranger
from web.problems import Problem, response_to

LOG = logging.getLogger("rykker.api")

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
DOCS_POLICY = (
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self'; img-src data: https://fastapi.tiangolo.com; "
    "script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'unsafe-inline' https://cdn.jsdelivr.net"
)
"""The page of the API's description loads its program from where FastAPI keeps it."""


class Envelope:
    """ASGI middleware. Logs method, route and status, never an address, a body or a token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def sealed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _seal(MutableHeaders(scope=message), scope["path"])
            await send(message)

        try:
            await self.app(scope, receive, sealed)
        except Exception as error:
            incident = _logged(error)
            if status:
                raise RuntimeError(f"the answer was cut short, incident {incident}") from None
            await _failed(scope, incident)(scope, receive, sealed)
        finally:
            took = (time.perf_counter() - began) * 1000
            LOG.info("%s %s %s %.0f ms", scope["method"], _route(scope), status, took)


def _failed(scope: Scope, incident: str) -> Response:
    """For those who run Rykker the place in the log; for a customer a friendly word."""
    if scope["path"].startswith(PAGES):
        return stranger(Request(scope), "trouble", 500)
    detail = f"Something failed inside Rykker; it is in the log as {incident}. Tell whoever runs it."
    return response_to(Problem(500, detail))


def _seal(headers: MutableHeaders, path: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if path == "/docs":
        headers["Content-Security-Policy"] = DOCS_POLICY


def _route(scope: Scope) -> str:
    """The route's pattern: addresses carry ids that outsiders may have made up."""
    return getattr(scope.get("route"), "path", "(no route)")


def _logged(error: Exception) -> str:
    """Log where it failed and with what kind of error; its text may hold personal data and stays out."""
    incident = secrets.token_hex(4)
    places = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("incident %s: %s\n%s", incident, type(error).__name__, places)
    return incident
