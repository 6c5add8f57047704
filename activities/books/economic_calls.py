"""How one agreement is asked: one request at a time, at a fair pace, repeated where that helps.

A GET changes nothing and may always be repeated; what counts is whether we end up knowing or not knowing.
Limits and headers: https://restdocs.e-conomic.com/ and `X-RateLimiting` as seen on live answers.
"""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from activities.books.economic_fields import log_id, parse_json, plain_id, value_of
from models.books import BooksRefused, BooksUnavailable
from models.clock import real_now

logger = logging.getLogger(__name__)
T = TypeVar("T")

LARGEST_BODY = 64 * 1024 * 1024
PAUSE_FROM = 0.7
"""The share of the rate budget at which we let it refill; the budget is shared with the creditor's other apps."""


class Forbidden(BooksRefused):
    """The grant is good but its role or module does not reach this resource."""


class NotFound(BooksRefused):
    """There is nothing at this address."""


class TryAgain(Exception):
    """An answer that says nothing; asking again may help, after `wait` seconds where the server named a time."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


@dataclass(frozen=True)
class Patience:
    """How long we wait, in seconds."""

    connect: float = 5
    read: float = 20
    """For each read from the socket."""
    total: float = 30
    """For one whole answer, however it drips."""
    pdf_read: float = 60
    pdf_total: float = 90
    altogether: float = 180
    """For one question with all its repeats and pauses; an activity that asks must allow for more than this."""
    repeats: int = 5
    first_pause: float = 0.5
    """Doubles with each repeat; the real pause is drawn between nothing and this (full jitter)."""
    longest_pause: float = 20
    told_to_wait: float = 60
    """When the server refuses for its rate limit and does not say for how long."""
    longest_wait: float = 300


class Calls:
    """Asks one agreement. Raises BooksUnavailable when the answer stays unknown, BooksRefused when it is no."""

    def __init__(
        self, client: httpx.Client, patience: Patience, sleep: Callable[[float], None], monotonic: Callable[[], float]
    ) -> None:
        self._client = client
        self._patience = patience
        self._sleep = sleep
        self._monotonic = monotonic
        self._one_at_a_time = threading.Lock()
        self._not_before = 0.0

    def json(self, url: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON behind `url`; the caller checks its shape."""
        timeout = httpx.Timeout(self._patience.connect, read=self._patience.read)
        return self._ask(url, params, timeout, self._patience.total, _as_json)

    def items(self, url: str, query: str) -> Iterator[Any]:
        """Every item of a cursor listing; the end is an answer without a cursor."""
        params = {"filter": query}
        while True:
            answer = self.json(url, params)
            items = value_of(answer, "items") or []
            if not isinstance(answer, Mapping) or not isinstance(items, list):
                raise BooksUnavailable(f"e-conomic's answer on {httpx.URL(url).path} has an unknown shape")
            yield from items
            cursor = value_of(answer, "cursor")
            if not cursor or cursor == params.get("cursor"):
                return
            params = {"filter": query, "cursor": str(cursor)}

    def pdf(self, url: str) -> bytes:
        """The PDF behind `url`, complete by its own marks."""
        timeout = httpx.Timeout(self._patience.connect, read=self._patience.pdf_read)
        return self._ask(url, None, timeout, self._patience.pdf_total, _as_pdf)

    def _ask(
        self,
        url: str,
        params: Mapping[str, str] | None,
        timeout: httpx.Timeout,
        deadline: float,
        read: Callable[[httpx.Headers, bytes], T],
    ) -> T:
        path = httpx.URL(url).path
        give_up_at = self._monotonic() + self._patience.altogether
        for repeat in range(self._patience.repeats + 1):
            try:
                with self._one_at_a_time:
                    self._keep_pace()
                    return self._once(url, params, timeout, deadline, read)
            except TryAgain as again:
                wait = again.wait if again.wait is not None else self._pause(repeat)
                if repeat == self._patience.repeats or self._monotonic() + wait > give_up_at:
                    raise BooksUnavailable(
                        f"e-conomic gave no usable answer on {path} after {repeat + 1} tries: {again.reason}"
                    ) from None
                logger.info("e-conomic: %s on %s, asking again in %.1f s", again.reason, path, wait)
                self._sleep(wait)
        raise AssertionError("unreachable")

    def _once(
        self,
        url: str,
        params: Mapping[str, str] | None,
        timeout: httpx.Timeout,
        deadline: float,
        read: Callable[[httpx.Headers, bytes], T],
    ) -> T:
        try:
            with self._client.stream(
                "GET", url, params=params, timeout=timeout, extensions={"deadline": deadline}
            ) as answer:
                body = _body(answer)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise TryAgain(type(error).__name__) from None
        self._note_budget(answer.headers)
        if answer.status_code == 200:
            return read(answer.headers, body)
        raise self._meaning(answer, body)

    def _meaning(self, answer: httpx.Response, body: bytes) -> Exception:
        """What an answer other than 200 means for us; never quotes the body, which may hold anything."""
        status, path = answer.status_code, answer.request.url.path
        if status in (408, 429) or status >= 500 or status < 400:
            return TryAgain(f"status {status}", self._told_to_wait(answer))
        ids = [f"logId {log_id(body)}" if log_id(body) else ""]
        ids.append(f"X-RequestId {request_id}" if (request_id := plain_id(answer.headers.get("X-RequestId"))) else "")
        asked = ", ".join([f"{status} on {path}", *filter(None, ids)])
        match status:
            case 401:
                return BooksRefused(
                    f"e-conomic refuses the grant ({asked}): revoked or wrong; connect the company again"
                )
            case 403:
                return Forbidden(f"e-conomic forbids this ({asked}): the app lacks the role, or the company the module")
            case 404:
                return NotFound(f"e-conomic has nothing there ({asked})")
            case _:
                return BooksRefused(f"e-conomic does not accept our request ({asked}): report this as a fault")

    def _told_to_wait(self, answer: httpx.Response) -> float | None:
        """Seconds from Retry-After in either form, with a little jitter; a plain error without one has no opinion."""
        told = answer.headers.get("Retry-After", "").strip()
        wait = self._patience.told_to_wait if answer.status_code == 429 else None
        if re.fullmatch(r"\d{1,9}", told):
            wait = float(told)
        elif told:
            wait = _seconds_until(told, answer.headers.get("Date", ""), wait)
        return None if wait is None else min(wait, self._patience.longest_wait) + random.random()

    def _pause(self, repeat: int) -> float:
        return random.uniform(0, min(self._patience.longest_pause, self._patience.first_pause * 2**repeat))

    def _note_budget(self, headers: httpx.Headers) -> None:
        """Past the mark, wait until an evenly refilling budget would be half empty again."""
        seen = re.search(r"per-(\d{1,6})-seconds:\s*(\d{1,9})/(\d{1,9})", headers.get("X-RateLimiting", ""))
        if seen and (limit := int(seen[3])) and (used := int(seen[2]) / limit) >= PAUSE_FROM:
            pause = min(int(seen[1]) * (used - 0.5), self._patience.told_to_wait)
            self._not_before = self._monotonic() + pause

    def _keep_pace(self) -> None:
        wait = self._not_before - self._monotonic()
        if wait > 0:
            logger.info("e-conomic: the rate budget is nearly used, waiting %.1f s", wait)
            self._sleep(wait)
        self._not_before = 0.0


def _body(answer: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LARGEST_BODY:
            raise TryAgain(f"more than {LARGEST_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


def _as_json(headers: httpx.Headers, body: bytes) -> Any:
    kind = headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise TryAgain("an answer that is not JSON")
    try:
        return parse_json(body)
    except ValueError:
        raise TryAgain("an answer that is broken JSON") from None


def _as_pdf(headers: httpx.Headers, body: bytes) -> bytes:
    kind = headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/pdf" or not body.startswith(b"%PDF-"):
        raise TryAgain("an answer that is not a PDF")
    if b"%%EOF" not in body[-2048:]:
        raise TryAgain("a PDF that is cut short")
    return body


def _seconds_until(moment: str, server_now: str, otherwise: float | None) -> float | None:
    """From the server's own clock to `moment`, both HTTP dates; our clock stands in when it tells none."""
    try:
        then = parsedate_to_datetime(moment)
        now = parsedate_to_datetime(server_now) if server_now else real_now()
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError):
        return otherwise
