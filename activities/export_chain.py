"""Whether the links of a case export are one chain, and if not, which of them is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from activities.export_sums import others_places, sum_of
from models.record import TrailRow

LINK_FIELDS = frozenset(TrailRow.model_fields)
RUN_FIELDS = frozenset({"from", "to", "last_hash"})
Entry = dict[str, Any]
"""A link of the case, or a run of links of other cases, told by the hash of its last one."""


def chain_faults(record: dict[str, Any], chain: list[Any]) -> Iterator[str]:
    """Every link that was changed, moved, doubled, put in or taken out, in words."""
    entries: dict[str, Entry] = {}
    for n, entry in enumerate(chain, start=1):
        if fault := _misshapen(entry):
            yield f"entry {n} of the chain {fault}"
        elif (known := sum_of(entry)) in entries:
            yield f"{_name(entry)} stands there twice"
        else:
            entries[known] = entry
    yield from _out_of_order(list(entries.values()))
    in_order = sorted(entries.values(), key=_first)
    yield from _broken(in_order)
    yield from _not_those_of_the_case(record, in_order)


def own_links(chain: list[Any]) -> list[Entry]:
    """The links of the case itself, as far as they have the form of links."""
    return [entry for entry in chain if not _misshapen(entry) and "seq" in entry]


def other_links(chain: list[Any], last: Entry) -> Iterator[str]:
    """Links that the last one does not name: whoever changes a link can give it a hash that fits, but not that one."""
    exported = last["data"].get("links")
    if exported is None:
        return
    for link in own_links(chain):
        if link["hash"] not in exported and link["seq"] != last["seq"]:
            yield f"{_name(link)} is not the one that was exported"


def link_sum(link: Entry) -> str:
    """The hash that a link must have."""
    return sum_of({name: value for name, value in link.items() if name != "hash"})


def _misshapen(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "is no link"
    fields = RUN_FIELDS if "last_hash" in entry and "seq" not in entry else LINK_FIELDS
    if more := sorted(set(entry) - fields):
        return f"was added to: {', '.join(more)}"
    if less := sorted(fields - set(entry)):
        return f"is not whole: {', '.join(less)} is missing"
    numbers = ("from", "to") if fields is RUN_FIELDS else ("seq",)
    if any(type(entry[name]) is not int for name in numbers):
        return f"is numbered by something that is no whole number: {', '.join(str(entry[name]) for name in numbers)}"
    if fields is RUN_FIELDS and entry["to"] < entry["from"]:
        return f"ends before it begins: links {entry['from']} to {entry['to']}"
    return ""


def _first(entry: Entry) -> int:
    return int(entry["seq"] if "seq" in entry else entry["from"])


def _last(entry: Entry) -> int:
    return int(entry["seq"] if "seq" in entry else entry["to"])


def _name(entry: Entry) -> str:
    if "seq" in entry:
        return f"link {entry['seq']} ({entry['kind']}, {entry['at']})"
    return f"the run of {_numbers(entry['from'], entry['to'])} of other cases"


def _numbers(first: int, last: int) -> str:
    return f"link {first}" if first == last else f"links {first} to {last}"


def _out_of_order(entries: list[Entry]) -> Iterator[str]:
    there, sorted_ones = [_first(entry) for entry in entries], sorted(_first(entry) for entry in entries)
    moved = [str(a) for a, b in zip(there, sorted_ones, strict=True) if a != b]
    if moved:
        yield others_places("links", moved)


def _broken(entries: list[Entry]) -> Iterator[str]:
    """Entries in the order of their numbers: each follows the one before it, and each link is what its hash says."""
    before: Entry | None = None
    hashes: tuple[str, ...] = ()
    for entry in entries:
        if before is not None:
            expected = _last(before) + 1
            if _first(entry) > expected:
                numbers = _numbers(expected, _first(entry) - 1)
                yield f"{numbers} {'is' if numbers.startswith('link ') else 'are'} missing"
            elif _first(entry) < expected:
                yield f"{_name(entry)} stands where {_name(before)} stands"
            elif "seq" in entry and entry["previous"] not in hashes:
                yield f"{_name(entry)} does not follow {_name(before)}"
        if "seq" in entry:
            true = link_sum(entry)
            if entry["hash"] != true:
                yield f"{_name(entry)} was changed after it was written"
            # A link that was changed is named once: the next one may follow what it was or what it says it is.
            hashes = (entry["hash"], true)
        else:
            hashes = (entry["last_hash"],)
        before = entry


def _not_those_of_the_case(record: dict[str, Any], entries: list[Entry]) -> Iterator[str]:
    own = [entry for entry in entries if "seq" in entry]
    numbers, named = [link["seq"] for link in own], record["trail_links"]
    between = {(a + 1, b - 1) for a, b in pairwise([*named, *numbers[-1:]])}
    for run in entries:
        if "seq" not in run and (run["from"], run["to"]) not in between:
            yield f"{_name(run)} is not what lies between two links of the case"
    for n in named:
        if n not in numbers:
            hidden = any(_first(entry) <= n <= _last(entry) for entry in entries)
            yield f"link {n} is missing" if not hidden else f"link {n} of the case stands in a run of other cases"
    for link in own[:-1]:
        if link["seq"] not in named:
            yield f"{_name(link)} is not one of those that the record names"
    about = {(link["creditor_id"], link["case_id"]) for link in own[-1:]}
    for link in own:
        if (link["creditor_id"], link["case_id"]) not in about:
            yield f"{_name(link)} belongs to another case"
    if about and about != {(record["creditor"]["id"], record["case"]["id"])}:
        yield "the record is about another creditor or case than the links: look at creditor: id and case: id"
