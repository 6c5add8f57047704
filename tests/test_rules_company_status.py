"""What the word of a register means for a claim: one sentence of advice for each, and a person for all the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.company import CompanyState, CompanyStatus, Consequence, Source
from rules import company_status_dk, company_status_no
from rules.company_status import COUNTRIES, UNHEARD_OF, advice, believed, meaning, normalised

TODAY = date(2026, 11, 22)
READ_AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def status(country: str, raw: str, **more: Any) -> CompanyStatus:
    state = more.pop("state", None) or meaning(country, raw).state
    number = "99999993" if country == "DK" else "888888888"
    return CompanyStatus(number=number, country=country, state=state, raw=raw, read_at=READ_AT, **more)


def unknown(problem: str = "Virk: ReadTimeout") -> CompanyStatus:
    return status("DK", "", state=CompanyState.unknown, problem=problem)


# Every value that the sheets name, as they write it: law/denmark.md section 9, company_registers.md sections 1 and 2.
DANISH = {
    "NORMAL": ("healthy", "go_on"),
    "Normal": ("healthy", "go_on"),
    "AKTIV": ("healthy", "go_on"),
    "Aktiv": ("healthy", "go_on"),
    "aktiv": ("healthy", "go_on"),
    "I DRIFT": ("healthy", "go_on"),
    "Fremtid": ("odd", "ask"),
    "UDEN RETSVIRKNING": ("odd", "ask"),
    "UDENRETSVIRKNING": ("odd", "ask"),
    "UNDER REASSUMERING": ("winding_up", "warn"),
    "UNDERREASSUMERING": ("winding_up", "warn"),
    "UNDERREASSUMMERING": ("winding_up", "warn"),
    "UNDERREASUMMERING": ("winding_up", "warn"),
    "UNDERREASUMERING": ("winding_up", "warn"),
    "UNDER FRIVILLIG LIKVIDATION": ("winding_up", "freeze"),
    "UNDERFRIVILLIGLIKVIDATION": ("winding_up", "freeze"),
    "UNDERLIKVIDATION": ("winding_up", "freeze"),
    "UNDER REKONSTRUKTION": ("restructuring", "freeze"),
    "UNDERREKONSTRUKTION": ("restructuring", "freeze"),
    "Tvangsakkord": ("restructuring", "freeze"),
    "UNDER TVANGSOPLØSNING": ("winding_up", "freeze"),
    "UNDERTVANGSOPLØSNING": ("winding_up", "freeze"),
    "UNDER KONKURS": ("insolvent", "freeze"),
    "UNDERKONKURS": ("insolvent", "freeze"),
    "UnderKonkurs": ("insolvent", "freeze"),
    "Konkurs": ("insolvent", "freeze"),
    "OPLØST EFTER KONKURS": ("gone", "dissolved"),
    "OPLØSTEFTERKONKURS": ("gone", "dissolved"),
    "TVANGSOPLØST": ("gone", "dissolved"),
    "OPLØST": ("gone", "dissolved"),
    "SLETTET": ("gone", "dissolved"),
    "LUKKET": ("gone", "dissolved"),
    "OPLØST EFTER ERKLÆRING": ("gone", "dissolved"),
    "OPLØSTEFTERERKLÆRING": ("gone", "dissolved"),
    "OPLØST EFTER FRIVILLIG LIKVIDATION": ("gone", "dissolved"),
    "OPLØSTEFTERFRIVILLIGLIKVIDATION": ("gone", "dissolved"),
    "OPLØST EFTER FUSION": ("gone", "successor"),
    "OPLØSTEFTERFUSION": ("gone", "successor"),
    "OPLØST EFTER SPALTNING": ("gone", "successor"),
    "OPLØSTEFTERSPALTNING": ("gone", "successor"),
    "OPLØST EFTER GRÆNSEOVERSKRIDENDE FUSION": ("gone", "successor"),
    "OPLØST EFTER GRÆNSEOVERSKRIDENDE SPALTNING": ("gone", "successor"),
    "OPLØST EFTER GRÆNSEOVERSKRIDENDE HJEMSTEDSFLYTNING": ("gone", "successor"),
    "OPLØSTEFTERGRÆNSEOVERSKRIDENDEFUSION": ("gone", "successor"),
    "OMDANNET": ("gone", "successor"),
    "Ophørt": ("gone", "dissolved"),
    company_status_dk.LIFE_ENDED: ("gone", "dissolved"),
    company_status_dk.WRONGLY_REGISTERED: ("odd", "ask"),
    company_status_dk.CVRAPI_ACTIVE: ("healthy", "go_on"),
    company_status_dk.CVRAPI_BANKRUPT: ("insolvent", "freeze"),
    company_status_dk.CVRAPI_ENDED: ("gone", "dissolved"),
}
NORWEGIAN = {
    company_status_no.ACTIVE: ("healthy", "go_on"),
    company_status_no.BANKRUPT: ("insolvent", "freeze"),
    company_status_no.RECONSTRUCTION: ("restructuring", "freeze"),
    company_status_no.FOREIGN_INSOLVENCY: ("restructuring", "freeze"),
    company_status_no.FORCED_DISSOLUTION: ("winding_up", "freeze"),
    company_status_no.WINDING_UP: ("winding_up", "freeze"),
    company_status_no.DELETED: ("gone", "dissolved"),
    company_status_no.DELETED_SOLE_TRADER: ("gone", "dissolved"),
    company_status_no.REMOVED: ("gone", "dissolved"),
}
NAMED = [("DK", raw, *expected) for raw, expected in DANISH.items()]
NAMED += [("NO", raw, *expected) for raw, expected in NORWEGIAN.items()]


@pytest.mark.parametrize(("country", "raw", "state", "consequence"), NAMED)
def test_every_value_that_is_named_has_its_state_its_consequence_and_a_sentence(
    country: str, raw: str, state: str, consequence: str
) -> None:
    assert meaning(country, raw).state == state
    told = advice(status(country, raw), TODAY)
    assert told.consequence == consequence
    assert "{" not in told.text
    assert told.text.endswith(".")


def test_no_entry_of_the_lists_is_untested() -> None:
    assert {normalised(raw) for raw in DANISH} == set(company_status_dk.DENMARK)
    assert {normalised(raw) for raw in NORWEGIAN} == set(company_status_no.NORWAY)


@pytest.mark.parametrize(
    "raw", ["under konkurs", "Under-Konkurs", " UNDER\u00a0KONKURS ", "UNDER‐KONKURS", "u n d e r konkurs"]
)
def test_case_blanks_and_hyphens_make_no_difference(raw: str) -> None:
    assert meaning("DK", raw).state == "insolvent"


@pytest.mark.parametrize(
    ("country", "raw"), [("DK", "UNDERFORVANDLING"), ("DK", ""), ("NO", "NORMAL"), ("SE", "NORMAL"), ("DK", "Enhet")]
)
def test_an_unheard_of_word_is_odd_and_a_person_is_shown_it(country: str, raw: str) -> None:
    told = advice(status(country, raw), TODAY)
    assert (meaning(country, raw).state, told.consequence, told.by) == ("odd", "ask", None)
    assert f"“{raw}”" in told.text


@given(st.sampled_from(["DK", "NO", "SE", ""]), st.text("NORMALAKTIVENHETIDRFØ -\u00a0\x00", max_size=12))
def test_no_word_but_those_on_the_list_is_ever_healthy(country: str, raw: str) -> None:
    listed = normalised(raw) in COUNTRIES.get(country, {})
    assert listed or meaning(country, raw) is UNHEARD_OF


def test_an_unknown_state_asks_a_person_and_says_what_went_wrong() -> None:
    told = advice(unknown(), TODAY)
    assert told.consequence is Consequence.ask
    assert "Virk: ReadTimeout" in told.text
    assert "last known state" in told.text


def test_a_state_that_its_word_does_not_bear_out_goes_to_a_person() -> None:
    told = advice(status("DK", "UNDERKONKURS", state=CompanyState.healthy), TODAY)
    assert told.consequence is Consequence.ask


def test_an_unknown_state_and_no_other_has_a_problem() -> None:
    with pytest.raises(ValidationError, match="has a problem"):
        status("DK", "", state=CompanyState.unknown)
    with pytest.raises(ValidationError, match="has a problem"):
        status("DK", "NORMAL", problem="ReadTimeout")


# --- a bankruptcy ---


def test_a_danish_bankruptcy_gives_four_weeks_to_file_the_claim() -> None:
    told = advice(status("DK", "UNDERKONKURS", since=date(2026, 11, 3)), TODAY)
    assert (told.consequence, told.by) == (Consequence.freeze, date(2026, 12, 1))
    assert "konkursloven § 128" in told.text
    assert "interest only to the date of the decree" in told.text
    assert told.text.endswith("The time limit is 2026-12-01.")


@pytest.mark.parametrize(("today", "says"), [(date(2026, 12, 1), "limit is"), (date(2026, 12, 2), "limit was")])
def test_the_last_day_still_counts_and_after_it_a_late_claim_may_do(today: date, says: str) -> None:
    told = advice(status("DK", "Konkurs", since=date(2026, 11, 3)), today)
    assert told.by == date(2026, 12, 1)
    assert says in told.text
    assert ("from memory, confirm" in told.text) == (says == "limit was")


def test_a_bankruptcy_without_a_date_sends_a_person_to_the_notice() -> None:
    told = advice(status("DK", "creditbankrupt"), TODAY)
    assert told.by is None
    assert "Statstidende" in told.text


def test_a_norwegian_bankruptcy_has_no_fixed_date_and_names_the_trustee() -> None:
    told = advice(status("NO", "konkurs", since=date(2026, 11, 3), trustee="KARI TESTESEN"), TODAY)
    assert told.by is None
    assert "(bostyrer) KARI TESTESEN before the deadline in the notice" in told.text
    assert "(bostyrer) before" in advice(status("NO", "konkurs"), TODAY).text


@pytest.mark.parametrize("name", ["{trustee}", "{0}", "%s"])
def test_a_trustees_name_is_only_ever_text(name: str) -> None:
    assert f"(bostyrer) {name} before" in advice(status("NO", "konkurs", trustee=name), TODAY).text


# --- the other sentences ---


@pytest.mark.parametrize(
    ("country", "raw", "says"),
    [
        ("DK", "UNDERREASSUMERING", "go on, but give no new credit"),
        ("DK", "UNDERFRIVILLIGLIKVIDATION", "liquidator"),
        ("DK", "UNDERTVANGSOPLØSNING", "look again every week"),
        ("DK", "OPLØSTEFTERERKLÆRING", "personally liable"),
        ("DK", "OPLØSTEFTERKONKURS", "VAT relief"),
        ("DK", "OPLØSTEFTERFRIVILLIGLIKVIDATION", "overlooked"),
        ("DK", "OPLØSTEFTERFUSION", "the continuing company owes"),
        ("DK", "OPLØSTEFTERSPALTNING", "division plan"),
        ("DK", "OPLØSTEFTERGRÆNSEOVERSKRIDENDEHJEMSTEDSFLYTNING", "abroad"),
        ("DK", "OPHØRT", "a sole trader still owes personally"),
        ("DK", "FREMTID", "start date lies ahead"),
        ("DK", "UDENRETSVIRKNING", "founders"),
        ("DK", "enddate", "another company owes"),
        ("NO", "SlettetEnhet ENK", "the owner stays liable"),
        ("NO", "underAvvikling", "liquidator"),
        ("NO", "underTvangsavviklingEllerTvangsopplosning", "often ends in bankruptcy"),
    ],
)
def test_each_kind_says_what_to_do(country: str, raw: str, says: str) -> None:
    assert says in advice(status(country, raw), TODAY).text


@pytest.mark.parametrize(
    ("country", "raw"),
    [
        ("DK", "UNDERREKONSTRUKTION"),
        ("DK", "UNDERFRIVILLIGLIKVIDATION"),
        ("DK", "TVANGSOPLØST"),
        ("DK", "OPLØSTEFTERFUSION"),
        ("DK", "OPLØSTEFTERSPALTNING"),
        ("NO", "konkurs"),
        ("NO", "underAvvikling"),
        ("NO", "SlettetEnhet ENK"),
    ],
)
def test_what_rests_on_memory_says_so(country: str, raw: str) -> None:
    assert "from memory, confirm" in advice(status(country, raw), TODAY).text


# --- what to hold for true ---

VIRK, CVRAPI = {"source": Source.virk}, {"source": Source.cvrapi}


def test_no_answer_does_not_replace_what_is_known() -> None:
    known = status("DK", "UNDERREKONSTRUKTION", **VIRK)
    assert believed(known, unknown()) is known
    assert believed(None, unknown()).state == "unknown"
    assert believed(unknown("earlier"), unknown("later")).problem == "later"


def test_cvrapis_all_clear_does_not_replace_a_bad_word_of_virks_but_its_bad_word_does() -> None:
    known = status("DK", "UNDERREKONSTRUKTION", **VIRK)
    clear = status("DK", company_status_dk.CVRAPI_ACTIVE, **CVRAPI)
    ended = status("DK", company_status_dk.CVRAPI_ENDED, **CVRAPI)
    assert believed(known, clear) is known
    assert believed(known, ended) is ended
    assert believed(status("DK", "NORMAL", **VIRK), clear) is clear
    assert believed(known, status("DK", "NORMAL", **VIRK)).state == "healthy"


def test_a_newer_reading_replaces_an_older_one() -> None:
    old = status("NO", "konkurs", source=Source.brreg)
    new = old.model_copy(update={"read_at": READ_AT + timedelta(days=1)})
    assert believed(old, new) is new
