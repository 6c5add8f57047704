"""Posts to the hooks of others, as a provider would: no redirects, an end to its patience."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit


class Line:
    """One connection to a hook, which another thread can cut."""

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._is_cut = False
        self.reached = False
        """Whether there was a connection at the last post, however it ended."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float = 30.0) -> int:
        """The status of the answer; 0 when there was none."""
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connection = kind(parts.hostname or "", parts.port, timeout=seconds)
        self.reached = False
        try:
            connection.connect()
            self.reached = True
            if self._is_cut:
                return 0
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body, dict(headers))
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def cut(self) -> None:
        """End a post that is under way, and any later one."""
        self._is_cut = True
        sock = self._connection.sock if self._connection else None
        if sock is not None:
            # Shutting down wakes the thread that waits for the answer; closing would not.
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float = 30.0) -> int:
    """The status of the answer; 0 when there was none."""
    return Line().post(url, body, headers, seconds)
