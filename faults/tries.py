"""Tries a fault many times and sums up what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from faults.boundaries import Boundary
from faults.count import Count, count
from faults.ground import Ground
from faults.left_behind import left_behind
from faults.life import Life
from faults.process import words_of


@dataclass
class Row:
    """One line of the table."""

    fault: str
    tried: int = 0
    twice: int = 0
    lost: int = 0
    fees: int = 0
    books: int = 0
    by_provider: int = 0
    """Lives in which the engine could not know whether a message went, and its provider's report settled it."""
    by_person: int = 0
    """Lives in which no provider had it either, and a person was asked."""
    heads_ups_twice: int = 0
    missed: int = 0
    """Lives that the fault did not reach; they prove nothing and are not counted as tried."""
    mistakes: list[str] = field(default_factory=list)
    """Each in words, with the place at which the fault struck."""
    not_tried: str = ""
    """Why this machine cannot try it."""

    @property
    def clean(self) -> bool:
        return self.tried > 0 and not self.mistakes and not self.not_tried

    def add(self, life: Life, counted: Count, heads_ups_twice: int) -> None:
        self.tried += 1
        self.twice += len(counted.twice)
        self.lost += len(counted.lost)
        self.fees += len(counted.fees)
        self.books += len(counted.books)
        self.by_provider += bool(life.by_provider)
        self.by_person += bool(life.by_person)
        self.heads_ups_twice += heads_ups_twice
        self.mistakes += [f"{self.fault}, {life.name}: {mistake}" for mistake in counted.mistakes]


@dataclass
class Stage:
    """Where tries are made, and how many at once."""

    folder: Path
    at_once: int = 16
    every: int = 1
    """Of the boundaries only every so many."""
    told: Callable[[Row], None] = lambda _: None
    """Hears of every try."""

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.at_once)

    async def all(self, row: Row, tries: Iterable[Awaitable[None]]) -> Row:
        """Make every try, so many at once."""

        async def one(attempt: Awaitable[None]) -> None:
            async with self._room:
                await attempt
            self.told(row)

        async with asyncio.TaskGroup() as together:
            for attempt in tries:
                together.create_task(one(attempt))
        return row


async def lived(row: Row, life: Life, trace: str = "") -> None:
    """Live one life and count it. `trace`: what the worker's log must hold, or the fault was not felt."""
    try:
        await life.live()
        left = left_behind(life)
    except Exception as error:
        # One try that breaks must not end the others, and must not look like a good one.
        row.add(life, Count(lost=(f"the try itself broke: {error!r}",)), 0)
    else:
        blows = sum(len(blows) for blows in life.blows)
        if sum(worker.struck for worker in life.workers) < blows or trace not in words_of(life.settings):
            row.missed += 1
        else:
            row.add(life, count(left, life.hung), left.heads_ups_twice)
    finally:
        life.close()


async def enumerated(ground: Ground) -> list[Boundary]:
    """The boundaries of a life that nothing hits."""
    life = Life(ground, "nothing-happens")
    try:
        await life.live()
        mistakes = count(left_behind(life), life.hung).mistakes
        assert not mistakes, f"already without a fault: {mistakes}; {words_of(life.settings)[-2000:]}"
    finally:
        life.close()
    return life.workers[0].crossed


def runs_of(crossed: Sequence[Boundary], activity: str) -> list[list[Boundary]]:
    """The boundaries of each run of an activity: one run for each step of the ladder."""
    runs = [list(run) for _, run in groupby(crossed, key=lambda boundary: boundary.activity)]
    return [run for run in runs if run[0].activity == activity]


def spread(boundaries: Sequence[Boundary], number: int) -> list[Boundary]:
    """So many of them, evenly from the first to the last."""
    if number >= len(boundaries):
        return list(boundaries)
    return [boundaries[round(n * (len(boundaries) - 1) / (number - 1))] for n in range(number)]
