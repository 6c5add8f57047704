"""`make faults`: every fault, a table, and a loud end when anything is not zero."""

from __future__ import annotations

import asyncio
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from commands.leaving import leaving
from faults.outages import books_away, database_away, database_locked, disk_full, server_killed
from faults.reset import reset
from faults.tries import Row, Stage
from faults.workers import clock_jumps, deployed, killed, killed_again, two_at_once

FAULTS: dict[str, Callable[[Stage], Awaitable[Row]]] = {
    "kill": killed,
    "kill-again": killed_again,
    "two": two_at_once,
    "deploy": deployed,
    "clock": clock_jumps,
    "reset": reset,
    "server": server_killed,
    "locked": database_locked,
    "away": database_away,
    "disk": disk_full,
    "books": books_away,
}
THREADS = 100
COLUMNS = (
    *("tried", "sent twice", "lost", "fee errors", "trail, ledger"),
    *("by report", "by person", "heads-up twice"),
)
WIDE = 140
"""Columns of the table where no terminal says how many there are."""


def main(
    faults: list[str] = typer.Argument(None, help="Which of them; all when none is named."),
    every: int = typer.Option(1, min=1, help="Try only every so many of the places of a fault."),
    at_once: int = typer.Option(20, min=1, help="How many lives at the same time."),
) -> None:
    """Break the engine wherever it can break, and count what its customers got."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    if unknown := [name for name in faults or () if name not in FAULTS]:
        raise typer.BadParameter(f"there is no fault {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rykker-faults-") as folder:
        rows = asyncio.run(run(console, Path(folder), faults or list(FAULTS), every, at_once))
    console.print(table(rows))
    for mistake in (mistake for row in rows for mistake in row.mistakes):
        console.print(f"[red]{mistake}")
    for row in (row for row in rows if row.not_tried):
        console.print(f"[red bold]NOT TRIED: {row.fault}: {row.not_tried}")
    minutes = (time.monotonic() - began) / 60
    console.print(f"{minutes:.0f} minutes on {cpu_count()} cores, Python {platform.python_version()}")
    raise typer.Exit(0 if all(row.clean for row in rows) else 1)


async def run(console: Console, folder: Path, names: list[str], every: int, at_once: int) -> list[Row]:
    """One fault after the other, each with many lives at once."""
    # Many lives wait at once, each for something that blocks a thread.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    rows = []
    for name in names:
        with console.status(name) as status:

            def told(row: Row) -> None:
                status.update(f"{row.fault}: {row.tried} tried, {len(row.mistakes)} mistakes")

            rows.append(await FAULTS[name](Stage(folder, at_once, every, told)))
        console.print(summary(rows[-1]))
    return rows


def summary(row: Row) -> str:
    """One line as soon as a fault is through."""
    missed = f", {row.missed} not reached by it" if row.missed else ""
    return f"{row.fault}: {row.not_tried or f'{row.tried} tried, {len(row.mistakes)} mistakes{missed}'}"


def table(rows: list[Row]) -> Table:
    """Every fault with what it did; the four columns after `tried` ought to be zero."""
    shown = Table(title="What customers got when the engine was hit")
    shown.add_column("fault")
    for column in COLUMNS:
        shown.add_column(column, justify="right")
    for row in rows:
        figures = (
            *(row.tried, row.twice, row.lost, row.fees, row.books),
            *(row.by_provider, row.by_person, row.heads_ups_twice),
        )
        style = "" if row.clean else "bold red"
        shown.add_row(row.fault, *(["not tried"] if row.not_tried else map(str, figures)), style=style)
    return shown


if __name__ == "__main__":
    with leaving():
        typer.run(main)
