"""The API on a port of its own, and SendGrid and Twilio that post to its hooks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import col, select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.messages import message_id_of
from activities.reply_address import reply_address
from api import create_app
from models.database import transaction
from models.inbox import InboxFileRow, InboxRow
from models.letters import Channel
from models.settings import Settings
from standins.sendgrid.inbound import post_mail
from tests.api_fixtures import Api, speaking
from tests.story import Engines, Story

SECRET = "a-secret-of-the-hook"
DOMAIN = "svar.rykker.example"
NUMBER = "+4592450000"


class Serving(uvicorn.Server):
    """A server that leaves the signals of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    """The app on a socket, for the length of a block."""
    server = Serving(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


@dataclass
class Hooks:
    """What providers post, and what came of it."""

    story: Story
    api: Api
    app: FastAPI
    settings: Settings
    url: str

    @property
    def tag(self) -> str:
        """The address to which replies to the newest case are asked for."""
        address = reply_address(self.story.creditor, self.story.case.page_key, DOMAIN)
        assert address
        return address

    async def mail(self, to: str = "", sender: str = "", secret: str = SECRET, **more: Any) -> list[int]:
        """A mail of Havn A/S in answer to its case, unless told otherwise."""
        hook = f"{self.url}/hooks/sendgrid/inbound/{secret}"
        sender = sender or f"Bo Havn <{self.story.email}>"
        return await asyncio.to_thread(partial(post_mail, hook, to or self.tag, sender, **more))

    async def text(self, body: str, sender: str = "", to: str = NUMBER, **more: Any) -> list[int]:
        """A text from the mobile of Havn A/S."""
        hook = f"{self.url}/hooks/twilio/inbound"
        post = partial(self.story.engines.twilio.inbound, hook, sender or self.story.mobile, to, body, **more)
        return await asyncio.to_thread(post)

    async def reported(self, step: str, channel: str, *kinds: Any, **more: Any) -> list[int]:
        """What the provider reports of the newest message of a step on a channel."""
        story = self.story
        message = message_id_of(story.proposal(step).id, Channel(channel))
        if channel == "email":
            hook = f"{self.url}/hooks/sendgrid/events"
            return await asyncio.to_thread(partial(story.engines.sendgrid.events, hook, message, *kinds, **more))
        [row] = [row for row in story.messages if row.id == message]
        taken = [text.sid for text in story.texts if f"message_id={message}" in text.callback]
        sid = taken[0] if taken else row.provider_reference
        hook = f"{self.url}/hooks/twilio/status?message_id={message}"
        return await asyncio.to_thread(partial(story.engines.twilio.call_back, sid, *kinds, url=hook, **more))

    @property
    def inbox(self) -> list[InboxRow]:
        """What came in for the story's creditor, oldest first."""
        with transaction(self.story.engines.database) as session:
            query = select(InboxRow).where(InboxRow.creditor_id == self.story.creditor)
            return list(session.exec(query.order_by(col(InboxRow.received_at), col(InboxRow.id))))

    @property
    def files(self) -> list[InboxFileRow]:
        with transaction(self.story.engines.database) as session:
            mine = [row.id for row in self.inbox]
            query = select(InboxFileRow).where(col(InboxFileRow.inbox_id).in_(mine))
            return list(session.exec(query.order_by(col(InboxFileRow.id))))

    @asynccontextmanager
    async def without_temporal(self) -> AsyncIterator[None]:
        """Temporal is away for the length of a block, as the API sees it."""
        reach = self.app.state.reach
        nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=pydantic_data_converter)
        self.app.state.reach = type(reach)(**{**reach.__dict__, "client": nowhere})
        try:
            yield
        finally:
            self.app.state.reach = reach


def settings_of(engines: Engines, url: str) -> Settings:
    """The settings of the session, with hooks."""
    return Settings(
        **{
            **engines.settings.model_dump(),
            "public_url": url,
            "rykker_inbound_domain": DOMAIN,
            "rykker_inbound_secret": SECRET,
            "sendgrid_event_key": engines.sendgrid.event_key,
        }
    )


@pytest.fixture
async def hooks(engines: Engines, story: Story) -> AsyncIterator[Hooks]:
    """The API of the story on a port, with its hooks."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = settings_of(engines, url)
        app = create_app(settings, engines.database, engines.client)
        async with serving(app, listening), speaking(app) as http:
            yield Hooks(story, Api(http, story.creditor), app, settings, url)
    engines.twilio.reset()
