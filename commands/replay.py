"""`rykker replay`: a past book on the real engine, what would have gone out, and whether anything paid was reminded."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console

from commands.replay_figures import Figures
from commands.replay_plan import Plan, ReplayRefused, planned
from commands.replay_progress import every, shown
from commands.replay_report import show
from commands.replay_run import replay_on
from commands.replay_stage import built_stage
from commands.stack import StackError


def replay(
    console: Console,
    file: Path,
    ladder: str,
    *,
    maps: Sequence[str] = (),
    currency: str = "DKK",
    country: Literal["DK", "NO"] = "DK",
    answer_after: int = 14,
    customers: int | None = None,
    jobs: int = 8,
    json_file: Path | None = None,
) -> int:
    """0 when all is well, 1 when the check or the engine failed, 2 for input that cannot be replayed, 130 on Ctrl-C."""
    try:
        plan = planned(
            file,
            ladder,
            columns=maps,
            currency=currency,
            country=country,
            answer_after=answer_after,
            customers=customers,
            jobs=jobs,
        )
        if json_file is not None:
            _writable(json_file)
    except ReplayRefused as refusal:
        console.print(str(refusal), style="red", highlight=False, markup=False, soft_wrap=True)
        return 2
    console.print(
        f"{len(plan.book.rows)} invoices of {len(plan.book.customers)} customers from {file.name}; "
        "starting Temporal, worker and stand-ins in a temporary folder …",
        highlight=False,
        soft_wrap=True,
    )
    try:
        figures = asyncio.run(_played(console, plan))
    except KeyboardInterrupt:
        console.print("Stopped. Nothing is left behind; a replay cannot be taken up again.")
        return 130
    except (StackError, FileNotFoundError) as error:  # the latter when there is no temporal to start
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    return told(console, figures, json_file)


def told(console: Console, figures: Figures, json_file: Path | None) -> int:
    """Show and keep the figures; 1 when anything happened that must not."""
    show(console, figures)
    if json_file is not None:
        json_file.write_text(figures.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return 1 if figures.failures else 0


async def _played(console: Console, plan: Plan) -> Figures:
    async with built_stage() as stage:
        with shown(console) as watch:
            return await replay_on(stage, plan, watch, every(console))


def _writable(file: Path) -> None:
    """Refuse now what would otherwise be lost after minutes."""
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise ReplayRefused(f"--json {file} cannot be written: there is no such folder, or it is not ours to write in")
