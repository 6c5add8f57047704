"""Dated figures with their sources, read from the tables beside this module; a faulty table is refused."""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from io import StringIO
from itertools import pairwise
from pathlib import Path

from models.claim import Refusal

FOLDER = Path(__file__).parent / "tables"
MISSING = "rate_row_missing"


class TableFault(ValueError):
    """A table has a hole, an overlap or a row that cannot be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """What holds between two days, both included."""

    first: date
    last: date
    figures: dict[str, Decimal | None]
    """None where nobody has found the figure."""
    confirmed: bool
    source: str


class Table:
    """Rows without holes and overlaps, looked up by day."""

    def __init__(self, name: str, rows: list[Row]) -> None:
        self.name = name
        self.rows = rows
        self._firsts = [row.first for row in rows]
        if not rows:
            raise TableFault(f"{name} has no rows")
        for row in rows:
            if row.last < row.first:
                raise TableFault(f"{name}: the row from {row.first} ends before it begins, on {row.last}")
        for before, after in pairwise(rows):
            if after.first <= before.last:
                raise TableFault(
                    f"{name}: the rows from {before.first} and from {after.first} overlap; a day has one figure"
                )
            if after.first > before.last + timedelta(days=1):
                raise TableFault(
                    f"{name}: no row between {before.last} and {after.first}; add it, empty where nobody knows"
                )

    def row(self, day: date) -> Row | None:
        """The row that holds on a day; None before the first and after the last."""
        at = bisect_right(self._firsts, day) - 1
        if at < 0 or day > self.rows[at].last:
            return None
        return self.rows[at]

    def figure(self, column: str, day: date) -> tuple[Decimal, str]:
        """The figure that holds on a day and its source, marked where it is not confirmed.

        Refusal `rate_row_missing` when there is none.
        """
        row = self.row(day)
        value = row.figures[column] if row else None
        if row is None or value is None:
            first, last = half_year(day)
            raise Refusal(
                MISSING,
                f"{self.name} has no {column} for the half-year {first} to {last}, so nothing that needs {day} is "
                f"calculated; add a row to rules/law/tables/{self.name}.csv with its source",
            )
        return value, row.source if row.confirmed else f"{row.source}; not confirmed"


def half_year(day: date) -> tuple[date, date]:
    """First and last day of the half-year that holds a day."""
    if day.month <= 6:
        return date(day.year, 1, 1), date(day.year, 6, 30)
    return date(day.year, 7, 1), date(day.year, 12, 31)


def parse(name: str, text: str) -> Table:
    """Read a table from CSV text; raises TableFault with the line that cannot be read."""
    rows = []
    reader = csv.DictReader(StringIO(text))
    for line, cells in enumerate(reader, start=2):
        try:
            rows.append(_row(cells))
        except (KeyError, ValueError, ArithmeticError, TypeError) as error:
            raise TableFault(
                f"{name}, line {line} cannot be read; write the days like 2026-07-01, figures like 2.00 or nothing, "
                "confirmed as yes or no, and a source"
            ) from error
    return Table(name, rows)


def _row(cells: dict[str, str]) -> Row:
    row = Row(
        first=date.fromisoformat(cells.pop("valid_from")),
        last=date.fromisoformat(cells.pop("valid_to")),
        confirmed={"yes": True, "no": False}[cells.pop("confirmed")],
        source=cells.pop("source"),
        figures={column: Decimal(cell) if cell else None for column, cell in cells.items()},
    )
    if not row.source or any(figure is not None and not figure.is_finite() for figure in row.figures.values()):
        raise ValueError(row)
    return row


@cache
def table(name: str) -> Table:
    """One of the tables beside this module."""
    return parse(name, (FOLDER / f"{name}.csv").read_text(encoding="utf-8"))


@cache
def reviewed_through(country: str) -> date | None:
    """The last day for which somebody has reviewed a country's law; None when nobody ever has."""
    with (FOLDER / "reviews.csv").open(encoding="utf-8", newline="") as file:
        found = [row["reviewed_through"] for row in csv.DictReader(file) if row["country"] == country]
    if not found:
        return None
    return max(date.fromisoformat(day) if day else date.max for day in found)


def reviewed(country: str, day: date) -> bool:
    """Whether somebody has looked at a country's law as it stands on a day."""
    through = reviewed_through(country)
    return through is not None and day <= through
