"""How far a replay is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from commands.replay_run import Progress, Watcher


def every(console: Console) -> float:
    """Seconds between two looks."""
    return 0.5 if console.is_terminal else 5.0


@contextmanager
def shown(console: Console) -> Iterator[Watcher]:
    """What watches a replay and shows it."""
    if not console.is_terminal:
        yield lambda now: console.print(f"{_customers(now)}, {_so_far(now)}", highlight=False, soft_wrap=True)
        return
    columns = (BarColumn(bar_width=10), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda now: bar.update(
            task, completed=now.tally.invoices, total=len(now.plan.book.rows), description=_in_short(now)
        )


def _customers(now: Progress) -> str:
    return f"{now.tally.customers} of {len(now.plan.book.customers)} customers"


def _so_far(now: Progress) -> str:
    return f"{now.tally.invoices} of {len(now.plan.book.rows)} invoices, {_span(now)}, {now.sent} reminders sent"


def _in_short(now: Progress) -> str:
    """What fits beside a bar on 80 columns."""
    plan, tally = now.plan, now.tally
    customers = f"{tally.customers}/{len(plan.book.customers)} customers"
    return f"{customers} {tally.invoices}/{len(plan.book.rows)} invoices {_span(now, '%y-%m')} {now.sent} sent"


def _span(now: Progress, form: str = "%Y-%m-%d") -> str:
    """The business days of the customers that are furthest behind and furthest ahead."""
    days = list(now.tally.today.values())
    return f"{min(days):{form}} to {max(days):{form}}" if days else "no day yet"
