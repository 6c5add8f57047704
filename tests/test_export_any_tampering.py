"""Whatever is done to a case export is found, and its place is named: hypothesis does it, everywhere."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.export_check import faults
from activities.export_sums import sum_of
from tests.kept_exports import JSON, WHOLE, Way, at, swap, ways, without_times

ALL = ways(WHOLE)
LEAVES = [way for way in ALL if not isinstance(at(WHOLE, way), dict | list) or not at(WHOLE, way)]
MAPPINGS = [way for way in ALL if isinstance(at(WHOLE, way), dict)]
LISTS = [way for way in ALL if isinstance(at(WHOLE, way), list) and at(WHOLE, way)]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(), below, max_size=2),
    max_leaves=3,
)


def names_the_place(found: list[str], way: Way, *rows: int) -> bool:
    """Whether a fault names the part, and the row or link, that a way leads to; or one of the rows of a list."""
    part, *deeper = way
    if not deeper and not rows:
        return any(fault.startswith(part) for fault in found)
    if part == "chain":
        entries = [WHOLE["chain"][n] for n in ([deeper[0]] if deeper else rows)]
        numbers = [str(e[name]) for e in entries for name in ("seq", "from", "to") if name in e]
        places = [
            rf"\b(links?|and|to|,) ({'|'.join(numbers)})\b",
            *(rf"entry {n + 1} of" for n in [*deeper[:1], *rows]),
        ]
        if len(WHOLE["chain"]) - 1 in [*deeper[:1], *rows]:
            places.append("missing at the end of the chain")
        return any(re.search(place, fault) for fault in without_times(found) for place in places)
    if part == "head":
        return any(fault.startswith("head") for fault in found)
    name, *below = deeper
    said, part = [fault for fault in found if fault.startswith(name)], WHOLE["record"][name]
    if isinstance(part, list) and all(isinstance(row, dict) for row in part) and (below or rows):
        return any(re.search(rf"\b{n + 1}\b", fault) for fault in said for n in (below[:1] or rows))
    return bool(said)


def found_and_placed(export: dict[str, Any], way: Way, *rows: int) -> None:
    found = faults(export)
    assert found, f"nobody noticed what was done at {way}"
    assert names_the_place(found, way, *rows), f"{way} {rows} is not named in {found}"


@settings(deadline=None)
@given(st.sampled_from(LEAVES), ANYTHING)
def test_every_value_that_is_changed_is_found(way: Way, value: Any) -> None:
    export = json.loads(JSON)
    if sum_of(at(export, way)) == sum_of(value):
        return
    at(export, way[:-1])[way[-1]] = value
    found_and_placed(export, way)


def of_another_kind(value: Any) -> Any:
    """What Python holds to be the same wherever it can."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return float(value)
    return f"{value} " if isinstance(value, str) else [1]


def test_each_value_by_itself_is_found_even_where_it_is_only_of_another_kind() -> None:
    export = json.loads(JSON)
    for way in LEAVES:
        holder, kept = at(export, way[:-1]), at(export, way)
        holder[way[-1]] = of_another_kind(kept)
        found_and_placed(export, way)
        holder[way[-1]] = kept
    assert faults(export) == []
    assert len(LEAVES) > 1000


@settings(deadline=None)
@given(st.sampled_from([way for way in ALL if way]))
def test_everything_that_is_taken_out_is_found(way: Way) -> None:
    export = json.loads(JSON)
    del at(export, way[:-1])[way[-1]]
    found_and_placed(export, way)


@settings(deadline=None)
@given(st.sampled_from(MAPPINGS), st.text(), ANYTHING)
def test_every_name_that_is_added_is_found(way: Way, name: str, value: Any) -> None:
    export = json.loads(JSON)
    if name in at(export, way):
        return
    at(export, way)[name] = value
    found = faults(export)
    if way in ((), ("record",)):
        assert any(fault.startswith(f"{name} was added") for fault in found)
    else:
        assert names_the_place(found, way)


@settings(deadline=None)
@given(st.sampled_from(LISTS), st.data())
def test_every_row_and_link_that_is_doubled_is_found(way: Way, data: st.DataObject) -> None:
    export = json.loads(JSON)
    rows = at(export, way)
    row, place = data.draw(st.sampled_from(range(len(rows)))), data.draw(st.sampled_from(range(len(rows) + 1)))
    rows.insert(place, copy.deepcopy(rows[row]))
    found_and_placed(export, way, *((row,) if way == ("chain",) else (row, place, place + 1)))


@settings(deadline=None)
@given(st.sampled_from([way for way in LISTS if len(at(WHOLE, way)) > 1]), st.data())
def test_every_two_rows_or_links_that_changed_places_are_found(way: Way, data: st.DataObject) -> None:
    export = json.loads(JSON)
    rows = at(export, way)
    a, b = data.draw(st.lists(st.sampled_from(range(len(rows))), min_size=2, max_size=2, unique=True))
    if sum_of(rows[a]) == sum_of(rows[b]):
        return
    swap(rows, a, b)
    found_and_placed(export, way, a, b)


@settings(deadline=None)
@given(st.data())
def test_every_run_that_is_put_in_is_found(data: st.DataObject) -> None:
    export = json.loads(JSON)
    hashes = [entry.get("hash", entry.get("last_hash")) for entry in export["chain"]]
    numbers = st.integers(0, export["head"]["seq"] + 3)
    run = {"from": data.draw(numbers), "to": data.draw(numbers), "last_hash": data.draw(st.sampled_from(hashes))}
    export["chain"].insert(data.draw(st.integers(0, len(export["chain"]))), run)
    assert faults(export)
