"""`rykker demo`: the whole stack, two months in a few minutes, played by an admin through the API, checking itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine
from sqlmodel import col, select

from commands.demo_checks import checks
from commands.demo_money import Check
from commands.demo_plot import Plot
from commands.demo_report import write_report
from commands.rounds import MIRROR, SWEEP, WATCH, run_now
from commands.sample import NORDLYS, ensure_sample, sample_settings
from commands.stack import Ports, Stack, StackError, running_stack
from commands.time_travel import Traveller, shift_to
from models.alarms import AlarmRow
from models.cases import CaseRow
from models.claim import Refusal
from models.database import migrate, open_database, transaction
from rules.law.packs import pack_of

DAYS = 62
EVENING = time(17, 0)


async def demo(console: Console, keep: Path) -> int:
    """0 when everything that was promised happened, 1 when something did not."""
    # Real accounts must never get a mail from a demo, nor a real installation a report of one.
    for variable in ("ECONOMIC_APP_SECRET_TOKEN", "SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "DATABASE_URL"):
        os.environ.pop(variable, None)
    for variable in ("VIRK_USER", "CVRAPI_AGENT", "BRREG_URL", "PUBLIC_URL"):
        os.environ.pop(variable, None)
    for variable in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        os.environ.pop(variable)
    os.environ["HEADS_UP_GATHER_SECONDS"] = "0.5"
    begins = first_day(datetime.now(sample_settings().tz).date(), sample_settings().country)
    folder = Path(tempfile.mkdtemp(prefix="rykker-demo-"))
    console.print(f"Starting Temporal, stand-ins, worker and API on free ports in {folder} …")
    try:
        async with running_stack(folder, Ports.free(), time_travel=True, today=begins) as stack:
            return await _play(console, stack, folder, keep, begins)
    except StackError as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def first_day(today: date, country: str) -> date:
    """Today, or so much earlier that the country has a rate for every day that is played."""
    pack, last = pack_of(country), today + timedelta(days=DAYS)
    while True:
        try:
            pack.rate(last, last)
        except Refusal:
            last -= timedelta(days=1)
        else:
            return last - timedelta(days=DAYS)


async def _play(console: Console, stack: Stack, folder: Path, keep: Path, begins: date) -> int:
    migrate(stack.settings.database)
    database = open_database(stack.settings.database)
    tokens = ensure_sample(database, folder)
    assert tokens is not None
    async with Plot(stack, database, tokens) as plot:
        theatre = Theatre(stack, database, plot)
        await plot.begins()
        console.print(f"It plays from {begins} to {begins + timedelta(days=DAYS)}.")
        console.print(f"Temporal UI while it plays: {stack.ui_url}/namespaces/default/workflows")
        for ahead in range(DAYS + 1):
            day = begins + timedelta(days=ahead)
            await theatre.day(day)
            if ahead % 7 == 0:
                counts = theatre.counts()
                console.print(f"  {day}  {counts}")
        results = [*await checks(stack, database, plot), theatre.nothing_forgotten()]
    shutil.rmtree(keep, ignore_errors=True)
    shutil.copytree(folder / "outbox", keep / "messages")
    write_report(console, database, keep / "timelines")
    database.dispose()
    return _verdict(console, results, keep)


def _verdict(console: Console, results: list[Check], keep: Path) -> int:
    console.rule("What was promised")
    for check in results:
        mark = "[green]yes[/green]" if check.held else "[red]NO[/red] "
        console.print(f"{mark}  {check.promise}" + (f" ({check.seen})" if check.seen else ""))
    console.print(f"Messages: {keep / 'messages'}/   timelines: {keep / 'timelines'}/")
    broken = [check for check in results if not check.held]
    if broken:
        console.print(f"[red]{len(broken)} promises were not kept.[/red]")
    return 1 if broken else 0


class Theatre:
    """Moves all open cases to the end of each day together, and lets mirror and company watch look once a day."""

    def __init__(self, stack: Stack, database: Engine, plot: Plot) -> None:
        self.stack, self.database, self.plot = stack, database, plot
        self.shifts: dict[str, timedelta] = {}

    async def day(self, day: date) -> None:
        """One day: the cases live through it, the plot takes its course, and what is outside is read in the evening."""
        evening = datetime.combine(day, EVENING, tzinfo=sample_settings().tz)
        await self.plot.at_dawn(day)
        await asyncio.gather(*(self._live(case, evening) for case in self._open()))
        await self.plot.at_end_of(day)
        shift = shift_to(evening)
        known = {case.id for case in self._open()}
        found = await run_now(self.stack.client, MIRROR, NORDLYS, shift)
        if not found.complete:
            raise StackError(f"the books could not be read: {found.problem}")
        await run_now(self.stack.client, WATCH, NORDLYS, shift)
        await run_now(self.stack.client, SWEEP, NORDLYS, shift)
        await self.plot.at_night(day)
        self.shifts |= {case.id: shift for case in self._open() if case.id not in known}

    def nothing_forgotten(self) -> Check:
        """Whether the sweeps of all evenings found mirror, database and workflows of one mind."""
        with transaction(self.database) as session:
            rows = list(session.exec(select(AlarmRow).order_by(col(AlarmRow.first_seen_at))))
        seen = "; ".join(f"{row.first_seen_at:%Y-%m-%d} {row.says}" for row in rows)
        return Check("no evening's sweep finds anything forgotten", not rows, seen)

    def counts(self) -> str:
        """Where things stand, in a few words."""
        with transaction(self.database) as session:
            cases = list(session.exec(select(CaseRow)))
        closed = sum(case.closed_at is not None for case in cases)
        return f"{len(cases)} cases, {closed} closed, {self.plot.released} released, {self.plot.events} other events"

    async def _live(self, case: CaseRow, until: datetime) -> None:
        traveller = Traveller(self.stack.client, self.database, NORDLYS, self.shifts[case.id])
        await traveller.live(case, until, lambda seen: self.plot.at_stop(seen, traveller))

    def _open(self) -> list[CaseRow]:
        with transaction(self.database) as session:
            return list(session.exec(select(CaseRow).where(col(CaseRow.closed_at).is_(None)).order_by(CaseRow.id)))
