"""The sandbox of the workflows: what a workflow file imports is passed through on purpose, or the worker refuses it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.worker.workflow_sandbox import (
    SandboxedWorkflowRunner,
    SandboxRestrictions,
    UnintentionalPassthroughError,
)

from worker import WORKFLOWS
from workflows.reminder_case import ReminderCase

FILES = sorted((Path(__file__).parent.parent / "workflows").glob("*.py"))
ALLOWED = {
    "temporalio",
    "models.anchor",
    "models.case",
    "models.news",
    "models.sweep",
    "models.watch",
    "workflows.case_card",
    "workflows.names",
    "workflows.refusals",
    "workflows.listener",
}
"""A workflow waits, listens and calls: it knows messages and names, and nothing that reads, computes or sends."""
CARELESS = """
from __future__ import annotations
from temporalio import workflow
from models.case import Move

@workflow.defn
class Careless:
    @workflow.run
    async def run(self, move: Move) -> None: ...
"""


def strict_runner() -> SandboxedWorkflowRunner:
    """Refuses every module that is loaded into the sandbox without having been passed through."""
    policy = workflow.SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_import_notification_policy(policy))


@pytest.mark.anyio
@pytest.mark.parametrize("defined", WORKFLOWS, ids=lambda defined: defined.__name__)
async def test_every_workflow_passes_its_imports_through_on_purpose(defined: type) -> None:
    strict_runner().prepare_workflow(workflow._Definition.must_from_class(defined))


@pytest.mark.anyio
async def test_a_workflow_that_forgets_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "careless_workflow.py").write_text(CARELESS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    from careless_workflow import Careless  # type: ignore[import-not-found]

    with pytest.raises(UnintentionalPassthroughError, match="models"):
        strict_runner().prepare_workflow(workflow._Definition.must_from_class(Careless))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_workflow_file_imports_messages_and_names_and_nothing_that_acts(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    foreign = {
        name
        for name in imported
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED)
    }
    assert not foreign, f"{file.name} imports {foreign}; ask an activity for what they know"


def test_messages_bring_no_database_and_no_http_into_the_process_of_a_workflow() -> None:
    seen: set[str] = set()
    root = Path(__file__).parent.parent
    waiting = [
        "models.anchor",
        "models.case",
        "models.news",
        "models.sweep",
        "models.watch",
        "workflows.case_card",
        "workflows.names",
        "workflows.refusals",
        "workflows.listener",
    ]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        tree = ast.parse((root / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("models", "workflows"):
                waiting += [node.module or ""] if node.module not in seen else []
    assert seen == {
        "models.anchor",
        "models.case",
        "models.letters",
        "models.money",
        "models.news",
        "models.sweep",
        "models.watch",
        "workflows.case_card",
        "workflows.listener",
        "workflows.names",
        "workflows.refusals",
    }


def test_every_signal_and_update_says_what_it_is_for() -> None:
    found = workflow._Definition.must_from_class(ReminderCase)
    assert all(signal.description for signal in found.signals.values())
    assert all(update.description for update in found.updates.values())
    assert all(query.description for query in found.queries.values())
