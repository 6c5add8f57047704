"""cvrapi.dk: half the truth, fifty times a day, and only when Virk gave no answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.registers.addresses import RegisterAddresses
from activities.registers.calls import GIVE_UP_AFTER
from activities.registers.registers import Registers
from models.company import CompanyState, Source
from standins.registers import RegistersStandin
from standins.registers.companies import DANISH
from standins.server import running
from tests.asking_registers import (
    AGENT,
    HAVN,
    NORDLYS,
    TODAY,
    TROUBLE,
    WITH_NOUGHT,
    Clock,
    addresses_of,
    asking,
    companies,
    named,
    one,
    patience,
)


@pytest.fixture
def standin() -> Iterator[RegistersStandin]:
    with running(RegistersStandin(companies(), today=TODAY)) as server:
        yield server


def without_virk(standin: RegistersStandin) -> RegisterAddresses:
    return addresses_of(standin, virk_user="", virk_password="")


@pytest.fixture
def cvrapi(standin: RegistersStandin) -> Iterator[Registers]:
    with asking(without_virk(standin)) as registers:
        yield registers


BANKRUPT = {"bankrupt", "bankrupt_by_notice_only"}
ENDED = {"dissolved_after_bankruptcy", "deleted", "merged", "sole_trader_ceased"}


@pytest.mark.parametrize("state", sorted(DANISH))
def test_an_end_and_a_bankruptcy_are_seen_and_nothing_else_is(
    standin: RegistersStandin, cvrapi: Registers, state: str
) -> None:
    standin.companies.set_status(HAVN, state, on=date(2026, 11, 3))
    status = one(cvrapi, "DK", HAVN)
    expected = "insolvent" if state in BANKRUPT else "gone" if state in ENDED else "healthy"
    assert (status.state, status.source) == (expected, Source.cvrapi)
    assert status.since == (date(2026, 11, 3) if expected != "healthy" else None)


def test_the_caller_says_who_it_is_and_asks_by_number(standin: RegistersStandin, cvrapi: Registers) -> None:
    assert one(cvrapi, "DK", WITH_NOUGHT).state == "healthy"
    [asked] = standin.journal()
    assert (asked.method, asked.headers["user-agent"]) == ("GET", AGENT)
    assert (asked.query["vat"], asked.query["country"]) == (WITH_NOUGHT, "dk")


@pytest.mark.parametrize(
    "agent", ["Nordlys", "Nordlys - Rykker", "Nordlys -  - ", "Ærø - Rykker - Bo", "a - b - c\r\n"]
)
def test_a_caller_that_would_be_turned_away_is_refused_at_the_start(agent: str) -> None:
    with pytest.raises(ValueError, match="Company - Project - Contact"):
        Registers(RegisterAddresses(cvrapi_agent=agent))


def test_an_address_without_encryption_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="https"):
        Registers(RegisterAddresses(cvrapi_url="http://cvrapi.dk/api", cvrapi_agent=AGENT))


def test_with_no_way_into_the_danish_register_everybody_is_unknown(standin: RegistersStandin) -> None:
    with asking(addresses_of(standin, virk_user="", cvrapi_agent="")) as registers:
        status = one(registers, "DK", HAVN)
    assert (status.state, status.problem) == ("unknown", "Virk: it is not set up; cvrapi: it is not set up")
    assert standin.journal() == []


def test_a_number_that_nobody_knows_is_unknown(cvrapi: Registers) -> None:
    assert one(cvrapi, "DK", "33000006").problem == "cvrapi knows no company with this number"


def test_another_companys_answer_is_refused(standin: RegistersStandin, cvrapi: Registers) -> None:
    standin.companies.answer_as(HAVN, NORDLYS)
    assert one(cvrapi, "DK", HAVN).problem == "cvrapi answered about another company"


# --- the quota ---


@pytest.mark.parametrize("quota_status", [200, 403, 429])
@pytest.mark.parametrize("error", ["QUOTA_EXCEEDED", "BANNED", "INVALID_UA"])
def test_a_used_up_quota_is_unknown_and_nobody_is_asked_about_until_tomorrow(
    standin: RegistersStandin, quota_status: int, error: str
) -> None:
    clock = Clock()
    standin.fault("status", status=quota_status, body=json.dumps({"error": error, "t": 0, "version": 6}))
    with asking(without_virk(standin), clock=clock) as registers:
        found = registers.statuses([("DK", HAVN), ("DK", NORDLYS)])
        assert {status.state for status in found.values()} == {CompanyState.unknown}
        assert all(error in status.problem for status in found.values())
        clock.pass_by(hours=5)
        assert one(registers, "DK", HAVN).state == "unknown"
        assert len(standin.journal()) == 1
        clock.pass_by(hours=19)
        assert one(registers, "DK", HAVN).state == "healthy"


@pytest.mark.parametrize("quota_status", [200, 429])
def test_the_registers_own_quota_is_understood(standin: RegistersStandin, quota_status: int) -> None:
    standin.set_quota_status(quota_status)
    with asking(without_virk(standin), cvrapi_a_day=1000) as registers:
        for _ in range(50):
            one(registers, "DK", "33000006")
        assert "QUOTA_EXCEEDED" in one(registers, "DK", HAVN).problem
        assert "QUOTA_EXCEEDED" in one(registers, "DK", NORDLYS).problem
    assert len(standin.journal()) == 51


def test_questions_are_counted_and_stop_below_fifty_a_day(standin: RegistersStandin) -> None:
    clock = Clock()
    with asking(without_virk(standin), clock=clock) as registers:
        for _ in range(50):
            one(registers, "DK", "33000006")
        assert "45 questions of the day are used up" in one(registers, "DK", HAVN).problem
        assert len(standin.journal()) == 45
        clock.pass_by(days=1)
        assert one(registers, "DK", HAVN).state == "healthy"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"error": "NOT_FOUND"}, "knows no company"),
        ({"error": "INVALID_VAT"}, "knows no company"),
        ({"error": "INTERNAL_ERROR"}, "INTERNAL_ERROR"),
        ({"error": {"secret": 1}}, "an error of an unknown kind"),
        (
            {"error": "", "vat": 99999993, "enddate": None, "creditbankrupt": False, "creditstatus": None},
            "unknown kind",
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_error_counts_before_the_status_that_it_comes_with(
    standin: RegistersStandin, cvrapi: Registers, body: dict[str, Any], says: str, status: int
) -> None:
    standin.fault("status", status=status, body=json.dumps(body))
    found = one(cvrapi, "DK", HAVN)
    assert found.state == "unknown"
    assert says in found.problem


# --- trouble ---


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_trouble_is_unknown_and_costs_one_question(standin: RegistersStandin, trouble: dict[str, Any]) -> None:
    standin.fault(**trouble)
    with asking(without_virk(standin), patience=patience(trouble)) as registers:
        status = one(registers, "DK", HAVN)
    assert (status.state, status.source) == ("unknown", Source.cvrapi)
    assert status.problem.startswith("Virk: it is not set up; cvrapi: ")
    assert len(standin.journal()) == 1


def test_a_list_is_given_up_after_a_few_failures_in_a_row(standin: RegistersStandin, cvrapi: Registers) -> None:
    standin.fault("status", status=500, times=0)
    numbers = [HAVN, NORDLYS, WITH_NOUGHT, "33000006", "33000014"]
    found = cvrapi.statuses([("DK", number) for number in numbers])
    assert {status.state for status in found.values()} == {CompanyState.unknown}
    assert len(standin.journal()) == GIVE_UP_AFTER


# --- beside Virk ---


def test_it_stands_in_when_virk_is_down_and_virk_is_asked_again_next_time(standin: RegistersStandin) -> None:
    standin.companies.set_status(HAVN, "reconstruction")
    standin.fault("status", status=500, path="*/_search", times=6)
    with asking(addresses_of(standin)) as registers:
        for _ in range(2):
            status = one(registers, "DK", HAVN)
            assert (status.state, status.source) == ("healthy", Source.cvrapi)
        status = one(registers, "DK", HAVN)
        assert (status.state, status.source) == ("restructuring", Source.virk)
    assert [entry.path for entry in standin.journal()].count("/api") == 1


def test_it_is_not_asked_about_a_company_that_virk_does_not_know(standin: RegistersStandin) -> None:
    with asking(addresses_of(standin)) as registers:
        assert one(registers, "DK", "33000006").source is Source.virk
    assert len(standin.journal()) == 1


# --- no answer that is not explicitly active ever becomes healthy ---

HEALTHY: dict[str, Any] = {"vat": 99999993, "enddate": None, "creditbankrupt": False, "creditstatus": None}
JUNK = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("0123456789 /-Aø", max_size=8)
    | st.lists(st.integers(), max_size=2)
)


@pytest.fixture(scope="module")
def steady() -> Iterator[RegistersStandin]:
    with running(RegistersStandin(companies(), today=TODAY)) as server:
        yield server


@settings(max_examples=60, deadline=None)
@given(
    spoilt=st.fixed_dictionaries({}, optional=dict.fromkeys(HEALTHY, JUNK)),
    left_out=st.sets(st.sampled_from([*HEALTHY])),
)
def test_health_takes_three_fields_that_say_so(
    steady: RegistersStandin, spoilt: dict[str, Any], left_out: set[str]
) -> None:
    document = {key: value for key, value in {**HEALTHY, **spoilt}.items() if key not in left_out}
    steady.fault("status", status=200, body=json.dumps(document))
    with asking(without_virk(steady)) as registers:
        state = one(registers, "DK", HAVN).state
    is_it = str(document.get("vat")) == HAVN and all(
        key in document and document[key] is HEALTHY[key] for key in ("enddate", "creditbankrupt", "creditstatus")
    )
    assert (state is CompanyState.healthy) == is_it


@pytest.mark.parametrize(
    ("spoilt", "state", "since"),
    [
        ({"enddate": "3/11 - 2026"}, "gone", date(2026, 11, 3)),
        ({"enddate": "31/02 - 2026"}, "gone", None),
        ({"enddate": "sometime", "creditbankrupt": True}, "gone", None),
        ({"creditbankrupt": True, "creditstartdate": "03/11 - 2026"}, "insolvent", date(2026, 11, 3)),
        ({"creditbankrupt": True}, "insolvent", None),
        ({"creditstatus": 3}, "odd", None),
        ({"enddate": ""}, "unknown", None),
    ],
)
def test_what_the_fields_come_to(
    standin: RegistersStandin, cvrapi: Registers, spoilt: dict[str, Any], state: str, since: date | None
) -> None:
    standin.fault("status", status=200, body=json.dumps({**HEALTHY, **spoilt}))
    status = one(cvrapi, "DK", HAVN)
    assert (status.state, status.since) == (state, since)
