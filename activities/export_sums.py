"""The sums of a case export: one over everything, and one for each row and field, so that a change has a place."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

DEPTH = 3
"""Part, row, field: what lies deeper is summed with its field."""
DIGITS = 12
"""So much of a sum says where something was changed; that nothing was is vouched for by a whole one over everything."""


def sum_of(value: Any) -> str:
    """SHA-256 over JSON with sorted keys; the same way in which links and proposals are summed."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sums_of(record: dict[str, Any]) -> dict[str, Any]:
    """The record with a sum in the place of each field.

    The record's salt goes into every sum: they stand on the trail for good, and a sum over a telephone number alone
    would give it away to whoever tries all numbers.
    """
    parts = {name: _sums(value, record["salt"], DEPTH - 1) for name, value in record.items() if name != "salt"}
    return {**parts, "salt": sum_of(record["salt"])[:DIGITS]}


def changes(record: dict[str, Any], sums: dict[str, Any]) -> Iterator[str]:
    """Where a record is no longer the one whose sums were taken, in words."""
    if "salt" not in record:
        yield "salt is missing, so no place of the record can be compared"
    elif sum_of(record["salt"])[:DIGITS] != sums["salt"]:
        yield "salt was changed, so no place of the record can be compared"
    else:
        yield from _changes(sums_of(record), sums, "")


def _sums(value: Any, salt: str, depth: int) -> Any:
    if depth and isinstance(value, dict):
        return {name: _sums(below, salt, depth - 1) for name, below in value.items()}
    if depth and isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return [_sums(row, salt, depth - 1) for row in value]
    return sum_of([salt, value])[:DIGITS]


def _changes(found: Any, wanted: Any, where: str) -> Iterator[str]:
    if found == wanted:
        return
    if isinstance(found, dict) and isinstance(wanted, dict):
        for name in [*wanted, *(name for name in found if name not in wanted)]:
            place = f"{where}: {name}" if where else name
            if name not in found:
                yield f"{place} is missing"
            elif name not in wanted:
                yield f"{place} was added"
            else:
                yield from _changes(found[name], wanted[name], place)
    elif isinstance(found, list) and isinstance(wanted, list):
        yield from _changed_rows(found, wanted, where)
    else:
        yield f"{where} was changed"


def _changed_rows(found: list[Any], wanted: list[Any], where: str) -> Iterator[str]:
    """Rows that are missing, were added, changed, or stand elsewhere; counted from 1, missing ones as exported."""
    now, before = [sum_of(row) for row in found], [sum_of(row) for row in wanted]
    if Counter(now) == Counter(before):
        moved = [n for n, (a, b) in enumerate(zip(now, before, strict=True), start=1) if a != b]
        yield f"{where}: {others_places('rows', [str(n) for n in moved])}"
        return
    for kind, i, end, j, last in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        both = min(end - i, last - j)
        for n in range(both):
            yield from _changes(found[j + n], wanted[i + n], f"{where} row {j + n + 1}")
        for n in range(i + both, end):
            yield f"{where}: row {n + 1} is missing"
        for n in range(j + both, last):
            twice = 0 < before.count(now[n]) < now.count(now[n])
            yield f"{where}: row {n + 1} {'stands there twice' if twice else 'was added'}"


def others_places(things: str, named: list[str]) -> str:
    """Two or more of the same things that do not stand where they stood."""
    if len(named) == 2:
        return f"{things} {named[0]} and {named[1]} changed places"
    return f"{things} {', '.join(named)} stand in another order"
