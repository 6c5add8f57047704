"""Books and registers in one file, rewritten whole on every change."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from pydantic import TypeAdapter

from standins.economic.book import Book
from standins.economic.records import Snapshot
from standins.registers.companies import Companies, Register

SNAPSHOT = TypeAdapter(Snapshot)
REGISTER = TypeAdapter(Register)


def load(path: Path) -> tuple[Book, Companies]:
    """What an earlier run left; raises ValueError for a file that is not one of ours."""
    try:
        parts = json.loads(path.read_text("utf-8"))
        book = Book.restored(SNAPSHOT.validate_python(parts["book"]))
        return book, Companies(REGISTER.validate_python(parts["companies"]))
    except (ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path} does not hold the state of stand-ins; move it away to start anew") from problem


class Keeper:
    """Writes after every change; each side hands over its own part, so that neither waits for the other's lock."""

    def __init__(self, path: Path, book: Book, companies: Companies) -> None:
        self._path, self._book, self._companies = path, book, companies
        self._lock = threading.Lock()
        self._parts = {"book": self._book_part(), "companies": self._companies_part()}
        self._write({})
        book.on_change = lambda: self._write({"book": self._book_part()})
        companies.on_change = lambda: self._write({"companies": self._companies_part()})

    def _book_part(self) -> object:
        return SNAPSHOT.dump_python(self._book.snapshot(), mode="json")

    def _companies_part(self) -> object:
        return REGISTER.dump_python(self._companies.saved(), mode="json")

    def _write(self, changed: dict[str, object]) -> None:
        with self._lock:
            self._parts.update(changed)
            beside = self._path.with_suffix(self._path.suffix + ".new")
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(self._parts, ensure_ascii=False), "utf-8")
            # A crash leaves either the old file or the new one, never half of one.
            os.replace(beside, self._path)
