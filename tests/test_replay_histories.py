"""Cases that began under yesterday's code go on under today's: recorded histories are replayed, and carry no person.

A change that one of them refuses needs `workflow.patched`; docs/changing-workflows.md says how. New paths are recorded
by `pytest tests/record_histories.py`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from models.case import CaseInput
from models.database import open_database, transaction
from tests.record_histories import FOLDER, PATHS
from tests.workflow_commands import of_today
from worker import WORKFLOWS
from workflows.reminder_case import ReminderCase

RECORDED = sorted(FOLDER.glob("*.json"))
ENDED = {
    *("climbed", "paid", "credited", "handed_over", "noted_and_credited", "plan_kept"),
    *("mirrored", "mirrored_again", "swept", "anchored", "watched"),
}
"""Paths that are over at the end; the others are recorded while their case still runs, or goes on in a new run."""
IN_A_HISTORY = re.compile(r"(?:activity|signal|update) (\w+)$", re.MULTILINE)
"""Which names of a workflow's commands and handlers its histories hold; queries leave nothing behind."""
PEOPLE = ("Havn", "havn-", "Nordlys ApS", "Havnegade", "Ærøskøbing", ".example", "@", "+45")
"""What would show that a name, an address or a number has found its way into a history."""
OF_TIME_TRAVEL = ("TIME_SKIPPING_TRANSITIONED", "OPTIONS_UPDATED")
"""Every skip of time writes two events that no history of production has."""


def test_every_path_is_recorded() -> None:
    assert [file.stem for file in RECORDED] == sorted(path.__name__ for path in PATHS)


def test_every_activity_signal_and_update_stands_in_a_recorded_history() -> None:
    found = {line for file in RECORDED for line in texts(json.loads(file.read_text(encoding="utf-8")))}
    locally = set(re.findall(r'"activity_type":"(\w+)"', "\n".join(found)))
    missing = set(IN_A_HISTORY.findall(of_today())) - found - locally
    assert not missing, f"no history holds {missing}; add a path to tests/record_histories.py, and run it with pytest"
    assert "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW" in found


@pytest.mark.anyio
@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
async def test_a_recorded_case_goes_on_under_the_code_of_today(file: Path) -> None:
    history = WorkflowHistory.from_json(f"case/nordlys/{file.stem}", file.read_text(encoding="utf-8"))
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history)


@workflow.defn(name="ReminderCase", sandboxed=False)
class Hasty:
    """A case that would no longer do what the recorded ones did."""

    @workflow.run
    async def run(self, case: CaseInput) -> str:
        await workflow.sleep(timedelta(days=1))
        return "paid"


@pytest.mark.anyio
async def test_code_that_would_not_go_on_with_a_recorded_case_is_noticed() -> None:
    history = WorkflowHistory.from_json("case/nordlys/paid", (FOLDER / "paid.json").read_text(encoding="utf-8"))
    replayer = Replayer(workflows=[Hasty], data_converter=pydantic_data_converter)
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history)


@workflow.defn(name="ReminderCase", sandboxed=False)
class Patched(ReminderCase):
    """A case that does something new first, unless it began before."""

    @workflow.init
    def __init__(self, case: CaseInput) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: CaseInput) -> str:
        if workflow.patched("sleep-over-it"):
            await workflow.sleep(timedelta(days=1))
        return await super().run(case)


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["paid", "carried_on", "plan_ended"])
async def test_a_change_behind_a_patch_leaves_recorded_cases_on_the_old_way(name: str) -> None:
    history = WorkflowHistory.from_json(f"case/nordlys/{name}", (FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    replayer = Replayer(workflows=[Patched], data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_history_carries_ids_numbers_dates_and_amounts_and_no_person(file: Path) -> None:
    readable = "\n".join(texts(json.loads(file.read_text(encoding="utf-8"))))
    assert '"creditor":"nordlys"' in readable, "payloads are read decoded, or this would see nothing"
    assert {name for name in PEOPLE if name in readable} == set()


def test_an_error_of_the_database_which_a_history_may_carry_quotes_no_value(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'rykker.db'}")
    with pytest.raises(OperationalError) as failed, transaction(engine) as session:
        session.connection().execute(text("SELECT 1 FROM nowhere WHERE name = :name"), {"name": "Havn A/S"})
    engine.dispose()
    assert "nowhere" in str(failed.value)
    assert "Havn" not in str(failed.value)


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_history_is_short(file: Path) -> None:
    events = json.loads(file.read_text(encoding="utf-8"))["events"]
    # Every skip of time writes two events that no production history has.
    real = [
        event for event in events if "TIME_SKIPPING" not in event["eventType"] and "OPTIONS" not in event["eventType"]
    ]
    assert len(real) < 200, "a case that goes through everything stays far from the 4,096 at which it must start anew"
    assert (events[-1]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED") is (file.stem in ENDED)


def texts(value: Any, key: str = "") -> Iterator[str]:
    """Every text of a history; what is encoded is decoded first."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from texts(inner, name)
        case list():
            for inner in value:
                yield from texts(inner, key)
        case str() if key in ("data", "encoding"):
            yield base64.b64decode(value).decode()
        case str():
            yield value
