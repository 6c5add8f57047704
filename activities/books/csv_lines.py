"""The lines of a CSV file, each on its own: a broken line is told by its number and takes no other with it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

LONGEST_RECORD = 20
"""Lines that one quoted cell may run over; past that, a quotation mark was simply left open."""

Line = tuple[int, list[str] | str]
"""The 1-based number of the first line of a record, and its cells or the reason why it has none."""


def read_table(path: Path, encoding: str, delimiter: str) -> tuple[list[str], Iterator[Line]]:
    """The header and, lazily, every record below it that is not blank; an empty `delimiter` is found out.

    Raises OSError, and ValueError for a file without a header.
    """
    lines = _lines(path, encoding)
    first = next(lines, "")
    if not first.strip():
        raise ValueError("the first line is empty; the names of the columns belong there")
    mark = delimiter or max(",;\t|", key=first.count)
    header = _cells(first, mark)
    if isinstance(header, str):
        raise ValueError(f"the first line cannot be read: {header}")
    return header, _records(lines, mark, len(header), encoding)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    # Bytes that are not text in this encoding come through as lone surrogates, so that they spoil one line only.
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as stream:
        yield from stream


def _records(lines: Iterator[str], mark: str, width: int, encoding: str) -> Iterator[Line]:
    waiting: deque[str] = deque()
    number = 1
    while (line := waiting.popleft() if waiting else next(lines, None)) is not None:
        number += 1
        cells = _cells(line, mark)
        if isinstance(cells, str) and (longer := _running_on(line, lines, waiting, mark, width)):
            text, cells, more = longer
            yield number, _checked(text, cells, width, encoding)
            number += more
        elif isinstance(cells, str) or any(cell.strip() for cell in cells):
            yield number, _checked(line, cells, width, encoding)


def _running_on(
    line: str, lines: Iterator[str], waiting: deque[str], mark: str, width: int
) -> tuple[str, list[str], int] | None:
    """A record whose quoted cell goes on over the next lines; None, with the lines kept, when that makes no sense."""
    while len(waiting) < LONGEST_RECORD and (following := next(lines, None)) is not None:
        waiting.append(following)
    text = line
    for more, following in enumerate(list(waiting), start=1):
        alone = _cells(following, mark)
        if not isinstance(alone, str) and len(alone) == width:
            # A whole line of its own: swallowing it would make an invoice vanish without a word.
            return None
        text += following
        cells = _cells(text, mark)
        if not isinstance(cells, str):
            if len(cells) != width:
                return None
            for _ in range(more):
                waiting.popleft()
            return text, cells, more
    return None


def _cells(text: str, mark: str) -> list[str] | str:
    try:
        # Split by line, because the reader wants to be handed a quoted cell line by line.
        return next(csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True), [])
    except csv.Error:
        return "its quotation marks do not match"


def _checked(text: str, cells: list[str] | str, width: int, encoding: str) -> list[str] | str:
    if isinstance(cells, str):
        return cells
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return f"it holds bytes that are not {encoding}"
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return f"it has {len(cells)} cells where the first line has {width}"
    return cells
