"""What Temporal says of a creditor's workflows: which cases run, and which workflows cannot go on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from temporalio.client import Client

from activities.case_runs import CASE, MEMO

WEDGED = "TemporalReportedProblems IS NOT NULL AND ExecutionStatus = 'Running'"
"""Temporal marks a workflow so when its code failed several times in a row, about a minute after the first time."""


@dataclass(frozen=True)
class Running:
    """The running workflows of a creditor."""

    cases: Mapping[str, str]
    """Which case each says it is, by workflow id; empty where it does not say."""
    wedged: tuple[str, ...]
    """Workflow ids, also of the rounds that run on a schedule."""


async def running(client: Client, creditor: str) -> Running:
    """Ask Temporal's list, which may be some seconds behind."""
    query = f"WorkflowType = '{CASE}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH 'case/{creditor}/'"
    cases = {found.id: str(await found.memo_value(MEMO, default="")) async for found in client.list_workflows(query)}
    wedged = [found.id async for found in client.list_workflows(WEDGED) if belongs(found.id, creditor)]
    return Running(cases, tuple(sorted(set(wedged))))


def belongs(workflow_id: str, creditor: str) -> bool:
    """Whether a workflow is a creditor's: of a case, or one that a schedule or a person started."""
    name, by_whom = re.escape(creditor), r"(-\d{4}-\d\d-\d\dT\S*|/.*)?"
    own = rf"case/{name}/.*|(mirror|watch|sweep|anchor)/{name}{by_whom}"
    return re.fullmatch(own, workflow_id, re.DOTALL) is not None
