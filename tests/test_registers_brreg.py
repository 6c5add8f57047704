"""Enhetsregisteret: a missing flag is not a no, a deleted company is a 200, and no failure looks like health."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.registers.addresses import RegisterAddresses
from activities.registers.brreg_record import trustee_of
from activities.registers.calls import GIVE_UP_AFTER, Patience
from activities.registers.registers import Registers
from models.company import CompanyState, Source
from standins.registers import RegistersStandin
from standins.server import running
from tests.asking_registers import (
    ANNET,
    FORETAK,
    HAVN,
    TODAY,
    TROUBLE,
    Pauses,
    addresses_of,
    asking,
    companies,
    named,
    one,
    patience,
)

HEALTHY: dict[str, Any] = {
    "respons_klasse": "Enhet",
    "organisasjonsnummer": FORETAK,
    "konkurs": False,
    "underAvvikling": False,
    "underTvangsavviklingEllerTvangsopplosning": False,
}
FLAGS = [key for key, value in HEALTHY.items() if value is False]


@pytest.fixture
def standin() -> Iterator[RegistersStandin]:
    with running(RegistersStandin(companies(), today=TODAY)) as server:
        yield server


@pytest.fixture
def brreg(standin: RegistersStandin) -> Iterator[Registers]:
    with asking(addresses_of(standin)) as registers:
        yield registers


STATES = {
    "healthy": ("healthy", "Enhet"),
    "bankrupt": ("insolvent", "konkurs"),
    "reconstruction": ("restructuring", "underRekonstruksjonsforhandlingDato"),
    "foreign_insolvency": ("restructuring", "underUtenlandskInsolvensbehandlingDato"),
    "voluntary_liquidation": ("winding_up", "underAvvikling"),
    "forced_dissolution": ("winding_up", "underTvangsavviklingEllerTvangsopplosning"),
    "deleted": ("gone", "SlettetEnhet"),
    "gone": ("gone", "410"),
    "without_flags": ("unknown", ""),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_register_is_read_by_its_own_signal(
    standin: RegistersStandin, brreg: Registers, state: str
) -> None:
    standin.companies.set_status(FORETAK, state, on=date(2026, 11, 3))
    status = one(brreg, "NO", FORETAK)
    assert (status.state, status.raw) == STATES[state]
    assert status.since == (None if state in ("healthy", "without_flags") else date(2026, 11, 3))
    assert (status.number, status.country, status.source) == (FORETAK, "NO", Source.brreg)
    assert status.trustee == ("KARI TESTESEN" if state == "bankrupt" else "")


def test_missing_flags_are_named_and_do_not_mean_that_all_is_well(standin: RegistersStandin, brreg: Registers) -> None:
    standin.companies.set_status(FORETAK, "without_flags")
    assert (
        "konkurs, underAvvikling, underTvangsavviklingEllerTvangsopplosning is missing"
        in one(brreg, "NO", FORETAK).problem
    )


@pytest.mark.parametrize("written", ["888 888 888", "NO888888888MVA", "NO 888 888 888 MVA", "888888888 mva"])
def test_a_number_is_found_however_the_books_write_it(brreg: Registers, written: str) -> None:
    status = one(brreg, "NO", written)
    assert (status.state, status.number) == ("healthy", FORETAK)


def test_both_countries_are_asked_in_one_question_each_at_its_own_register(
    standin: RegistersStandin, brreg: Registers
) -> None:
    standin.companies.set_status(ANNET, "bankrupt")
    wanted = [("NO", FORETAK), ("DK", HAVN), ("NO", ANNET), ("NO", HAVN), ("FI", "x")]
    found = brreg.statuses(wanted)
    assert list(found) == wanted
    assert [status.state for status in found.values()] == ["healthy", "healthy", "insolvent", "unknown", "unknown"]


def test_a_number_that_the_register_does_not_know_is_unknown(standin: RegistersStandin, brreg: Registers) -> None:
    standin.companies.remove(FORETAK)
    assert one(brreg, "NO", FORETAK).problem == "Enhetsregisteret knows no company with this number"
    assert len(standin.journal()) == 1


def test_another_companys_answer_is_refused(standin: RegistersStandin, brreg: Registers) -> None:
    standin.companies.answer_as(FORETAK, ANNET)
    assert one(brreg, "NO", FORETAK).problem == "Enhetsregisteret answered about another company"
    standin.companies.set_status(ANNET, "gone")
    assert one(brreg, "NO", FORETAK).problem == "Enhetsregisteret answered about another company"


def test_a_410_without_a_body_is_gone_all_the_same(standin: RegistersStandin, brreg: Registers) -> None:
    standin.fault("status", status=410)
    status = one(brreg, "NO", FORETAK)
    assert (status.state, status.since) == ("gone", None)


def test_a_deleted_sole_trader_is_told_apart_because_the_owner_still_owes(
    standin: RegistersStandin, brreg: Registers
) -> None:
    form = {"kode": "ENK", "beskrivelse": "Enkeltpersonforetak"}
    body = {"respons_klasse": "SlettetEnhet", "organisasjonsnummer": FORETAK, "organisasjonsform": form}
    standin.fault("status", status=200, body=json.dumps(body))
    assert one(brreg, "NO", FORETAK).raw == "SlettetEnhet ENK"


# --- the trustee ---


@pytest.mark.parametrize(
    "trouble", [{"kind": "status", "status": 500}, {"kind": "html"}, {"kind": "status", "status": 404}]
)
def test_a_bankruptcy_is_known_also_when_the_trustee_is_not(
    standin: RegistersStandin, brreg: Registers, trouble: dict[str, Any]
) -> None:
    standin.companies.set_status(FORETAK, "bankrupt")
    standin.fault(**trouble, path="*/roller", times=0)
    status = one(brreg, "NO", FORETAK)
    assert (status.state, status.trustee) == ("insolvent", "")


BOBE = {"kode": "BOBE"}
KARI = {"person": {"navn": {"fornavn": "Kari", "mellomnavn": "B.", "etternavn": "Testesen"}}}


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ({"rollegrupper": [{"type": BOBE, "roller": [KARI]}]}, "Kari B. Testesen"),
        ({"rollegrupper": [{"roller": [{"type": BOBE, "enhet": {"navn": ["Bo & Co", "DA"]}}]}]}, "Bo & Co DA"),
        ({"rollegrupper": [{"type": BOBE, "roller": [{**KARI, "fratraadt": True}]}]}, ""),
        ({"rollegrupper": [{"type": {"kode": "STYR"}, "roller": [KARI]}]}, ""),
        (
            {"rollegrupper": [{"type": BOBE, "roller": [{"person": {"navn": {"fornavn": "x\n" * 500}}}]}]},
            "x" + " x" * 59,
        ),
        ({"rollegrupper": [None, {"roller": [7]}]}, ""),
        ({"rollegrupper": 7}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_trustee_is_found_among_the_roles_or_left_open(roles: Any, name: str) -> None:
    assert trustee_of(roles) == name


# --- pace and trouble ---


def test_an_answer_larger_than_any_company_is_unknown(standin: RegistersStandin, brreg: Registers) -> None:
    standin.fault("status", status=200, body=json.dumps({**HEALTHY, "navn": "x" * 2_000_000}), times=0)
    assert one(brreg, "NO", FORETAK).problem == "Enhetsregisteret: more than 1048576 bytes"


def test_calls_are_a_tenth_of_a_second_apart(standin: RegistersStandin) -> None:
    standin.companies.set_status(FORETAK, "bankrupt")
    pauses = Pauses()
    with asking(addresses_of(standin), sleep=pauses.sleep, monotonic=pauses.monotonic) as registers:
        registers.statuses([("NO", FORETAK), ("NO", ANNET)])
    assert len(standin.journal()) == 3
    assert pauses.taken == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_trouble_that_passes_is_read_through(standin: RegistersStandin, trouble: dict[str, Any]) -> None:
    standin.fault(**trouble, times=2)
    with asking(addresses_of(standin), patience=patience(trouble)) as registers:
        assert one(registers, "NO", FORETAK).state == "healthy"
    assert len(standin.journal()) == 3


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_trouble_that_stays_is_unknown_and_never_healthy(standin: RegistersStandin, trouble: dict[str, Any]) -> None:
    standin.fault(**trouble, times=0)
    with asking(addresses_of(standin), patience=patience(trouble)) as registers:
        status = one(registers, "NO", FORETAK)
    assert status.state == "unknown"
    assert status.problem.startswith("Enhetsregisteret: ")
    assert len(standin.journal()) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 406])
def test_a_refusal_is_unknown_and_not_repeated(standin: RegistersStandin, brreg: Registers, status: int) -> None:
    standin.fault("revoke", status=status)
    found = one(brreg, "NO", FORETAK)
    assert (found.state, found.problem) == ("unknown", f"Enhetsregisteret: status {status}")
    assert len(standin.journal()) == 1


def test_a_closed_port_is_unknown(standin: RegistersStandin, brreg: Registers) -> None:
    standin.fault("refuse", seconds=0)
    assert one(brreg, "NO", FORETAK).problem == "Enhetsregisteret: ConnectError"


def test_a_long_list_is_given_up_after_a_few_failures_in_a_row(standin: RegistersStandin) -> None:
    standin.fault("status", status=500, times=0)
    numbers = [FORETAK, ANNET, "810000007", "810000015", "810000023"]
    with asking(addresses_of(standin), patience=Patience(tries=1)) as registers:
        found = registers.statuses([("NO", number) for number in numbers])
    assert {status.state for status in found.values()} == {CompanyState.unknown}
    assert len(standin.journal()) == GIVE_UP_AFTER


def test_an_unforeseen_fault_of_our_own_is_unknown_too(standin: RegistersStandin) -> None:
    def broken() -> float:
        raise ZeroDivisionError("with a secret")

    with asking(addresses_of(standin), monotonic=broken) as registers:
        found = registers.statuses([("NO", FORETAK), ("DK", HAVN)])
    assert [status.problem for status in found.values()] == ["unforeseen ZeroDivisionError"] * 2


def test_an_address_without_encryption_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="https"):
        Registers(RegisterAddresses(brreg_url="http://data.brreg.no"))


# --- no answer that is not explicitly active ever becomes healthy ---


@pytest.fixture(scope="module")
def steady() -> Iterator[RegistersStandin]:
    with running(RegistersStandin(companies(), today=TODAY)) as server:
        yield server


SPOILT = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "false", "Enhet", "SlettetEnhet", FORETAK])


@settings(max_examples=60, deadline=None)
@given(
    spoilt=st.fixed_dictionaries({}, optional=dict.fromkeys(HEALTHY, SPOILT)),
    left_out=st.sets(st.sampled_from([*HEALTHY])),
)
def test_health_takes_the_right_class_the_right_number_and_three_flags(
    steady: RegistersStandin, spoilt: dict[str, Any], left_out: set[str]
) -> None:
    document = {key: value for key, value in {**HEALTHY, **spoilt}.items() if key not in left_out}
    # Roles are asked for after a bankruptcy; they say nothing here.
    steady.reset()
    steady.fault("status", status=200, body=json.dumps(document))
    with asking(addresses_of(steady)) as registers:
        state = one(registers, "NO", FORETAK).state
    same = document.keys() == HEALTHY.keys() and all(document[flag] is False for flag in FLAGS)
    is_it = same and document["respons_klasse"] == "Enhet" and document["organisasjonsnummer"] == FORETAK
    assert (state is CompanyState.healthy) == is_it


@pytest.mark.parametrize(
    ("signals", "state", "since"),
    [
        ({"konkursdato": "2026-11-03"}, "insolvent", date(2026, 11, 3)),
        ({"konkurs": True, "underAvvikling": True}, "insolvent", None),
        ({"underRekonstruksjonsforhandlingDato": "2026-10-30"}, "restructuring", date(2026, 10, 30)),
        ({"underRekonstruksjonsforhandlingDato": "soon"}, "restructuring", None),
        ({"tvangsopplostPgaManglendeDagligLederDato": "2026-10-30"}, "winding_up", date(2026, 10, 30)),
        ({"tvangsopplostPgaManglendeRevisorDato": "2026-10-30"}, "winding_up", date(2026, 10, 30)),
        ({"tvangsopplostPgaMangelfulltStyreDato": "2026-10-30"}, "winding_up", date(2026, 10, 30)),
        ({"tvangsavvikletPgaManglendeSlettingDato": "2026-10-30"}, "winding_up", date(2026, 10, 30)),
        ({"underAvviklingDato": "2026-10-30"}, "winding_up", date(2026, 10, 30)),
        ({"underNoeNyttDato": "2026-10-30"}, "odd", date(2026, 10, 30)),
        ({"slettedato": "2026-10-30"}, "odd", date(2026, 10, 30)),
        ({"underlagtHjemlandLovgivningForetaksform": {"land": "Sverige"}}, "healthy", None),
    ],
)
def test_a_date_counts_without_its_flag_and_an_unheard_of_signal_goes_to_a_person(
    standin: RegistersStandin, brreg: Registers, signals: dict[str, Any], state: str, since: date | None
) -> None:
    standin.fault("status", status=200, body=json.dumps({**HEALTHY, **signals}))
    status = one(brreg, "NO", FORETAK)
    assert (status.state, status.since) == (state, since)
