"""Business time is handed in; the real clock is read in one place, and rules and workflows never ask it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
THE_ONE_PLACE = ROOT / "models" / "clock.py"


def readings(source: str) -> list[int]:
    """The lines in which a piece of source reads the wall clock."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    found = [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name | ast.Attribute)
        and (name_of(call.func.value), call.func.attr) in CLOCKS
    ]
    return sorted(found)


def name_of(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


@pytest.mark.parametrize("room", ["rules", "workflows", "activities", "models"])
def test_only_one_module_reads_the_wall_clock(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*.py") if path != THE_ONE_PLACE]
    assert files
    found = {str(path.relative_to(ROOT)): lines for path in files if (lines := readings(path.read_text()))}
    assert not found, f"take as_of instead, or models.clock.real_now for the age of data and for transport: {found}"


@pytest.mark.parametrize("room", ["rules", "workflows"])
def test_rules_and_workflows_do_not_even_import_it(room: str) -> None:
    importing = [str(p.relative_to(ROOT)) for p in (ROOT / room).rglob("*.py") if "models.clock" in p.read_text()]
    assert importing == []


def test_the_check_sees_every_way_to_ask() -> None:
    source = "import datetime, time\ndatetime.datetime.now()\ndate.today()\ntime.time()\ndatetime.fromisoformat('x')"
    assert readings(source) == [2, 3, 4]
