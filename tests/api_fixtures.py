"""The API over the session's engine, spoken to as one of the creditor's people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from api import create_app
from tests.story import Engines


@dataclass
class Api:
    """Anna is the admin, Rasmus the rep who owns Havn A/S, Ida a rep of other customers."""

    http: AsyncClient
    creditor: str

    async def get(self, path: str, by: str = "anna", **query: Any) -> Any:
        """What a GET answers; it must be allowed."""
        response = await self.call("GET", path, by, params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async def do(self, path: str, body: Any, by: str = "anna", method: str = "POST") -> Any:
        """What a command answers; it must be carried out."""
        response = await self.call(method, path, by, json=body)
        assert response.status_code in (200, 202), response.text
        return response.json()

    async def refused(self, status: int, method: str, path: str, body: Any = None, by: str = "anna") -> Any:
        """The problem that a request is answered with."""
        response = await self.call(method, path, by, **({} if body is None else {"json": body}))
        return problem(response, status)

    async def call(self, method: str, path: str, by: str = "anna", **more: Any) -> Response:
        token = f"{self.creditor}-{by}"
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)


def problem(response: Response, status: int) -> Any:
    """The body of an error, which is problem+json whatever went wrong."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:rykker:problem:")
    assert body["title"]
    assert body["detail"]
    return body


def wrong(body: Any) -> dict[str, str]:
    """Where and what, of a problem's errors."""
    return {error["where"]: error["what"] for error in body["errors"]}


def speaking(app: FastAPI) -> AsyncClient:
    """A client of an app in this process."""
    return AsyncClient(transport=ASGITransport(app), base_url="http://api")


@asynccontextmanager
async def api_of(engines: Engines, creditor: str) -> AsyncIterator[Api]:
    """The API in this process, with the session's database and Temporal client."""
    app = create_app(engines.settings, engines.database, engines.client)
    async with speaking(app) as http:
        yield Api(http, creditor)
