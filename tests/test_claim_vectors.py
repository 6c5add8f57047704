"""The worked examples: every figure of every example, and both totals under every other setting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.claim import Refusal
from rules.law.form import read
from rules.law.quote import quote, written

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "claims" / "vectors.json").read_text("utf-8"))[
    "vectors"
]
COMPARISON = "comparison only"
OTHER = [
    (vector, name, totals) for vector in VECTORS for name, totals in vector.get("under_other_settings", {}).items()
]


def chosen(name: str) -> dict[str, Any]:
    """The setting that an example calls by a name like `day_count 30E/360`."""
    if name == "due date not moved":
        return {"due_dates_move": False}
    setting, _, value = name.partition(" (comparison")[0].partition(" ")
    return {setting: value.split(", ") if setting == "allocation" else value}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_an_example_comes_out_as_it_was_worked_by_hand(vector: dict[str, Any]) -> None:
    form = read(vector)
    assert written(form, quote(form)) == vector["expected"]


@pytest.mark.parametrize(("vector", "name", "totals"), OTHER, ids=[f"{v['id']} {name}" for v, name, _ in OTHER])
def test_an_example_under_another_setting(vector: dict[str, Any], name: str, totals: dict[str, str]) -> None:
    form = read({**vector, "input": {**vector["input"], "settings": chosen(name)}})
    if COMPARISON in name:
        with pytest.raises(Refusal) as refused:
            quote(form)
        assert refused.value.reason == "setting_not_allowed"
        return
    answer = written(form, quote(form))
    assert {"interest_accrued_total": answer["interest_accrued_total"], "total_open": answer["open"]["total"]} == totals


def test_there_are_thirteen_examples_and_none_was_lost() -> None:
    assert [vector["id"] for vector in VECTORS] == [
        *("DK-V1", "DK-V2", "DK-V4", "DK-V6", "DK-V7"),
        *("NO-V1", "NO-V4a", "NO-V4b", "NO-V5", "NO-V8", "NO-V9", "NO-V13a", "NO-V13b"),
    ]
    assert len(OTHER) == 26
