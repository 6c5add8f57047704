"""No body above the limit, whether it says its length or comes in pieces."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import DETAILS, LARGEST_BODY, Problem, response_to


class BodyLimit:
    """ASGI middleware. Reads a body before anything else happens; a larger one is refused as soon as that is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = await _read(scope, receive)
        if read is None:
            await response_to(Problem(413, DETAILS[413]))(scope, receive, send)
            return

        async def again() -> Message:
            return read.pop(0) if read else await receive()

        await self.app(scope, again, send)


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
