"""What is wrong in a request, put so that a person understands it. What the person wrote is not repeated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here; check its spelling or leave it out",
    "string_unicode": "has characters that are no text",
    "model_attributes_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "too_short": "has too few entries",
}


class Mistake(BaseModel):
    """One thing that is wrong, and where."""

    model_config = ConfigDict(frozen=True)

    where: str
    what: str


def mistakes_of(errors: Iterable[Mapping[str, Any]]) -> list[Mistake]:
    """What pydantic found, a mistake each."""
    return [Mistake(where=_where(error["loc"]), what=_what(error)) for error in errors]


def _where(loc: tuple[str | int, ...]) -> str:
    """`steps[2].offset_days`; the body itself where it is the body."""
    path = ""
    for part in loc[1:]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.lstrip(".") or "body"


def _what(error: Mapping[str, Any]) -> str:
    kind: str = error["type"]
    if kind in WORDS:
        return WORDS[kind]
    if kind == "string_too_short" and error["ctx"]["min_length"] == 1:
        return "is empty"
    said: str = error["msg"]
    return said.removeprefix("Value error, ").replace("Input should", "should")
