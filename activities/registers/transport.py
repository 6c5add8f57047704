"""The only way out to a register that is read by POST: it can search, and it can do nothing else."""

from __future__ import annotations

import httpx


class NotASearch(RuntimeError):
    """A request was meant for something other than the search; nothing has left the machine."""


class SearchOnlyTransport(httpx.BaseTransport):
    """Lets a POST to exactly one address through to `inner` and refuses everything else before a byte leaves.

    The other registers are read by GET, for which `activities.books.transport.ReadOnlyTransport` stands.
    """

    def __init__(self, inner: httpx.BaseTransport, search_url: str) -> None:
        self._inner = inner
        self._search_url = httpx.URL(search_url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or request.url != self._search_url:
            raise NotASearch(f"{request.method} {request.url.path}: the register is only ever searched")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()
