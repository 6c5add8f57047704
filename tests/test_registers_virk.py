"""The Danish register by Virk: what each record means, and that no failure ever looks like health."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from activities.registers.registers import Registers
from models.company import Source
from standins.registers import RegistersStandin
from tests.asking_registers import (
    HAVN,
    NORDLYS,
    WITH_NOUGHT,
    asking,
    one,
)
from tests.asking_virk import SEARCH, only_virk, standin, virk

__all__ = ["standin", "virk"]


STATES = {
    "healthy": ("healthy", "NORMAL"),
    "bankrupt": ("insolvent", "UNDERKONKURS"),
    "dissolved_after_bankruptcy": ("gone", "OPLØSTEFTERKONKURS"),
    "deleted": ("gone", "SLETTET"),
    "bankruptcy_lifted": ("healthy", "NORMAL"),
    "reconstruction": ("restructuring", "UNDERREKONSTRUKTION"),
    "forced_composition": ("restructuring", "Tvangsakkord"),
    "voluntary_liquidation": ("winding_up", "UNDERFRIVILLIGLIKVIDATION"),
    "forced_dissolution": ("winding_up", "UNDERTVANGSOPLØSNING"),
    "merged": ("gone", "OPLØSTEFTERFUSION"),
    "bankrupt_by_composed_status_only": ("insolvent", "UNDERKONKURS"),
    "bankrupt_by_notice_only": ("insolvent", "Konkurs"),
    "without_composed_status": ("insolvent", "UNDER KONKURS"),
    "mixed_case": ("insolvent", "UnderKonkurs"),
    "odd": ("odd", "UNDERFORVANDLING"),
    "sole_trader": ("healthy", "Aktiv"),
    "sole_trader_ceased": ("gone", "Ophørt"),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_register_is_read_with_its_own_word(
    standin: RegistersStandin, virk: Registers, state: str
) -> None:
    standin.companies.set_status(HAVN, state, on=date(2026, 11, 3))
    status = one(virk, "DK", HAVN)
    assert (status.state, status.raw) == STATES[state]
    assert (status.number, status.country, status.source, status.problem) == (HAVN, "DK", Source.virk, "")
    only_composed = {"bankrupt_by_composed_status_only", "mixed_case", "sole_trader"}
    assert status.since == (None if state in only_composed - {"mixed_case"} else date(2026, 11, 3))


def test_a_bankruptcy_lifted_after_years_is_healthy_and_a_new_one_is_not(
    standin: RegistersStandin, virk: Registers
) -> None:
    standin.companies.set_status(HAVN, "bankrupt", on=date(2020, 1, 1))
    standin.companies.set_status(HAVN, "bankruptcy_lifted", on=date(2020, 6, 1))
    assert one(virk, "DK", HAVN).state == "healthy"
    standin.companies.set_status(HAVN, "bankrupt", on=date(2026, 11, 3))
    assert virk.statuses([("DK", HAVN)], max_age=timedelta(0))["DK", HAVN].since == date(2026, 11, 3)


def test_many_companies_are_asked_for_in_pages_and_each_gets_its_own_status(standin: RegistersStandin) -> None:
    standin.companies.set_status(NORDLYS, "bankrupt")
    standin.set_total_as_object(True)
    wanted = [("DK", number) for number in (HAVN, NORDLYS, WITH_NOUGHT, "33000006", "33000014")]
    with asking(only_virk(standin), page_size=2) as registers:
        found = registers.statuses(wanted)
    assert [found[company].state for company in wanted] == ["healthy", "insolvent", "healthy", "unknown", "unknown"]
    assert [entry.path for entry in standin.journal()] == [SEARCH] * 3
    assert found["DK", "33000006"].problem == "Virk knows no company with this number"


def test_only_the_status_is_asked_for_and_no_name_or_address(standin: RegistersStandin, virk: Registers) -> None:
    one(virk, "DK", HAVN)
    [asked] = [json.loads(entry.body or "") for entry in standin.journal()]
    assert asked["query"] == {"terms": {"Vrvirksomhed.cvrNummer": [99999993]}}
    assert all("navn" not in field and "deltager" not in field.lower() for field in asked["_source"])


@pytest.mark.parametrize("written", [WITH_NOUGHT, "DK 01 00 00 04", "dk-01000004", " 01000004 "])
def test_leading_noughts_survive_a_register_that_writes_numbers(virk: Registers, written: str) -> None:
    status = one(virk, "DK", written)
    assert (status.state, status.number) == ("healthy", WITH_NOUGHT)


@pytest.mark.parametrize("written", ["", "99999994", "9999999", "00000000", "٩٩٩٩٩٩٩٣", "Havn A/S", "888888888"])
def test_what_is_no_danish_number_is_unknown_and_nobody_is_asked(
    standin: RegistersStandin, virk: Registers, written: str
) -> None:
    status = one(virk, "DK", written)
    assert (status.state, status.number, status.source) == ("unknown", written, Source.none)
    assert "not a registration number" in status.problem
    assert standin.journal() == []


def test_a_country_without_a_register_is_unknown(virk: Registers) -> None:
    assert one(virk, "SE", "5560360793").problem == "there is no register for this country"
