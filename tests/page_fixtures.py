"""The customer's page over the session's engine: opened by its link, read as text, its forms filled in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from httpx import AsyncClient, Response
from sqlmodel import col, select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.page_link import PageLinks
from api import create_app
from models.database import transaction
from models.inbox import InboxFileRow, InboxRow
from tests.api_fixtures import speaking
from tests.story import Story, at

NBSP = "\N{NO-BREAK SPACE}"
PDF = b"%PDF-1.4 an invoice"
BROWSER = {"Accept-Language": "da", "Origin": "null", "Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form on a page without referrers."""


@dataclass
class CustomerPage:
    """The page of the story's newest case, on the business day that `day` names."""

    story: Story
    moment: str = "2026-08-10 12:00"
    http: AsyncClient = field(init=False)

    @property
    def links(self) -> PageLinks:
        return PageLinks.of(self.story.engines.settings)

    @property
    def path(self) -> str:
        return f"/c/{self.links.token(self.story.case.page_key)}"

    def now(self) -> datetime:
        return at(self.moment)

    async def read(self, rest: str = "", status: int = 200) -> str:
        """The words of the page."""
        return words(await self.open(rest, status))

    async def open(self, rest: str = "", status: int = 200, accepts: str = "da") -> Response:
        response = await self.http.get(f"{self.path}{rest}", headers={"Accept-Language": accepts})
        assert response.status_code == status, response.text
        return response

    async def send(
        self, what: str, status: int = 303, files: Any = None, headers: dict[str, str] | None = None, **fields: Any
    ) -> Response:
        """Fill a form of the page in and send it; the form's own id comes from the page unless it is told."""
        form = fields.pop("form", None) or form_id((await self.open()).text)
        response = await self.http.post(
            f"{self.path}/{what}", data={"form": form, **fields}, files=files, headers={**BROWSER, **(headers or {})}
        )
        assert response.status_code == status, response.text
        return response

    async def asks(self, text: str = "Beløbet er forkert.", status: int = 303, **more: Any) -> Response:
        return await self.send("question", status, topic=more.pop("topic", "wrong_amount"), text=text, **more)

    @asynccontextmanager
    async def without_temporal(self) -> AsyncIterator[None]:
        """Temporal is away for the length of a block, as the page sees it."""
        engines, there = self.story.engines, self.http
        nowhere = await Client.connect("127.0.0.1:9", lazy=True, data_converter=pydantic_data_converter)
        app = create_app(engines.settings, engines.database, nowhere, shelf=engines.shelf, clock=self.now)
        async with speaking(app) as self.http:
            yield
        self.http = there

    @property
    def inbox(self) -> list[InboxRow]:
        """What was written on the page of any case of the creditor, oldest first."""
        with transaction(self.story.engines.database) as session:
            query = select(InboxRow).where(InboxRow.creditor_id == self.story.creditor)
            return list(session.exec(query.order_by(col(InboxRow.received_at), col(InboxRow.id))))

    @property
    def files(self) -> list[InboxFileRow]:
        with transaction(self.story.engines.database) as session:
            query = select(InboxFileRow).join(InboxRow, col(InboxRow.id) == col(InboxFileRow.inbox_id))
            return list(session.exec(query.where(InboxRow.creditor_id == self.story.creditor)))


def form_id(html: str) -> str:
    """The id that a page gave its forms; empty where it shows none."""
    found = re.search(r'name="form" value="([0-9a-f]{32})"', html)
    return found[1] if found else ""


def words(response: Response) -> str:
    """What a person reads: no markup, ordinary spaces."""
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", response.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace(NBSP, " ").split())


@asynccontextmanager
async def page_of(story: Story) -> AsyncIterator[CustomerPage]:
    """The page in this process, with the session's database, books and Temporal client, on the story's clock."""
    page, engines = CustomerPage(story), story.engines
    app = create_app(engines.settings, engines.database, engines.client, shelf=engines.shelf, clock=page.now)
    async with speaking(app) as page.http:
        yield page
