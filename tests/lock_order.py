"""On PostgreSQL: no two writers take rows in an order in which each could wait for what the other has."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, Engine, event

from models.tables import METADATA

ROOT = str(Path(__file__).parent.parent)
HELD = "locks held"
CASE = "case"
"""Who has taken a case is alone with everything of it, in whatever order it is taken (activities/case_row.py)."""
ONE_AT_A_TIME = [{"customer", "invoice"}]
"""Written together by the mirror alone, of which there is one at a time for each creditor."""
LOCKING = [
    (re.compile(r'UPDATE "?(\w+)'), "write"),
    (re.compile(r'DELETE FROM "?(\w+)'), "whole"),
    (re.compile(r'SELECT .*?\bFROM "?(\w+).*\bFOR NO KEY UPDATE\b', re.DOTALL), "write"),
    (re.compile(r'SELECT .*?\bFROM "?(\w+).*\bFOR UPDATE\b', re.DOTALL), "whole"),
]


class Lock(NamedTuple):
    """Rows of a table, and how they are held: to refer to them, to write them, or the whole of them."""

    table: str
    how: str

    def bars(self, other: Lock) -> bool:
        return self.table == other.table and ("whole" in (self.how, other.how) or self.how == other.how == "write")


class Taken(NamedTuple):
    """One lock taken while another was held, and no case before that."""

    first: Lock
    then: Lock


def locks_of(statement: str) -> list[Lock]:
    """What a statement locks: the rows it names, or those that a new row refers to."""
    for pattern, how in LOCKING:
        if found := pattern.match(statement):
            return [Lock(found[1], how)]
    if found := re.match(r'INSERT INTO "?(\w+)', statement):
        table = METADATA.tables.get(found[1])
        keys = table.foreign_keys if table is not None else ()
        return [Lock(name, "refer") for name in sorted({key.column.table.name for key in keys})]
    return []


class LockOrder:
    """The orders in which locks were taken, and by whom."""

    def __init__(self) -> None:
        self.seen: dict[Taken, str] = {}

    def ran(self, statement: str, held: list[Lock], who: str) -> None:
        """A statement was run by a transaction that holds some locks already; they become more."""
        for lock in locks_of(statement):
            if lock in held:
                continue
            for other in held:
                self.seen.setdefault(Taken(other, lock), who)
                if other.table == CASE and other.how != "refer":
                    break
            held.append(lock)

    def collisions(self) -> list[str]:
        """Every two writers who could wait for each other, in words."""
        return [
            f"{who}: {a.then.table} after {a.first.table}; {whose}: {b.then.table} after {b.first.table}"
            for (a, who), (b, whose) in combinations(self.seen.items(), 2)
            if a.first.bars(b.then)
            and a.then.bars(b.first)
            and a.first.table != a.then.table
            and {a.first.table, a.then.table} not in ONE_AT_A_TIME
        ]


def _who() -> str:
    """The code of ours that runs a statement; empty for what a test does by itself."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        if file.startswith(ROOT) and ".venv" not in file and not file.startswith(f"{ROOT}/tests"):
            return f"{file.removeprefix(ROOT)[1:]}, {frame.f_code.co_name}"
        frame = frame.f_back
    return ""


@pytest.fixture(scope="session", autouse=True)
def locks_are_in_order() -> Iterator[None]:
    """Watches every transaction of the session."""
    order = LockOrder()

    def ran(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
        if connection.dialect.name == "postgresql" and cursor.rowcount and (who := _who()):
            order.ran(statement, connection.info.setdefault(HELD, []), who)

    def over(connection: Connection) -> None:
        connection.info.pop(HELD, None)

    watches: list[tuple[str, Callable[..., None]]]
    watches = [("after_cursor_execute", ran), ("commit", over), ("rollback", over)]
    for name, watch in watches:
        event.listen(Engine, name, watch)
    yield
    for name, watch in watches:
        event.remove(Engine, name, watch)
    assert order.collisions() == [], "they could wait for each other; take what both need in one order"
