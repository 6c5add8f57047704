"""The report of a replay, readable on a terminal and in a file."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table

from commands.replay_figures import Figures

SHOWN = 20
"""So many lines of a list are shown; the JSON file has them all."""


def show(console: Console, figures: Figures) -> None:
    """Everything a person wants to know, the verdict last."""
    console.print()
    console.print(_facts(figures))
    console.print(_steps(figures))
    for line in _listed("Lines that could not be read", [f"{w}: {why}" for w, why in figures.unreadable.items()]):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    late = [
        f"{one.step} on {one.sent}, invoice {one.invoice} settled {one.settled} ({one.proposal})"
        for one in figures.sent_after_settlement
    ]
    for line in _listed("Sent on or after settlement", late):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if figures.failures:
        for failure in figures.failures:
            console.print(f"[red]FAILED[/red] {failure}", highlight=False, soft_wrap=True)
    else:
        console.print(
            f"[green]Passed[/green] none of {len(figures.sent)} reminders left on or after the day "
            "its invoices were settled, and as many messages arrived as are on record",
            highlight=False,
            soft_wrap=True,
        )


def _facts(figures: Figures) -> Table:
    table = Table(box=None, show_header=False, title=f"{figures.file} on ladder {figures.ladder}", title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    closed = ", ".join(f"{outcome} {n}" for outcome, n in figures.cases_closed.items())
    rows = {
        "read": f"{figures.invoices} invoices of {figures.customers} customers, {len(figures.unreadable)} bad lines",
        "business time": f"{figures.first_day} to {figures.last_day}, {figures.days} days",
        "cases": f"{figures.cases_opened} opened, {sum(figures.cases_closed.values())} closed ({closed or 'none'})",
        "still open": _counted(figures.cases_open),
        "questions": f"{figures.questions_disputed} disputed invoices, {figures.questions_asked} asked while a case "
        f"was open and the invoice unpaid, {figures.questions_answered} answered before it was paid",
        "held by guards": _counted(figures.held),
        "not proposed": _counted(figures.not_proposed),
        "messages": ", ".join(
            f"{m.recorded} by {m.channel} on record, {m.received} received" for m in figures.messages
        ),
        "addresses": f"{figures.invented_addresses} customers without one got an invented one (@replay.example)",
        "history": f"{figures.events_mean} events per case, at most {figures.events_most}",
        "took": f"{figures.seconds} s",
    }
    for name, text in rows.items():
        table.add_row(name, text)
    return table


def _steps(figures: Figures) -> Table:
    table = Table(box=box.SIMPLE, title="Steps", title_justify="left")
    table.add_column("step", no_wrap=True)
    for heading in ("proposed", "sent", "paid", "question", "changed", "open", "tasks"):
        table.add_column(heading, justify="right")
    for step in figures.steps:
        numbers = (
            *(step.proposed, step.sent, step.withdrawn_paid, step.withdrawn_question, step.withdrawn_other),
            *(step.still_standing, step.tasks),
        )
        table.add_row(step.step, *(str(n) for n in numbers))
    table.caption = (
        "paid, question, changed: withdrawn before it left, because of that; what changed is proposed afresh"
    )
    table.caption_justify = "left"
    return table


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items()) or "none"


def _listed(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more; --json writes them all"
