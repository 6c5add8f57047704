"""The only way out to the books: it can GET, it can reach the configured hosts, and it can do nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import httpx

Origin = tuple[str, str, int]


class BooksAreReadOnly(RuntimeError):
    """Something tried to change the books; nothing has left the machine."""


class ForeignHost(RuntimeError):
    """A request was meant for a host that is not configured; nothing has left the machine."""


class ReadOnlyTransport(httpx.BaseTransport):
    """Lets a GET to a configured origin through to `inner` and refuses everything else before a byte leaves.

    No grant is for reading alone (the vendor's roles go by entity, not by verb), so it is ensured here.
    Raises ValueError at once for a base address that is neither https nor on this machine.
    """

    def __init__(self, inner: httpx.BaseTransport, base_urls: Iterable[str]) -> None:
        self._inner = inner
        self._origins = frozenset(_checked(httpx.URL(url)) for url in base_urls)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            raise BooksAreReadOnly(f"{request.method} {request.url.path}: the books are only ever read")
        if _origin(request.url) not in self._origins:
            raise ForeignHost(f"{request.url.scheme}://{request.url.host} is not where the books are")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine, by its name or number alone and without asking DNS."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _checked(url: httpx.URL) -> Origin:
    if url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host)):
        return _origin(url)
    raise ValueError(f"{url.scheme}://{url.host}: the books are read over https only (http is for this machine)")


def _origin(url: httpx.URL) -> Origin:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
