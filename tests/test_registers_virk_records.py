"""Records of Virk in every shape: nothing that is not explicitly active ever becomes healthy."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.books.economic_fields import Malformed
from activities.registers.registers import Registers
from activities.registers.virk_record import read_record
from models.company import CompanyState, CompanyStatus
from rules.company_status import meaning, normalised
from standins.registers import RegistersStandin
from tests.asking_registers import (
    HAVN,
    one,
)
from tests.asking_virk import standin, virk

__all__ = ["standin", "virk"]


WORDS = st.sampled_from(
    [
        "NORMAL",
        "Normal",
        "Aktiv",
        "UNDERKONKURS",
        "UNDER KONKURS",
        "OPLØST",
        "Ophørt",
        "UNDERREASSUMERING",
        "NORMALT",
        "",
    ]
) | st.text("NORMALAKTIVØ -\x00", max_size=7)
PERIODS = st.fixed_dictionaries(
    {
        "gyldigFra": st.sampled_from([None, "2012-03-01", "2026-11-03", "soon"]),
        "gyldigTil": st.sampled_from([None, None, "2026-11-20"]),
    }
)
JUNK = st.sampled_from([None, True, False, 0, 1, "", "NORMAL", [], [None], [7], [["NORMAL"]], {}, {"periode": 1}])
LINES = st.lists(st.fixed_dictionaries({"status": WORDS, "periode": PERIODS}), max_size=3) | JUNK
NOTICES = (
    st.lists(
        st.fixed_dictionaries(
            {
                "kreditoplysningkode": st.sampled_from([1, 1, 3, 2]),
                "statuskode": st.sampled_from([1, 2, 3]),
                "periode": PERIODS,
            }
        ),
        max_size=3,
    )
    | JUNK
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "virksomhedMetadata": st.fixed_dictionaries({}, optional={"sammensatStatus": WORDS | JUNK}) | JUNK,
        "virksomhedsstatus": LINES,
        "status": NOTICES,
        "livsforloeb": st.lists(st.fixed_dictionaries({"periode": PERIODS}), max_size=2) | JUNK,
        "fejlRegistreret": st.booleans(),
    },
)
EXPLICIT = {"NORMAL", "AKTIV", "IDRIFT"}


def read(record: dict[str, Any]) -> CompanyState:
    try:
        return meaning("DK", read_record(record).raw).state
    except Malformed:
        return CompanyState.unknown


@settings(max_examples=500)
@given(RECORDS)
def test_whatever_a_record_looks_like_health_is_said_in_so_many_words(record: dict[str, Any]) -> None:
    if read(record) is not CompanyState.healthy:
        return
    metadata = record.get("virksomhedMetadata")
    composed = metadata.get("sammensatStatus") if isinstance(metadata, dict) else None
    lines = record.get("virksomhedsstatus")
    current = [line["status"] for line in lines or [] if line["periode"]["gyldigTil"] is None]
    assert normalised(composed) in EXPLICIT if composed else EXPLICIT & {normalised(word) for word in current}
    assert isinstance(record["status"], list)
    assert record["livsforloeb"]
    assert not record.get("fejlRegistreret")
    bankruptcies = [notice for notice in record["status"] if notice["kreditoplysningkode"] == 1]
    assert not bankruptcies or any(notice["statuskode"] == 2 for notice in bankruptcies)


@settings(max_examples=200)
@given(
    st.sampled_from(["virksomhedMetadata", "virksomhedsstatus", "status", "livsforloeb"]),
    JUNK.filter(lambda junk: junk not in ([], None)),
)
def test_a_healthy_record_with_one_part_spoilt_is_not_healthy(part: str, junk: Any) -> None:
    healthy: dict[str, Any] = {
        "virksomhedMetadata": {"sammensatStatus": "NORMAL"},
        "virksomhedsstatus": [],
        "status": [],
        "livsforloeb": [{"periode": {"gyldigFra": "2012-03-01", "gyldigTil": None}}],
    }
    assert read(healthy) is CompanyState.healthy
    assert read({**healthy, part: junk}) is not CompanyState.healthy


def record(composed: str, *, line: str = "NORMAL", notices: Any = (), ended: str | None = None) -> dict[str, Any]:
    start = {"gyldigFra": "2012-03-01", "gyldigTil": None}
    return {
        "virksomhedMetadata": {"sammensatStatus": composed},
        "virksomhedsstatus": [{"status": line, "periode": start}],
        "status": list(notices),
        "livsforloeb": [{"periode": {**start, "gyldigTil": ended}}],
    }


def notice(credit: int, status: int, day: str | None, until: str | None = None) -> dict[str, Any]:
    return {"kreditoplysningkode": credit, "statuskode": status, "periode": {"gyldigFra": day, "gyldigTil": until}}


DECREE, LIFTED = notice(1, 1, "2026-01-05"), notice(1, 2, "2026-02-05")


@pytest.mark.parametrize(
    ("document", "state", "since"),
    [
        (record("NORMAL", notices=[DECREE]), "insolvent", date(2026, 1, 5)),
        (record("NORMAL", notices=[LIFTED, DECREE]), "healthy", date(2012, 3, 1)),
        (record("NORMAL", notices=[DECREE, LIFTED, notice(1, 1, "2026-03-05")]), "insolvent", date(2026, 3, 5)),
        (record("NORMAL", notices=[DECREE, notice(1, 2, None)]), "insolvent", date(2026, 1, 5)),
        (record("NORMAL", notices=[LIFTED, notice(1, 1, None)]), "insolvent", None),
        (record("NORMAL", notices=[notice(1, 1, "2026-01-05", "2026-01-09")]), "insolvent", date(2026, 1, 5)),
        (record("NORMAL", notices=[notice(3, 8, "2026-01-05")]), "restructuring", date(2026, 1, 5)),
        (record("NORMAL", notices=[notice(3, 9, "2009-01-05", "2011-01-05")]), "healthy", date(2012, 3, 1)),
        (record("NORMAL", notices=[notice(5, 1, "2026-01-05")]), "odd", date(2026, 1, 5)),
        (record("UNDERTVANGSOPLØSNING", notices=[DECREE]), "insolvent", date(2026, 1, 5)),
        (record("OPLØSTEFTERKONKURS", notices=[DECREE]), "gone", None),
        (record("UNDERREASSUMERING", notices=[notice(3, 8, "2026-01-05")]), "restructuring", date(2026, 1, 5)),
        (record("NORMAL", line="UNDER KONKURS"), "insolvent", date(2012, 3, 1)),
        (record("NORMAL", ended="2026-11-01"), "gone", date(2026, 11, 1)),
        (record("", ended="2026-11-01"), "gone", date(2026, 11, 1)),
        (record("Ophørt", ended="2026-11-01"), "gone", date(2026, 11, 1)),
        ({**record("NORMAL"), "fejlRegistreret": True}, "odd", None),
    ],
)
def test_places_that_disagree_are_read_by_the_graver_one(
    document: dict[str, Any], state: str, since: date | None
) -> None:
    word = read_record(document)
    assert (meaning("DK", word.raw).state, word.since) == (state, since)


def test_a_list_that_holds_fewer_hits_than_it_counts_is_partial(standin: RegistersStandin, virk: Registers) -> None:
    found = {"timed_out": False, "_shards": {"failed": 0}, "hits": {"total": 1, "hits": []}}
    standin.fault("status", status=200, body=json.dumps(found))
    assert "only in part" in one(virk, "DK", HAVN).problem


@pytest.mark.parametrize("part", ["status", "livsforloeb"])
def test_a_normal_status_without_notices_or_life_periods_is_unknown(part: str) -> None:
    document = record("NORMAL")
    del document[part]
    with pytest.raises(Malformed, match="notices or its life periods"):
        read_record(document)


def test_two_records_that_disagree_are_unknown(standin: RegistersStandin, virk: Registers) -> None:
    hits = [{"_source": {"Vrvirksomhed": {"cvrNummer": 99999993, **record(word)}}} for word in ("NORMAL", "SLETTET")]
    found = {"timed_out": False, "_shards": {"failed": 0}, "hits": {"total": 2, "hits": hits}}
    standin.fault("status", status=200, body=json.dumps(found))
    assert "two records" in one(virk, "DK", HAVN).problem


def test_a_word_that_is_cut_for_showing_is_not_taken_for_the_shorter_one(
    standin: RegistersStandin, virk: Registers
) -> None:
    hit = {"_source": {"Vrvirksomhed": {"cvrNummer": 99999993, **record("NORMAL" + " " * 100 + "ER DET IKKE")}}}
    found = {"timed_out": False, "_shards": {"failed": 0}, "hits": {"total": 1, "hits": [hit]}}
    standin.fault("status", status=200, body=json.dumps(found))
    status: CompanyStatus = one(virk, "DK", HAVN)
    assert (status.state, status.raw) == ("odd", "NORMAL")
