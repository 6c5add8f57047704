"""A transport with a deadline for the whole answer.

httpx has a timeout for each socket operation; an answer that comes a byte at a time passes all of them for hours.
Here every operation also gets no more than what is left until the deadline, headers and body alike.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx


class DeadlineTransport(httpx.BaseTransport):
    """Sends one request at a time; the request extension `deadline` gives the seconds for all of it.

    Raises what httpx raises; a deadline that passes is a ReadTimeout, WriteTimeout or ConnectTimeout.
    """

    def __init__(self, monotonic: Callable[[], float], ssl_context: ssl.SSLContext | None = None) -> None:
        self._clock = _Clock(monotonic)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context, max_connections=2, keepalive_expiry=5, network_backend=_Backend(self._clock)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._clock.start(float(request.extensions.get("deadline", 30)))
        assert isinstance(request.stream, httpx.SyncByteStream)
        with _as_httpx():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        self._pool.close()


class _Clock:
    """The moment by which the current request must be over."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until = 0.0

    def start(self, seconds: float) -> None:
        self._until = self._monotonic() + seconds

    def at_most(self, timeout: float | None, too_late: type[Exception]) -> float:
        left = self._until - self._monotonic()
        if left <= 0:
            raise too_late("the deadline for the whole answer has passed")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, clock: _Clock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._clock.at_most(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._clock.at_most(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._clock.at_most(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, limit), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, clock: _Clock) -> None:
        self._inner = httpcore.SyncBackend()
        self._clock = clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        limit = self._clock.at_most(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, limit, local_address, socket_options), self._clock)


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._inner

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpx names its errors as httpcore does; callers only ever meet those of httpx."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        meaning = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise meaning(str(error)) from error
