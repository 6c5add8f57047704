"""The vendor's filter and sort language, read into conditions and applied to records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Kind = Callable[[str], Any]
NULL = "$null:"
OPERATOR = re.compile(r"([A-Za-z0-9_.]+)\$(eq|ne|gte|gt|lte|lt|like|in|nin):")
END_OF_VALUE = re.compile(r"\$and:|\$or:|\)")


class BadQuery(Exception):
    """A filter or sort that is refused; `prop` names the property where one is to blame."""

    def __init__(self, message: str, prop: str = "") -> None:
        super().__init__(message)
        self.prop = prop


class BadSort(BadQuery):
    """A sort by something that cannot be sorted by."""


@dataclass(frozen=True)
class Field:
    """A property that can be filtered and sorted: how to find it and how to read a value for it."""

    get: Callable[[Any], Any]
    read: Kind
    operators: frozenset[str] = frozenset({"eq", "ne", "gt", "gte", "lt", "lte", "like", "in", "nin"})


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Both:
    """All parts must hold, or any of them."""

    all: bool
    parts: tuple[Node, ...]


Node = Condition | Both
Fields = Mapping[str, Field]


NUMBER: Kind = int
AMOUNT: Kind = Decimal


def text(value: str) -> str:
    return value.casefold()


def day(value: str) -> date:
    return date.fromisoformat(value[:10])


def flag(value: str) -> bool:
    return {"true": True, "false": False}[value.lower()]


def parse_filter(expression: str, fields: Fields) -> Node:
    """Read a filter; raises BadQuery for unknown properties, operators and broken syntax."""
    reader = _Reader(expression, fields)
    node = reader.any_of()
    if reader.rest():
        raise BadQuery("Could not parse query string filter.")
    return node


def holds(node: Node, item: Any, fields: Fields) -> bool:
    if isinstance(node, Both):
        return (all if node.all else any)(holds(part, item, fields) for part in node.parts)
    found = fields[node.field].get(item)
    if isinstance(found, str):
        found = found.casefold() or None
    return _compare(node.operator, found, node.values)


def pinned(node: Node | None, field: str) -> set[Any] | None:
    """The values to which a filter fixes a property, so that an index can be asked; None when it does not."""
    if isinstance(node, Condition) and node.field == field and node.operator in ("eq", "in"):
        return set(node.values)
    if isinstance(node, Both) and node.all:
        return next((found for part in node.parts if (found := pinned(part, field)) is not None), None)
    return None


def sort(items: Iterable[Any], expression: str, fields: Fields) -> list[Any]:
    """Order by `-date,name`, last key first so that the earlier keys win; raises BadSort."""
    ordered = list(items)
    for key in reversed(expression.split(",")):
        name = key.strip().lstrip("-~")
        if name not in fields:
            raise BadSort("Could not parse query string sort parameter.", name)
        ordered.sort(key=_rank(fields[name]), reverse=key.strip().startswith("-"))
    return ordered


def _rank(field: Field) -> Callable[[Any], tuple[Any, ...]]:
    """An absent value cannot be compared: it goes first."""

    def rank(item: Any) -> tuple[Any, ...]:
        value = field.get(item)
        return () if value is None else (value,)

    return rank


def _compare(operator: str, found: Any, values: tuple[Any, ...]) -> bool:
    if operator in ("in", "nin"):
        return (found in values) is (operator == "in")
    wanted = values[0]
    if operator == "eq":
        return bool(found == wanted)
    if operator == "ne":
        return bool(found != wanted)
    if found is None or wanted is None:
        return False
    if operator == "like":
        return bool(wanted.search(str(found)))
    order = {"gt": found > wanted, "gte": found >= wanted, "lt": found < wanted, "lte": found <= wanted}
    return bool(order[operator])


class _Reader:
    def __init__(self, expression: str, fields: Fields) -> None:
        self._text, self._fields, self._at = expression, fields, 0

    def rest(self) -> str:
        return self._text[self._at :]

    def any_of(self) -> Node:
        parts = [self.all_of()]
        while self._take("$or:"):
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else Both(False, tuple(parts))

    def all_of(self) -> Node:
        parts = [self._one()]
        while self._take("$and:"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(True, tuple(parts))

    def _one(self) -> Node:
        if self._take("("):
            node = self.any_of()
            if not self._take(")"):
                raise BadQuery("Could not parse query string filter.")
            return node
        found = OPERATOR.match(self._text, self._at)
        if found is None:
            raise BadQuery("Could not parse query string filter.")
        self._at = found.end()
        name, operator = found.groups()
        field = self._fields.get(name)
        if field is None:
            raise BadQuery(f"Filtering is not allowed on property '{name}'.", name)
        if operator not in field.operators:
            raise BadQuery("Operator not allowed.", name)
        raw = self._list(name) if operator in ("in", "nin") else [self._value()]
        return Condition(name, operator, tuple(_read(one, operator, field, name) for one in raw))

    def _take(self, word: str) -> bool:
        if self._text.startswith(word, self._at):
            self._at += len(word)
            return True
        return False

    def _list(self, name: str) -> list[str]:
        end = self._text.find("]", self._at)
        if not self._take("[") or end < 0:
            raise BadQuery("A list of values needs square brackets.", name)
        values = self._text[self._at : end].split(",")
        self._at = end + 1
        if len(values) > 200:
            raise BadQuery("At most 200 values are allowed.", name)
        return values

    def _value(self) -> str:
        if self._take(NULL):
            return NULL
        start = self._at
        while self._at < len(self._text) and not END_OF_VALUE.match(self._text, self._at):
            # An escape ($$ $( $) $* $,) covers the character after it.
            self._at += 2 if self._text[self._at] == "$" else 1
        return self._text[start : self._at]


def _read(raw: str, operator: str, field: Field, name: str) -> Any:
    if raw == NULL:
        return None
    if operator == "like":
        return _pattern(raw)
    try:
        return field.read(re.sub(r"\$(.)", r"\1", raw))
    except (ValueError, KeyError, InvalidOperation):
        raise BadQuery(f"'{raw}' is not a value of property '{name}'.", name) from None


def _pattern(raw: str) -> re.Pattern[str]:
    """`*` stands for anything; without one the text may stand anywhere."""
    pieces = re.findall(r"\$.|[^$]", raw.casefold())
    pattern = "".join(".*" if piece == "*" else re.escape(piece[-1]) for piece in pieces)
    return re.compile(f"^{pattern}$" if "*" in pieces else pattern)
