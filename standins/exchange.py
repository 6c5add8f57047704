"""One HTTP request as it came in and the answer to it, free of sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json; charset=utf-8"
MARKED = re.compile(r'"#decimal:(-?[0-9.]+)"')


@dataclass(frozen=True)
class Head:
    """A request before its body was read; header names are lower case, the path is decoded."""

    method: str
    path: str
    raw_query: str
    headers: Mapping[str, str]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))


@dataclass(frozen=True)
class Request(Head):
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is not."""
        return json.loads(self.body.decode("utf-8"))


@dataclass(frozen=True)
class Answer:
    """What goes back; `effect` says that something was recorded that a repeat would record twice."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: bool = False


def json_answer(status: int, value: Any, *, content_type: str = JSON, effect: bool = False) -> Answer:
    return Answer(status, dumps(value).encode("utf-8"), content_type, effect=effect)


def dumps(value: Any) -> str:
    """JSON in which a Decimal keeps its written decimals (`866.00`), which the json module cannot do by itself."""
    return MARKED.sub(r"\1", json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_mark))


def _mark(value: object) -> str:
    if isinstance(value, Decimal):
        return f"#decimal:{value:f}"
    raise TypeError(f"{value!r} does not go into JSON")
