"""One client connection: requests are read, handed on, and answered the right or the wrong way."""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Callable
from typing import BinaryIO, NoReturn, Protocol
from urllib.parse import unquote

from standins.exchange import JSON, Answer, Head, Request, json_answer
from standins.faults import BEFORE_READ, WITHOUT_EFFECT, Fault
from standins.journal import Entry, Journal

HTML = "text/html; charset=utf-8"


class Host(Protocol):
    """What a connection needs from its server."""

    def control(self, request: Request) -> Answer | None: ...

    def take_fault(self, head: Head) -> Fault | None: ...

    def answer(self, request: Request) -> Answer: ...

    def pause(self, seconds: float | None) -> None: ...

    @property
    def journal_book(self) -> Journal: ...


class Dropped(Exception):
    """The connection is to end here, without an answer."""


def serve(sock: socket.socket, host: Host, is_open: Callable[[], bool]) -> None:
    """Answer requests until the client leaves, asks for the end, or a fault ends the connection."""
    with sock.makefile("rb") as stream:
        while (head := _read_head(stream)) is not None:
            try:
                _exchange(sock, stream, head, host)
            except Dropped:
                return
            if head.headers.get("connection", "").lower() == "close" or not is_open():
                return


def _read_head(stream: BinaryIO) -> Head | None:
    line = stream.readline(65537).decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = http.client.parse_headers(stream)
    path, _, query = line[1].partition("?")
    return Head(line[0].upper(), unquote(path), query, {name.lower(): text for name, text in headers.items()})


def _read_body(sock: socket.socket, stream: BinaryIO, head: Head) -> bytes:
    if head.headers.get("expect", "").lower() == "100-continue":
        sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = int(head.headers.get("content-length") or 0)
    body = stream.read(length)
    if len(body) < length:
        raise Dropped
    return body


def _exchange(sock: socket.socket, stream: BinaryIO, head: Head, host: Host) -> None:
    if head.path.startswith("/__standin/"):
        request = Request(head.method, head.path, head.raw_query, head.headers, _read_body(sock, stream, head))
        _send(sock, head, host.control(request) or json_answer(404, {"error": f"no control path {head.path}"}))
        return
    fault = host.take_fault(head)
    entry = host.journal_book.open(head, fault.kind if fault else None)
    if fault and fault.kind in BEFORE_READ:
        _leave(sock, fault, host)
    body = _read_body(sock, stream, head)
    host.journal_book.read(entry, body)
    request = Request(head.method, head.path, head.raw_query, head.headers, body)
    if fault is None:
        _reply(sock, head, entry, host, host.answer(request))
    elif fault.action is not None:
        fault.action()
        _reply(sock, head, entry, host, host.answer(request))
    elif fault.kind in WITHOUT_EFFECT:
        _instead(sock, head, entry, host, fault)
    else:
        _spoil(sock, head, entry, host, fault, host.answer(request))


def _reply(sock: socket.socket, head: Head, entry: Entry, host: Host, answer: Answer) -> None:
    host.journal_book.settle(entry, effect=answer.effect, status=answer.status)
    _send(sock, head, answer)


def _instead(sock: socket.socket, head: Head, entry: Entry, host: Host, fault: Fault) -> None:
    """The faults that keep the service from seeing the request at all."""
    if fault.kind == "html":
        page = fault.body or "<html><body><h1>Service unavailable</h1></body></html>"
        answer = Answer(fault.status or 502, page.encode(), fault.content_type or HTML, fault.headers)
    elif fault.kind == "redirect":
        answer = Answer(fault.status or 307, b"", headers={**fault.headers, "Location": fault.location})
    elif fault.kind == "status":
        answer = _given(fault)
    else:
        _leave(sock, fault, host)
    _reply(sock, head, entry, host, answer)


def _spoil(sock: socket.socket, head: Head, entry: Entry, host: Host, fault: Fault, answer: Answer) -> None:
    """The faults that strike when the effect is already there."""
    silent = fault.kind in ("hang_after_effect", "drop_after_effect")
    host.journal_book.settle(entry, effect=answer.effect, status=None if silent else answer.status)
    if silent:
        _leave(sock, fault, host)
    elif fault.kind == "status_after_effect":
        host.journal_book.settle(entry, effect=answer.effect, status=_given(fault).status)
        _send(sock, head, _given(fault))
    elif fault.kind == "slow":
        _send_slowly(sock, head, answer, fault, host.pause)
    elif fault.kind == "cut":
        text = _wire(head, answer, announced=max(len(answer.body), 100))
        sock.sendall(text[: len(text) - len(answer.body) // 2])
        raise Dropped
    elif fault.kind == "bad_json":
        _send(sock, head, Answer(answer.status, b'{"cut off": [', headers=answer.headers))
    elif fault.kind == "empty":
        _send(sock, head, Answer(answer.status, b"", headers=answer.headers))
    else:
        _send(sock, head, answer)


def _given(fault: Fault) -> Answer:
    return Answer(fault.status or 500, fault.body.encode(), fault.content_type or JSON, fault.headers)


def _leave(sock: socket.socket, fault: Fault, host: Host) -> NoReturn:
    if fault.kind.startswith("hang"):
        host.pause(fault.seconds)
    if fault.rst:
        # Closing with a linger time of zero sends a reset in place of the orderly end.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Dropped


def _send_slowly(
    sock: socket.socket, head: Head, answer: Answer, fault: Fault, pause: Callable[[float | None], None]
) -> None:
    seconds = 1.0 if fault.seconds is None else fault.seconds
    text = _wire(head, answer)
    if not fault.drip:
        pause(seconds)
        sock.sendall(text)
        return
    for position in range(len(text)):
        pause(seconds / len(text))
        sock.sendall(text[position : position + 1])


def _send(sock: socket.socket, head: Head, answer: Answer) -> None:
    sock.sendall(_wire(head, answer))


def _wire(head: Head, answer: Answer, announced: int | None = None) -> bytes:
    reason = http.client.responses.get(answer.status, "Unknown")
    headers = {"Content-Length": str(len(answer.body) if announced is None else announced), **answer.headers}
    if answer.body:
        headers.setdefault("Content-Type", answer.content_type)
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{name}: {text}" for name, text in headers.items()), "", ""]
    body = b"" if head.method == "HEAD" else answer.body
    return "\r\n".join(lines).encode("latin-1") + body
