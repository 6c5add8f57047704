"""Around every request for a customer's page: who may post to it, and a friendly answer whatever goes wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from web.links import NoPage, TooOften
from web.page_words import accepted_language, sayer, shown
from web.problems import Problem
from web.reach import Reached

SAME_SITE = ("same-origin", "none")


class Foreign(Exception):
    """A form that another web site sent."""


def _own_form(request: Request, reach: Reached) -> None:
    """Refuse what another web site sends. Whoever has the link may post, so this only guards against being used.

    A page without referrers says `Origin: null` of itself, too; then it counts what the browser says of the site.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return
    if origin == "null":
        if request.headers.get("sec-fetch-site", "same-origin") not in SAME_SITE:
            raise Foreign
        return
    own = urlsplit(reach.links.public_url)
    if origin != f"{own.scheme}://{own.netloc}" and urlsplit(origin).netloc != request.headers.get("host"):
        raise Foreign


OwnForm = Depends(_own_form)


class PageRoute(APIRoute):
    """Answers in the customer's words where the rest of the API answers with a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def friendly(request: Request) -> Response:
            try:
                return await handle(request)
            except TooOften as error:
                minutes = math.ceil(error.seconds / 60)
                answer = stranger(request, "too_often", 429, minutes=minutes)
                answer.headers["Retry-After"] = str(error.seconds)
                return answer
            except NoPage as error:
                return stranger(request, "no_page", error.status)
            except Foreign:
                return stranger(request, "foreign", 403)
            except (Problem, HTTPException) as error:
                status = error.status if isinstance(error, Problem) else error.status_code
                return stranger(request, {413: "too_large", 503: "trouble"}.get(status, "unreadable"), status)
            except RequestValidationError:
                return stranger(request, "unreadable", 422)
            except (OperationalError, TimeoutError):
                return stranger(request, "trouble", 503)

        return friendly


def stranger(request: Request, name: str, status: int, **values: Any) -> Response:
    """A note that tells nothing of any case, in a language that the browser understands."""
    language = accepted_language(request.headers.get("accept-language", ""))
    say = sayer(language)
    return shown(
        "note.html.j2", language, status, seen=None, path="", title=say(f"{name}_title"), text=say(name, **values)
    )
