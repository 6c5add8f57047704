"""No body above the limit, whether it says its length or comes in pieces."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import DETAILS, LARGEST_BODY, Problem, response_to

PAGES = "/c/"
"""Where the customers' pages are. Their bodies are read only once the link has been found good, and files may come."""
LARGEST_UPLOAD = 24 * 1024 * 1024
"""Far above what is kept: a person whose photograph is too large is told so, and keeps what was written beside it."""


class BodyLimit:
    """ASGI middleware. Reads a body before anything else happens; a larger one is refused as soon as that is known."""

    def __init__(self, app: ASGIApp, roomy: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.roomy = roomy or {}
        """Exact paths that take more, and how much."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(PAGES):
            limit = LARGEST_UPLOAD if scope["path"].endswith("/question") else LARGEST_BODY
            await self.app(scope, _counted(receive, limit), send)
            return
        if scope["path"] in self.roomy:
            await self.app(scope, _counted(receive, self.roomy[scope["path"]]), send)
            return
        read = await _read(scope, receive)
        if read is None:
            await response_to(Problem(413, DETAILS[413]))(scope, receive, send)
            return

        async def again() -> Message:
            return read.pop(0) if read else await receive()

        await self.app(scope, again, send)


def _counted(receive: Receive, limit: int) -> Receive:
    """The same body piece by piece; a Problem as soon as it is larger than the limit."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise Problem(413, f"A request here may have {limit // 1024} KiB; this one has more. Nothing was changed.")
        return message

    return counting


async def _read(scope: Scope, receive: Receive) -> list[Message] | None:
    """The messages that make up the body; None when they are too large."""
    told = Headers(scope=scope).get("content-length", "")
    if told.isdecimal() and (len(told) > 10 or int(told) > LARGEST_BODY):
        return None
    messages: list[Message] = []
    size = 0
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        if size > LARGEST_BODY:
            return None
    return messages
