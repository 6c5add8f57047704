"""A case export that was tampered with: each fault is called by its place, in the words that a person reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.export_chain import link_sum
from activities.export_check import anchor_fault, faults
from activities.export_file import NoExport, read
from activities.export_sums import sum_of, sums_of
from models.anchor import Anchor
from tests.kept_exports import EXPORTS, JSON, KEPT, PAGE, WHOLE, own, swap, without_times

# --- what was kept ---


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.name)
def test_an_export_that_was_ever_made_is_still_whole(file: Path) -> None:
    found = read(file.read_bytes())[1]
    assert found == [], (
        "People keep exports for years. What changed in how they are checked needs a new number of the format, with "
        "files of its own beside these, and the old way of checking for those of the old number."
    )


def test_an_export_of_the_first_format_is_checked_as_before() -> None:
    export = json.loads((EXPORTS / "format-1.json").read_bytes())
    export["record"]["ledger"][2]["amount"] = "1.00"
    assert faults(export) == ["the record was changed after the export: its sum is not the one on the trail"]
    export = json.loads((EXPORTS / "format-1.json").read_bytes())
    export["chain"][3]["text"] = "nothing happened"
    [fault] = faults(export)
    assert fault.startswith(f"link {export['chain'][3]['seq']} (planned, ")
    assert fault.endswith("was changed after it was written")


# --- what the place is called ---


def tampered(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    export = json.loads(JSON)
    change(export)
    return faults(export)


PLACES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda e: e["record"]["ledger"][2].update(amount="1.00"), "ledger row 3: amount was changed"),
    (lambda e: e["record"]["ledger"].pop(2), "ledger: row 3 is missing"),
    (lambda e: e["record"]["ledger"].insert(2, e["record"]["ledger"][4]), "ledger: row 3 stands there twice"),
    (lambda e: e["record"]["ledger"].insert(2, {"kind": "payment"}), "ledger: row 3 was added"),
    (lambda e: e["record"]["messages"].pop(0), "messages: row 1 is missing"),
    (lambda e: swap(e["record"]["invoices"], 0, 1), "invoices: rows 1 and 2 changed places"),
    (lambda e: e["record"]["messages"].reverse(), "messages: rows 1, 2, 3, 4 stand in another order"),
    (lambda e: e["record"]["messages"][1].update(more=1), "messages row 2: more was added"),
    (lambda e: e["record"]["customer"].update(email="x@y.example"), "customer: email was changed"),
    (lambda e: e["record"]["customer"].pop("email"), "customer: email is missing"),
    (lambda e: e["record"]["claim"]["open"].update(total="0.00"), "claim: open: total was changed"),
    (lambda e: e["record"].update(left_to_pay="1.00 DKK"), "left_to_pay was changed"),
    (lambda e: e["record"].update(paid=True), "paid was added"),
    (lambda e: e["record"].update(salt=""), "salt was changed, so no place of the record can be compared"),
    (lambda e: e["record"].pop("salt"), "salt is missing, so no place of the record can be compared"),
    (lambda e: e.update(more=1), "more was added: a case export has record, chain, head"),
    (lambda e: e["head"].update(seq=1), f"head is not that of link {WHOLE['head']['seq']}, the last one of the export"),
]


@pytest.mark.parametrize(("change", "said"), PLACES, ids=[said for _, said in PLACES])
def test_each_change_of_the_record_is_called_by_its_place(change: Callable[[dict[str, Any]], Any], said: str) -> None:
    assert said in tampered(change)


def test_a_word_of_a_message_is_found_twice_over() -> None:
    found = tampered(lambda e: e["record"]["messages"][1]["composition"]["rendered"][0].update(text="Pay at once!"))
    step = WHOLE["record"]["messages"][1]["step"]
    assert found == [
        "messages row 2: composition was changed",
        f"messages row 2: the words or figures of {step} are not those that were released",
    ]


def test_a_link_that_is_taken_out_is_missing_wherever_it_stood() -> None:
    for n in own()[:-1]:
        export = json.loads(JSON)
        gone = export["chain"].pop(n)
        assert faults(export) == [f"link {gone['seq']} is missing"]
    found = tampered(lambda e: e["chain"].pop())
    assert "the link that was written with this export is missing at the end of the chain" in found


def test_a_run_that_is_taken_out_is_missing() -> None:
    n = next(n for n, entry in enumerate(WHOLE["chain"]) if entry.get("to", 0) > entry.get("from", 0))
    run = WHOLE["chain"][n]
    assert tampered(lambda e: e["chain"].pop(n)) == [f"links {run['from']} to {run['to']} are missing"]


def test_links_that_changed_places_are_named_once() -> None:
    a, b = own()[3], own()[7]
    first, second = WHOLE["chain"][a]["seq"], WHOLE["chain"][b]["seq"]
    assert tampered(lambda e: swap(e["chain"], a, b)) == [f"links {second} and {first} changed places"]


def test_a_link_that_stands_there_twice_is_named_once() -> None:
    n = own()[4]
    found = tampered(lambda e: e["chain"].insert(n, e["chain"][n]))
    assert without_times(found) == [f"link {WHOLE['chain'][n]['seq']} stands there twice"]


def test_a_run_stands_only_where_a_link_of_the_case_vouches_for_it() -> None:
    first, n = WHOLE["chain"][0], next(n for n, e in enumerate(WHOLE["chain"]) if e.get("to", 0) > e.get("from", 0))
    run, after = WHOLE["chain"][n], WHOLE["head"]["seq"] + 1
    before = {"from": 1, "to": first["seq"] - 1, "last_hash": first["previous"]}
    assert any("is not what lies between" in fault for fault in tampered(lambda e: e["chain"].insert(0, before))), (
        "what came before the case is not told"
    )
    later = {"from": after, "to": after, "last_hash": "0" * 64}
    assert any("is not what lies between" in fault for fault in tampered(lambda e: e["chain"].append(later)))
    halves = [{"from": run["from"], "to": run["from"], "last_hash": "0" * 64}, {**run, "from": run["from"] + 1}]

    def split(export: dict[str, Any]) -> None:
        export["chain"][n : n + 1] = halves

    assert len(tampered(split)) == 2, "nothing vouches for the hash of the first half"


def test_a_link_of_the_case_cannot_hide_among_those_of_others() -> None:
    n = own()[4]
    link = WHOLE["chain"][n]

    def hide(export: dict[str, Any]) -> None:
        export["chain"][n] = {"from": link["seq"], "to": link["seq"], "last_hash": link["hash"]}

    assert tampered(hide) == [
        f"the run of link {link['seq']} of other cases is not what lies between two links of the case",
        f"link {link['seq']} of the case stands in a run of other cases",
    ]


def test_whoever_mends_the_sums_breaks_the_link_that_holds_them() -> None:
    def forge(export: dict[str, Any]) -> None:
        export["record"]["left_to_pay"] = "1.00 DKK"
        data = export["chain"][-1]["data"]
        data["sha256"], data["sums"] = sum_of(export["record"]), sums_of(export["record"])

    [fault] = without_times(tampered(forge))
    assert fault == f"link {WHOLE['head']['seq']} was changed after it was written"


def test_whoever_mends_that_link_too_has_another_head_which_an_anchor_shows() -> None:
    export = json.loads(JSON)
    export["record"]["left_to_pay"] = "1.00 DKK"
    last = export["chain"][-1]
    last["data"]["sha256"], last["data"]["sums"] = sum_of(export["record"]), sums_of(export["record"])
    last["hash"] = export["head"]["hash"] = link_sum(last)
    assert faults(export) == [], "a chain that was written anew from some link on is a chain again"
    noted = Anchor(WHOLE["head"]["seq"], WHOLE["head"]["hash"])
    assert "has another hash than the anchor" in anchor_fault(export, noted)
    assert anchor_fault(WHOLE, noted) == ""


def test_a_link_that_was_given_a_hash_that_fits_is_not_the_one_that_was_exported() -> None:
    for n in own()[:-1]:
        export = json.loads(JSON)
        link = export["chain"][n]
        link.update(text="nothing happened", actor="admin somebody-else", at="2026-01-01T00:00:00+00:00")
        link["hash"] = link_sum(link)
        assert f"link {link['seq']} is not the one that was exported" in without_times(faults(export))


def test_an_anchor_is_compared_with_links_of_the_case_and_with_the_last_of_each_run() -> None:
    run = next(entry for entry in WHOLE["chain"] if entry.get("to", 0) > entry.get("from", 0))
    link = WHOLE["chain"][own()[2]]
    assert anchor_fault(WHOLE, Anchor(run["to"], run["last_hash"])) == ""
    assert anchor_fault(WHOLE, Anchor(link["seq"], link["hash"])) == ""
    assert "has another hash" in anchor_fault(WHOLE, Anchor(run["to"], link["hash"]))
    assert "check it against the database" in anchor_fault(WHOLE, Anchor(run["from"], link["hash"]))
    assert "is not in this export" in anchor_fault(WHOLE, Anchor(10_000, link["hash"]))


@pytest.mark.parametrize(
    "nonsense",
    [None, [], {}, {"record": {}}, {**WHOLE, "chain": []}, {**WHOLE, "chain": "x"}, {**WHOLE, "head": 3}, "x"],
)
def test_what_is_no_export_at_all_is_not_whole(nonsense: Any) -> None:
    assert faults(nonsense)


# --- in the file ---


def wrong(content: bytes) -> list[str]:
    try:
        return read(content)[1]
    except NoExport as error:
        return [str(error)]


@settings(deadline=None)
@given(st.integers(0, len(PAGE) - 1), st.integers(1, 255))
def test_every_byte_of_a_page_that_is_changed_is_found(place: int, by: int) -> None:
    assert wrong(PAGE[:place] + bytes([PAGE[place] ^ by]) + PAGE[place + 1 :])


def test_what_people_read_is_vouched_for_as_well_as_the_data_behind_it() -> None:
    total = f"{float(WHOLE['record']['claim']['open']['total']):,.2f}".encode()
    assert wrong(PAGE.replace(total, b"1.00", 1)) == ["the page: what people read in its section top was changed"]
    shown = PAGE.replace(b"<h2>What this file proves</h2>", b"<h2>What this file proves</h2><p>More.</p>")
    assert wrong(shown) == ["the page: what people read in its section proof was changed"]
    moved = PAGE.replace(b'<section id="invoices">', b'<section id="bills">')
    assert "the page has other sections than were exported: top, claim, bills" in wrong(moved)[0]
    assert wrong(PAGE + b"<p>More.</p>") == ["the page: its end, with the head of the trail and the data, was changed"]


def test_the_data_of_another_export_does_not_stand_in_for_that_of_the_page() -> None:
    other = re.search(rb'<pre hidden id="rykker-case-export">.*?</pre>', (EXPORTS / "format-1.html").read_bytes(), re.S)
    assert other is not None
    assert wrong(PAGE.replace(b"<main>", b"<main>" + other[0])) == ["it cannot be read: the page holds 2 case exports"]


def test_a_name_that_stands_twice_is_found_because_programs_differ_in_which_they_read() -> None:
    twice = JSON.replace(b'"left_to_pay"', b'"left_to_pay": "1.00 DKK", "left_to_pay"', 1)
    assert wrong(twice) == ["left_to_pay stands twice in one object"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"<p>Hello</p>", b"\xff\xfe", JSON[:5000], b"[" * 100_000, b'{"record": 1, "chain": []}'],
)
def test_a_file_that_is_no_export_is_called_so(content: bytes) -> None:
    with pytest.raises(NoExport):
        read(content)
