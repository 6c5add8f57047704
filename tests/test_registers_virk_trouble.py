"""Virk when it does not answer, answers for others, or answered before: unknown, and never healthy."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from activities.registers.addresses import RegisterAddresses
from activities.registers.calls import GIVE_UP_AFTER, Patience
from activities.registers.registers import Registers
from activities.registers.transport import NotASearch, SearchOnlyTransport
from activities.registers.virk import LARGEST_BODY
from models.company import CompanyState, Source
from standins.registers import RegistersStandin
from standins.registers.server import VIRK_PASSWORD
from tests.asking_registers import (
    HAVN,
    NORDLYS,
    TROUBLE,
    WITH_NOUGHT,
    Clock,
    Pauses,
    addresses_of,
    asking,
    named,
    one,
    patience,
)
from tests.asking_virk import SEARCH, only_virk, standin, virk

__all__ = ["standin", "virk"]


@pytest.mark.parametrize("partial", ["timed_out", "shards"])
def test_who_is_left_out_of_a_partial_answer_is_unknown(standin: RegistersStandin, partial: Any) -> None:
    standin.set_partial(partial)
    with asking(only_virk(standin)) as registers:
        found = registers.statuses([("DK", HAVN), ("DK", NORDLYS)])
    assert [found["DK", number].state for number in (HAVN, NORDLYS)] == ["healthy", "unknown"]
    assert "it answered only in part" in found["DK", NORDLYS].problem


def test_who_is_left_out_of_a_partial_answer_is_looked_up_at_cvrapi(standin: RegistersStandin) -> None:
    standin.set_partial("shards")
    standin.companies.set_status(NORDLYS, "bankrupt")
    with asking(addresses_of(standin)) as registers:
        found = registers.statuses([("DK", HAVN), ("DK", NORDLYS)])
    assert (found["DK", HAVN].source, found["DK", NORDLYS].source) == (Source.virk, Source.cvrapi)
    assert found["DK", NORDLYS].state == "insolvent"


def test_another_companys_record_is_refused(standin: RegistersStandin) -> None:
    standin.companies.answer_as(HAVN, NORDLYS)
    with asking(addresses_of(standin)) as registers:
        status = one(registers, "DK", HAVN)
        assert [entry.path for entry in standin.journal()] == [SEARCH]
        one(registers, "DK", NORDLYS)
    assert (status.state, status.problem) == ("unknown", "Virk answered about another company")
    # What came unasked is not remembered either.
    assert [entry.path for entry in standin.journal()] == [SEARCH] * 2


def test_another_companys_record_does_not_touch_the_company_that_it_is_about(
    standin: RegistersStandin, virk: Registers
) -> None:
    standin.companies.answer_as(HAVN, NORDLYS)
    found = virk.statuses([("DK", HAVN), ("DK", NORDLYS)])
    assert (found["DK", HAVN].state, found["DK", NORDLYS].state) == ("unknown", "healthy")


@pytest.mark.parametrize("other", [{"virk_user": "x"}, {"virk_password": "wrong"}])
def test_a_wrong_password_is_unknown_and_says_what_to_do_without_saying_the_password(
    standin: RegistersStandin, caplog: pytest.LogCaptureFixture, other: dict[str, str]
) -> None:
    caplog.set_level(logging.DEBUG)
    addresses = only_virk(standin, **other)
    with asking(addresses) as registers:
        for _ in range(2):  # the body of a refusal is a page at one time and empty at another
            status = one(registers, "DK", HAVN)
            assert status.state == "unknown"
            assert "refuses our user or password (401)" in status.problem
    assert len(standin.journal()) == 2
    assert not any(word in caplog.text + repr(addresses) for word in (VIRK_PASSWORD, "wrong", "Basic "))


def test_a_wrong_password_leaves_the_question_to_cvrapi(standin: RegistersStandin) -> None:
    with asking(addresses_of(standin, virk_password="wrong")) as registers:
        assert one(registers, "DK", HAVN).source is Source.cvrapi


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_trouble_that_passes_is_read_through(standin: RegistersStandin, trouble: dict[str, Any]) -> None:
    standin.fault(**trouble, times=2)
    pauses = Pauses()
    with asking(only_virk(standin), patience=patience(trouble), sleep=pauses.sleep) as registers:
        status = one(registers, "DK", HAVN)
    assert status.state == "healthy"
    assert len(standin.journal()) == 3
    assert all(0 <= pause <= 1 for pause in pauses.taken)


@pytest.mark.parametrize("trouble", TROUBLE, ids=named)
def test_trouble_that_stays_is_unknown_for_everybody_and_never_healthy(
    standin: RegistersStandin, trouble: dict[str, Any]
) -> None:
    standin.fault(**trouble, times=0)
    with asking(only_virk(standin), patience=patience(trouble)) as registers:
        found = registers.statuses([("DK", HAVN), ("DK", NORDLYS)])
    assert {status.state for status in found.values()} == {CompanyState.unknown}
    assert all(status.problem.startswith("Virk: ") for status in found.values())
    assert 1 <= len(standin.journal()) <= 3


def test_an_answer_larger_than_any_list_of_companies_is_unknown(standin: RegistersStandin, virk: Registers) -> None:
    standin.fault("status", status=200, body='"' + "x" * (LARGEST_BODY + 1) + '"', times=0)
    assert one(virk, "DK", HAVN).problem.endswith(f"more than {LARGEST_BODY} bytes; cvrapi: it is not set up")


def test_threads_that_ask_at_the_same_time_get_their_own_answers(standin: RegistersStandin, virk: Registers) -> None:
    standin.companies.set_status(NORDLYS, "bankrupt")
    wanted = [HAVN, NORDLYS, WITH_NOUGHT] * 8
    with ThreadPoolExecutor(8) as pool:
        states = pool.map(
            lambda number: virk.statuses([("DK", number)], max_age=timedelta(0))["DK", number].state, wanted
        )
    assert list(states) == ["healthy", "insolvent", "healthy"] * 8


def test_a_closed_port_is_unknown(standin: RegistersStandin) -> None:
    standin.fault("refuse", seconds=0)
    with asking(addresses_of(standin)) as registers:
        assert one(registers, "DK", HAVN).problem == "Virk: ConnectError; cvrapi: ConnectError"


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        "7",
        '{"hits": []}',
        '{"hits": {"hits": {}}}',
        '{"error": {"type": "parsing_exception"}, "status": 400}',
        '{"timed_out": false, "_shards": {"failed": 0}, "hits": {"total": 1, "hits": [null]}}',
        '{"hits": {"total": 1, "hits": [{"_source": {"Vrvirksomhed": {"cvrNummer": 99999993}}}]}}',
        '{"hits": {"hits": [{"_source": {"Vrvirksomhed": {"virksomhedMetadata": {"sammensatStatus": "NORMAL"}}}}]}}',
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_json_of_another_shape_is_unknown(standin: RegistersStandin, virk: Registers, body: str, status: int) -> None:
    standin.fault("status", status=status, body=body)
    assert one(virk, "DK", HAVN).state == "unknown"


def test_a_register_that_asks_for_a_long_pause_is_left_alone_until_it_is_over(standin: RegistersStandin) -> None:
    pauses = Pauses()
    standin.fault("status", status=429, headers={"Retry-After": "120"})
    with asking(only_virk(standin), sleep=pauses.sleep, monotonic=pauses.monotonic) as registers:
        assert one(registers, "DK", HAVN).problem.startswith("Virk: status 429")
        assert "left alone" in one(registers, "DK", HAVN).problem
        assert (len(standin.journal()), pauses.taken) == (1, [])
        pauses.at += 121
        assert one(registers, "DK", HAVN).state == "healthy"


def test_a_long_list_is_given_up_after_a_few_pages_without_an_answer(standin: RegistersStandin) -> None:
    standin.fault("status", status=500, times=0)
    wanted = [("DK", number) for number in (HAVN, NORDLYS, WITH_NOUGHT, "33000006", "33000014")]
    with asking(only_virk(standin), page_size=1, patience=Patience(tries=1)) as registers:
        found = registers.statuses(wanted)
    assert len(standin.journal()) == GIVE_UP_AFTER
    assert {status.state for status in found.values()} == {CompanyState.unknown}


# --- what is remembered ---


def test_an_answer_is_not_asked_for_again_until_it_is_old(standin: RegistersStandin) -> None:
    clock = Clock()
    with asking(only_virk(standin), clock=clock) as registers:
        first = one(registers, "DK", HAVN)
        standin.companies.set_status(HAVN, "bankrupt")
        clock.pass_by(hours=11.9)
        assert one(registers, "DK", f"DK{HAVN}") == first
        assert registers.statuses([("DK", HAVN)], max_age=timedelta(0))["DK", HAVN].state == "insolvent"
        assert one(registers, "DK", HAVN).state == "insolvent"
        clock.pass_by(hours=12)
        assert one(registers, "DK", HAVN).read_at == clock.now
    assert len(standin.journal()) == 3


def test_an_unknown_is_not_remembered(standin: RegistersStandin, virk: Registers) -> None:
    standin.fault("status", status=500, times=3)
    assert one(virk, "DK", HAVN).state == "unknown"
    assert one(virk, "DK", HAVN).state == "healthy"


def test_nothing_but_the_search_can_leave_for_virk(standin: RegistersStandin) -> None:
    url = standin.url + SEARCH
    with httpx.Client(transport=SearchOnlyTransport(httpx.HTTPTransport(), url), trust_env=False) as client:
        for method, address in (("GET", url), ("PUT", url), ("POST", f"{url}/x"), ("POST", f"{standin.url}/_bulk")):
            with pytest.raises(NotASearch, match="only ever searched"):
                client.request(method, address)
    assert standin.journal() == []


@pytest.mark.parametrize("url", ["ftp://distribution.virk.dk", "http://user:secret@virk.dk", "http://", "virk.dk"])
def test_an_address_that_cannot_be_right_is_refused_at_the_start_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="Virk's address must be") as refused:
        Registers(RegisterAddresses(virk_url=url, virk_user="u", virk_password="p"))
    assert "secret" not in str(refused.value)
