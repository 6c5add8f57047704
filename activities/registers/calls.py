"""How a register is asked: one request at a time, at a fair pace, repeated where that helps; nothing is raised.

All of it is reading, so a repeat changes nothing; what counts is whether there is a usable answer in the end.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from activities.books.deadline import DeadlineTransport
from activities.books.economic_fields import parse_json
from activities.channels.calls import retry_at
from models.clock import real_now

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 3
"""So many questions in a row without an answer, and the register is left alone for the rest of the list."""


@dataclass(frozen=True)
class Patience:
    """How long we wait, in seconds."""

    connect: float = 5
    read: float = 10
    """For each read from the socket."""
    total: float = 15
    """For one whole answer, however it drips."""
    tries: int = 3
    first_pause: float = 0.5
    """Doubles with each repeat; the real pause is drawn between nothing and this (full jitter)."""
    longest_wait: float = 20
    """A register that asks for a longer pause is not asked again until it is over."""


@dataclass(frozen=True)
class Pace:
    """What makes time pass; tests hand in their own."""

    apart: float = 0
    """Seconds from the beginning of one request to that of the next."""
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Answer:
    """What came back; `trouble` says why it is no answer, and is empty for one that means something."""

    status: int = 0
    document: Any = None
    """The JSON, None where there was none."""
    trouble: str = ""
    wait: float | None = None
    """Seconds that the server asked for."""


class Calls:
    """Asks one register; the answer to every mishap is an `Answer` with its trouble."""

    def __init__(
        self, client: httpx.Client, name: str, patience: Patience, pace: Pace, *, largest_body: int = 1024 * 1024
    ) -> None:
        self._client = client
        self._name = name
        self._patience = patience
        self._pace = pace
        self._largest_body = largest_body
        # The deadline of the transport is for one request at a time.
        self._one_at_a_time = threading.Lock()
        self._next = self._closed_until = float("-inf")

    def ask(self, method: str, url: str, *, tries: int | None = None, **request: Any) -> Answer:
        """One question with its repeats; `request` takes `params`, `json` and `headers` as httpx knows them."""
        answer = Answer(trouble="not asked")
        tries = tries or self._patience.tries
        for repeat in range(tries):
            with self._one_at_a_time:
                if self._pace.monotonic() < self._closed_until:
                    return Answer(trouble="it asked to be left alone for a while")
                self._keep_apart()
                answer = self._once(method, url, request)
                if not answer.trouble:
                    return answer
                logger.warning("%s gave no answer: %s", self._name, answer.trouble)
                if answer.wait is not None and (answer.wait > self._patience.longest_wait or repeat + 1 == tries):
                    self._closed_until = self._pace.monotonic() + answer.wait
                    return answer
            if repeat + 1 < tries:
                self._pace.sleep(answer.wait or random.uniform(0, self._patience.first_pause * 2**repeat))
        return answer

    def close(self) -> None:
        self._client.close()

    def _keep_apart(self) -> None:
        wait = self._next - self._pace.monotonic()
        if wait > 0:
            self._pace.sleep(wait)
        self._next = self._pace.monotonic() + self._pace.apart

    def _once(self, method: str, url: str, request: Mapping[str, Any]) -> Answer:
        timeout = httpx.Timeout(self._patience.connect, read=self._patience.read)
        deadline = {"deadline": self._patience.total}
        try:
            with self._client.stream(method, url, timeout=timeout, extensions=deadline, **request) as answer:
                body = _body(answer, self._largest_body)
        except (httpx.TransportError, httpx.DecodingError) as error:
            # The kind alone: what the libraries say may quote addresses.
            return Answer(trouble=type(error).__name__)
        if body is None:
            return Answer(answer.status_code, trouble=f"more than {self._largest_body} bytes")
        document = _document(answer.headers, body)
        return Answer(answer.status_code, document, _trouble(answer.status_code, document), _told_to_wait(answer))


def client_of(
    url: str, guarded: Callable[[httpx.BaseTransport], httpx.BaseTransport], pace: Pace, **more: Any
) -> httpx.Client:
    """An httpx client that goes where `guarded` lets it, never by redirect or proxy."""
    encrypted = httpx.create_ssl_context(trust_env=False) if url.startswith("https:") else None
    transport = guarded(DeadlineTransport(pace.monotonic, encrypted))
    return httpx.Client(transport=transport, follow_redirects=False, trust_env=False, **more)


def _trouble(status: int, document: Any) -> str:
    if status in (408, 429) or status >= 500 or (status < 400 and status != 200):
        return f"status {status}"
    return "an answer that is not JSON" if status == 200 and document is None else ""


def _told_to_wait(answer: httpx.Response) -> float | None:
    now = real_now()
    then = retry_at(answer.headers, now) if answer.status_code in (429, 503) else None
    return None if then is None else (then - now).total_seconds()


def _body(answer: httpx.Response, largest: int) -> bytes | None:
    """None for a body that is too large."""
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > largest:
            return None
    return bytes(body)


def _document(headers: httpx.Headers, body: bytes) -> Any:
    kind = headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return parse_json(body)
    except ValueError:
        return None
