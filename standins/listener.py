"""A listening socket on 127.0.0.1 with one thread per connection, all of which end when it is closed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Listener:
    """Accepts until closed; `serve` gets a connection and a question, whether the listener still is open."""

    def __init__(self, port: int, serve: Callable[[socket.socket, Callable[[], bool]], None]) -> None:
        self._serve = serve
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._closing = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # The port of a stopped run must be free again at once, also while old connections linger.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", port))
            self._socket.listen(128)
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name=f"standin-{self.port}", daemon=True)
        self._acceptor.start()

    def close(self, *, wait: bool) -> None:
        """Refuse new connections and break the open ones, but not the caller's own; wait for their threads if asked."""
        self._closing = True
        # A blocked accept does not notice a close on Linux; shutdown wakes it there, close elsewhere.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._acceptor.join()
        with self._lock:
            others = {thread: sock for thread, sock in self._open.items() if thread is not threading.current_thread()}
        for connection in others.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in others if wait else ():
            thread.join()

    def _is_open(self) -> bool:
        return not self._closing

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                # Closed, which ends the loop, or a client that was gone before it was let in.
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            with self._lock:
                self._open[thread] = connection
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        try:
            # A client that goes away in the middle is everyday business here.
            with contextlib.suppress(OSError):
                self._serve(connection, self._is_open)
        finally:
            connection.close()
            with self._lock:
                self._open.pop(threading.current_thread(), None)
