"""Whether a case export is sound, by the export alone; if not, everything that is wrong with it and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from activities.export_chain import Entry, chain_faults, link_sum, other_links, own_links
from activities.export_sums import changes, sum_of
from models.anchor import Anchor

FORMAT = "rykker case export 3"
WITHOUT_LINKS = "rykker case export 2"
"""Its last link does not name the links before it: nothing vouches for one that a run of other cases follows."""
WITHOUT_PLACES = "rykker case export 1"
"""Its last link holds one sum over the whole record; where in it something was changed cannot be said."""
FORMATS = (WITHOUT_PLACES, WITHOUT_LINKS, FORMAT)
EXPORTED = "exported"
"""The kind of the link that holds the sums of the record; it is the last one of every export."""
PARTS = ("record", "chain", "head")


def faults(export: Any) -> list[str]:
    """What is wrong with an export, each fault with its place; none when it is whole."""
    found: list[str] = []
    try:
        for fault in _faults(export):
            found += [fault] if fault not in found else []
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        found.append(f"this is no whole case export: {type(error).__name__}: {error}")
    return found


def anchor_fault(export: dict[str, Any], anchor: Anchor) -> str:
    """Why an export does not agree with a head that was noted down earlier; empty when it does."""
    chain = export["chain"]
    for entry in chain:
        seq, found = (entry["seq"], entry["hash"]) if "seq" in entry else (entry["to"], entry["last_hash"])
        if seq == anchor.seq:
            return "" if found == anchor.hash else f"link {seq} has another hash than the anchor: it was written anew"
        if "from" in entry and entry["from"] <= anchor.seq < entry["to"]:
            last = f"given by the hash of link {seq} only; check it against the database"
            return f"link {anchor.seq} of the anchor is one of another case here, {last}"
    first, last = chain[0].get("seq", chain[0].get("from")), export["head"]["seq"]
    return f"link {anchor.seq} of the anchor is not in this export, which has links {first} to {last}"


def _faults(export: Any) -> Iterator[str]:
    for name in PARTS:
        if name not in export:
            yield f"{name} is missing"
    for name in export:
        if name not in PARTS:
            yield f"{name} was added: a case export has {', '.join(PARTS)}"
    record, chain, head = export["record"], export["chain"], export["head"]
    if record.get("format") not in FORMATS:
        yield f"format was changed, or is of another version than {', '.join(FORMATS)}"
    last = max(own_links(chain), key=lambda link: link["seq"], default=None)
    if last is None or last["kind"] != EXPORTED or last["seq"] in record.get("trail_links", ()):
        yield "the link that was written with this export is missing at the end of the chain"
    else:
        yield from _other_record(record, last)
        yield from other_links(chain, last)
    yield from chain_faults(record, chain)
    if last is not None and sum_of(head) != sum_of({"seq": last["seq"], "hash": last["hash"]}):
        yield f"head is not that of link {last['seq']}, the last one of the export"
    yield from _other_words(record, own_links(chain))


def _other_record(record: dict[str, Any], last: Entry) -> Iterator[str]:
    """Where the record is not the one whose sums stand in the last link."""
    if last["data"].get("sha256") == sum_of(record):
        return
    places = list(changes(record, last["data"]["sums"])) if "sums" in last["data"] else []
    yield from places
    if not places and last["hash"] == link_sum(last):
        yield "the record was changed after the export: its sum is not the one on the trail"


def _other_words(record: dict[str, Any], links: list[Entry]) -> Iterator[str]:
    """Whether each message is, in every word and figure, what was proposed and released."""
    released = {(link["data"].get("proposal"), link["data"].get("digest")) for link in links}
    for n, message in enumerate(record["messages"], start=1):
        if "composition" not in message:
            continue
        if sum_of(message["composition"]) != message["digest"] or (message["id"], message["digest"]) not in released:
            yield f"messages row {n}: the words or figures of {message['step']} are not those that were released"
