"""`rykker run`: the whole stack until Ctrl-C, and what a person needs to know about it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table
from temporalio.client import WorkflowFailureError

from commands.rounds import MIRROR, WATCH, keep_rounds, run_now
from commands.sample import ensure_sample
from commands.stack import Ports, Stack, StackError, running_stack
from models.database import migrate, open_database
from models.settings import Settings

REGISTERS_PATIENCE = 30.0
"""Seconds that the start waits for the company registers."""


async def run(console: Console) -> int:
    """Bring everything up, say where it is, and stay until SIGINT, SIGTERM or the end of a part."""
    settings = Settings()
    ports = Ports(
        api=int(os.environ.get("RYKKER_API_PORT", "8000")),
        temporal=int(os.environ.get("RYKKER_TEMPORAL_PORT", "7233")),
        ui=int(os.environ.get("RYKKER_TEMPORAL_UI_PORT", "8233")),
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    console.print("Starting Temporal, the stand-ins, the worker and the API …")
    try:
        async with running_stack(settings.rykker_data, ports) as stack:
            await until_stopped(welcome(console, stack, settings.rykker_data), stack, stop)
            await until_stopped(stop.wait(), stack, stop)
            console.print("Stopping …")
    except StackError as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 1
    console.print("Stopped. Everything is kept; the next run goes on from here.")
    return 0


async def until_stopped(work: object, stack: Stack, stop: asyncio.Event) -> None:
    """Do a piece of work, unless a person stops it or a part of the stack ends first."""
    tasks = [asyncio.ensure_future(work), asyncio.create_task(stack.watch()), asyncio.create_task(stop.wait())]  # type: ignore[call-overload]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


async def welcome(console: Console, stack: Stack, data: Path) -> None:
    """Read the books once, then print addresses, tokens and the queue."""
    migrate(stack.settings.database)
    database = open_database(stack.settings.database)
    tokens = ensure_sample(database, data) if "economic" in stack.standins else None
    creditors = await keep_rounds(stack.client, database, [MIRROR])
    for creditor in creditors:
        console.print(f"Reading the books of {creditor} …")
        found = await run_now(stack.client, MIRROR, creditor)
        words = f"{found.read} open documents, {found.changed} changed, {found.opened} cases opened"
        console.print(words if found.complete else f"[red]incomplete: {found.problem}[/red]")
    await keep_rounds(stack.client, database)
    for creditor in creditors:
        console.print(await companies_known(stack, creditor))
    console.print(addresses(stack, data, tokens))
    if not creditors:
        console.print("There is no creditor yet. Add yours with: rykker creditor add FILE (see the README).")
    if tokens:
        await show_queue(console, stack, tokens["anna"])
    console.print("Ctrl-C stops everything; the next run goes on where this one ended.")


async def companies_known(stack: Stack, creditor: str) -> str:
    """Ask the registers once; a slow or missing one keeps nobody from starting."""
    try:
        async with asyncio.timeout(REGISTERS_PATIENCE):
            found = await run_now(stack.client, WATCH, creditor)
    except (TimeoutError, WorkflowFailureError):
        return f"The company registers have not answered about customers of {creditor} yet; they are asked again."
    return f"Company registers: {found.answered} of {found.asked} companies of {creditor} are known."


def addresses(stack: Stack, data: Path, tokens: dict[str, str] | None) -> Table:
    """Where everything is."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("API", f"{stack.api_url}/docs")
    table.add_row("Temporal UI", f"{stack.ui_url}/namespaces/default/workflows")
    for service, url in sorted(stack.standins.items()):
        table.add_row(f"stand-in {service}", url)
    if "sendgrid" in stack.standins or "twilio" in stack.standins:
        table.add_row("messages", f"{data / 'outbox'}/")
    if tokens:
        table.add_row("admin token (Anna)", tokens["anna"])
        table.add_row("rep token (Rasmus)", tokens["rasmus"])
    return table


async def show_queue(console: Console, stack: Stack, token: str) -> None:
    """What waits for a person, as the API says."""
    async with httpx.AsyncClient(
        trust_env=False, base_url=stack.api_url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as http:
        proposals = (await http.get("/proposals")).json()
        cases = (await http.get("/cases", params={"limit": 100})).json()
    table = Table(title="What the cases wait for", title_justify="left")
    for heading in ("customer", "state", "next", "when", "why"):
        table.add_column(heading, no_wrap=True, overflow="ellipsis", ratio=2 if heading == "why" else None)
    for case in cases["items"]:
        when = (case["next_at"] or "")[:16].replace("T", " ")
        table.add_row(case["customer"], case["state"], case["next_step"], when, case["why"])
    console.print(table)
    waiting = len(proposals["items"])
    console.print(f"{waiting} proposals wait for a release: GET {stack.api_url}/proposals")
