"""A case that began under the code of the previous commit is finished by the code of today, as in a deploy."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import col, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from activities.trail import first_broken_link
from commands.dev_server import server_of_its_own, time_travel_flags
from commands.rounds import MIRROR, run_now
from commands.time_travel import shift_to
from models.case import Kind, Move, Standing
from models.cases import CaseRow, MessageRow, ProposalRow
from models.database import open_database, reading
from models.news import Actor, Release, Role
from models.record import TrailHeadRow, TrailRow
from standins.economic.book import Book
from standins.economic.server import EconomicStandin
from standins.sendgrid.server import SendGridStandin
from standins.twilio.server import TwilioStandin
from tests.story import HAVN, at
from workflows.names import case_workflow_id

ROOT = Path(__file__).parent.parent
TOO_SLOW = "[TMPRL1101]"
"""How the SDK begins when a step took more than two seconds, as on a busy machine; it is repeated."""
NO_HISTORY = """The code of the previous commit is not here: {why}
This test needs git and a checkout with its history: `git fetch --deepen=1`, or clone without --depth."""


def previous_commit(repository: Path, folder: Path) -> Path:
    """Put the code of the previous commit into a folder."""
    assert shutil.which("git"), NO_HISTORY.format(why="git is not installed")
    packed = folder.with_suffix(".zip")
    # A checkout may belong to somebody else, as in a container; it is only read.
    command = ["git", "-c", f"safe.directory={repository}", "archive", "--format=zip", f"--output={packed}", "HEAD~1"]
    asked = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, NO_HISTORY.format(why=asked.stderr.strip())
    shutil.unpack_archive(packed, folder)
    return folder


def test_a_checkout_without_history_is_told_what_to_do(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    with pytest.raises(AssertionError, match=r"HEAD~1(.|\n)*git fetch --deepen=1"):
        previous_commit(tmp_path, tmp_path / "yesterday")


@dataclass
class Installation:
    """Nordlys ApS and its customer Havn A/S; the code is taken from under them and replaced."""

    client: Client
    environment: dict[str, str]
    time_shift: timedelta = timedelta()
    released: set[str] = field(default_factory=set)

    @property
    def case(self) -> WorkflowHandle[object, str]:
        return self.client.get_workflow_handle(case_workflow_id("nordlys", str(HAVN)), result_type=str)

    async def run(self, code: Path, *command: str) -> None:
        """Run a module of some code to its end."""
        process = await self.start(code, *command)
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    @asynccontextmanager
    async def worker(self, code: Path) -> AsyncIterator[None]:
        """The worker of some code, which in the end is asked to go as a deploy asks it."""
        process = await self.start(code, "worker")
        assert process.stdout is not None
        said = b""
        while b"worker ready" not in said:
            said += (line := await process.stdout.readline())
            assert line, f"the worker of {code} did not come up:\n{said.decode()}"
        more = asyncio.create_task(process.stdout.read())
        try:
            yield
        finally:
            process.terminate()
            said += await more
        assert await process.wait() == 0, said.decode()

    async def start(self, code: Path, *command: str) -> Process:
        # With -m, Python looks for modules in the current folder first, before what is installed.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *command), cwd=code, env=self.environment, stdout=PIPE, stderr=STDOUT
        )

    async def until(self, moment: str) -> None:
        """Let days pass for the case; an admin releases every proposal as it comes."""
        skipper, goal = TimeSkipper(self.client), at(moment)
        while (now := await skipper.get_current_time(self.case) + self.time_shift) < goal:
            move = await self.move()
            if move.kind is Kind.stand and move.proposal_id not in self.released:
                await self.release(move)
                continue
            due = max(move.at or goal, now) + timedelta(minutes=1)
            await skipper.fast_forward(self.case, min(due, goal) - now)

    async def move(self) -> Move:
        """What comes next, as soon as the case knows it."""
        while True:
            found: Move | None
            try:
                found = (await self.case.query("standing", result_type=Standing)).move
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
                found = None  # its first task is not done yet
            if found is not None:
                return found

    async def release(self, move: Move) -> None:
        self.released.add(move.proposal_id)
        admin = Actor(id="anna", role=Role.admin)
        release = Release(id=move.proposal_id, by=admin, proposal_id=move.proposal_id, digest=move.digest)
        await self.case.execute_update("release", release, id=release.id)


@pytest.fixture
async def installation(
    tmp_path: Path,
    new_database: Callable[[], str],
    economic: EconomicStandin,
    sendgrid: SendGridStandin,
    twilio: TwilioStandin,
) -> AsyncIterator[Installation]:
    async with await server_of_its_own(time_travel_flags()) as server:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")},
            "DATABASE_URL": new_database(),
            "TEMPORAL_ADDRESS": server.client.service_client.config.target_host,
            "RYKKER_DATA": str(tmp_path / "data"),
            "RYKKER_SCHEDULES": "false",
            "HEADS_UP_GATHER_SECONDS": "0",
            "ECONOMIC_REST_URL": economic.url,
            "ECONOMIC_OPENAPI_URL": economic.url,
            "ECONOMIC_APP_SECRET_TOKEN": "standin-app-secret",
            "ECONOMIC_GRANT_TOKEN": "grant-of-yesterday",
            "SENDGRID_API_KEY": "SG.test",
            "SENDGRID_HOST": sendgrid.url,
            "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
            "TWILIO_AUTH_TOKEN": "standin-token",
            "TWILIO_BASE_URL": twilio.url,
        }
        yield Installation(server.client, environment)


@pytest.mark.anyio
async def test_a_case_of_yesterday_climbs_on_and_ends_as_paid(
    installation: Installation, economic: EconomicStandin, sendgrid: SendGridStandin, tmp_path: Path
) -> None:
    yesterday = previous_commit(ROOT, tmp_path / "yesterday")
    book, email = Book(), "bogholderi@havn-of-yesterday.example"
    book.add_customer(HAVN, "Havn A/S", email=email, cvr="99999993", sales_person=1)
    book.add_invoice(1001, HAVN, Decimal("12500.00"), date(2026, 8, 3))
    economic.add_agreement(book, grant="grant-of-yesterday")
    settings = (yesterday / "docs" / "creditor.example.toml").read_text("utf-8")
    (yesterday / "nordlys.toml").write_text(
        settings.replace("[settings]", "[settings]\ncompany_watch = false"), "utf-8"
    )

    await installation.run(yesterday, "cli", "creditor", "add", "nordlys.toml")
    installation.time_shift = shift_to(at("2026-07-29 12:00"))
    async with installation.worker(yesterday):
        await run_now(installation.client, MIRROR, "nordlys", installation.time_shift)
        await installation.until("2026-08-12 12:00")
    assert len([mail for mail in sendgrid.mails() if email in str(mail.to)]) == 2, "the nudge and rykker 1"

    await installation.run(ROOT, "commands.migrate")
    async with installation.worker(ROOT):
        await installation.until("2026-09-25 12:00")
        book.register_payment(1001, on=date(2026, 9, 25))
        await run_now(installation.client, MIRROR, "nordlys", shift_to(at("2026-09-25 13:00")))
        assert await installation.case.result() == "paid"
        history = await installation.case.fetch_history()

    workers = {e.workflow_task_completed_event_attributes.identity for e in history.events} - {""}
    assert len(workers) == 2, "both codes had a hand in it"
    failed = [
        e.workflow_task_failed_event_attributes.failure.message
        for e in history.events
        if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]
    astray = [why for why in failed if TOO_SLOW not in why]
    assert astray == [], "today's code goes the way that the history of yesterday shows"
    assert_all_is_well(installation.environment["DATABASE_URL"])


def assert_all_is_well(address: str) -> None:
    """Every step once, the case closed as paid, the trail whole."""
    database = open_database(address)
    with reading(database) as session:
        steps = select(ProposalRow.step, ProposalRow.state).order_by(col(ProposalRow.proposed_at))
        assert list(session.exec(steps)) == [
            (step, "sent") for step in ("nudge", "rykker-1", "rykker-2", "inkassovarsel")
        ]
        assert {(m.state, m.attempts) for m in session.exec(select(MessageRow))} == {("sent", 1)}
        case = session.exec(select(CaseRow)).one()
        assert (case.state, case.outcome) == ("closed", "paid")
        trail = session.exec(select(TrailRow).order_by(col(TrailRow.seq)))
        assert first_broken_link(trail, session.get_one(TrailHeadRow, "nordlys")) == ""
    database.dispose()
