"""Errors as RFC 9457 problem+json: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException

from web.mistakes import Mistake, mistakes_of

MEDIA_TYPE = "application/problem+json"
LARGEST_BODY = 64 * 1024

KINDS = {
    400: ("unreadable", "The request cannot be read"),
    401: ("not-signed-in", "Sign in first"),
    403: ("not-allowed", "This is not yours to do"),
    404: ("not-found", "There is no such thing here"),
    405: ("wrong-method", "This address does not take that method"),
    409: ("refused", "The engine refuses this"),
    413: ("too-large", "The request is too large"),
    415: ("not-json", "The request is not JSON"),
    422: ("invalid", "Something in the request is wrong"),
    500: ("failed", "Rykker failed"),
    503: ("unavailable", "Rykker cannot do this now"),
}
DETAILS = {
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address exists but does not take that method; /docs lists those that it takes.",
    413: f"A request may have {LARGEST_BODY // 1024} KiB; this one has more. Nothing was changed.",
}
NO_DATABASE = "The database does not answer. Nothing was changed; try again in a minute, and look at /healthz."


class Problem(Exception):
    """Ends a request with a sentence for the person who sent it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.members = members


class ProblemDocument(BaseModel):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []
    """Where and what, for each thing that is wrong in a request."""


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "What is wrong, where, and what to do",
        "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
    }
}


def response_to(problem: Problem) -> JSONResponse:
    """The problem as it is sent."""
    kind, title = KINDS.get(problem.status, ("http", HTTPStatus(problem.status).phrase))
    body: dict[str, Any] = {
        "type": f"urn:rykker:problem:{kind}",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    if problem.errors:
        body["errors"] = [mistake.model_dump() for mistake in problem.errors]
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def invalid(errors: Sequence[Mistake]) -> Problem:
    """A request of which each part that is wrong is named; nothing of it was carried out."""
    told = "; ".join(f"{mistake.where}: {mistake.what}" for mistake in errors)
    return Problem(422, f"Nothing was changed. {told}", errors=errors)


def answer_with_problems(app: FastAPI) -> None:
    """Let every error leave as problem+json."""

    @app.exception_handler(Problem)
    async def _(_: Request, problem: Problem) -> JSONResponse:
        return response_to(problem)

    @app.exception_handler(HTTPException)
    async def _(_: Request, error: HTTPException) -> JSONResponse:
        return response_to(
            Problem(error.status_code, DETAILS.get(error.status_code, error.detail), headers=error.headers)
        )

    @app.exception_handler(RequestValidationError)
    async def _(_: Request, error: RequestValidationError) -> JSONResponse:
        return response_to(_unsound(error))

    @app.exception_handler(OperationalError)
    async def _(_: Request, error: OperationalError) -> JSONResponse:
        return response_to(Problem(503, NO_DATABASE))

    @app.exception_handler(TimeoutError)
    async def _(_: Request, error: TimeoutError) -> JSONResponse:
        return response_to(Problem(503, NO_DATABASE))


def _unsound(error: RequestValidationError) -> Problem:
    """Not JSON at all, sent as something else, or JSON with mistakes in it."""
    found = error.errors()
    first = found[0]
    if first["type"] == "json_invalid":
        return Problem(400, f"The body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}.")
    if tuple(first["loc"]) == ("body",) and isinstance(first.get("input"), bytes):
        return Problem(415, "The body must be JSON and say so; add the header Content-Type: application/json.")
    return invalid(mistakes_of(found))
