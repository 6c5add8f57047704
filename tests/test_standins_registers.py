"""The registers as their clients meet them: three services, every state a company can be in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from standins.registers import Companies, RegistersStandin
from standins.registers.companies import DANISH, NORWEGIAN
from standins.registers.server import VIRK_PASSWORD, VIRK_USER
from standins.server import running

TODAY = date(2026, 11, 22)
SEARCH = "/cvr-permanent/virksomhed/_search"
BRREG = "/enhetsregisteret/api"
AGENT = {"User-Agent": "Nordlys - Rykker - Lars +45 20 12 34 01"}


@pytest.fixture
def server() -> Iterator[RegistersStandin]:
    companies = Companies()
    companies.day = lambda: TODAY
    companies.add("99999993", "Havn A/S")
    companies.add("77777776", "Nordlys ApS")
    companies.add("888888888", "TESTFORETAK AS", country="NO")
    companies.add("999999999", "ANNET FORETAK AS", country="NO")
    with running(RegistersStandin(companies, today=TODAY)) as standin:
        yield standin


@pytest.fixture
def client(server: RegistersStandin) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, auth=(VIRK_USER, VIRK_PASSWORD), trust_env=False, verify=False) as one:
        yield one


def search(client: httpx.Client, query: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.post(SEARCH, json={"query": query, **more})
    assert answer.status_code == 200
    return dict(answer.json())


def one(client: httpx.Client, number: int = 99999993) -> dict[str, Any]:
    [hit] = search(client, {"term": {"Vrvirksomhed.cvrNummer": number}})["hits"]["hits"]
    return dict(hit["_source"]["Vrvirksomhed"])


def test_virk_wants_its_password_and_says_so_in_two_ways(server: RegistersStandin) -> None:
    bodies = set()
    for _ in range(2):
        refused = httpx.post(server.url + SEARCH, json={}, auth=("x", "y"), trust_env=False, verify=False)
        assert refused.status_code == 401
        bodies.add(refused.content[:6])
    assert bodies == {b"<html>", b""}


def test_one_company_many_and_none(client: httpx.Client) -> None:
    assert one(client)["virksomhedMetadata"]["sammensatStatus"] == "NORMAL"
    many = search(client, {"terms": {"Vrvirksomhed.cvrNummer": [99999993, 77777776, 11111111]}}, size=3000)
    assert many["hits"]["total"] == 2
    assert search(client, {"terms": {"Vrvirksomhed.cvrNummer": [99999993, 77777776]}}, size=1)["hits"]["total"] == 2
    assert search(client, {"term": {"Vrvirksomhed.cvrNummer": 11111111}})["hits"] == {
        "total": 0,
        "max_score": None,
        "hits": [],
    }


def test_only_the_named_fields_come(client: httpx.Client) -> None:
    wanted = ["Vrvirksomhed.cvrNummer", "Vrvirksomhed.virksomhedMetadata.sammensatStatus"]
    answer = search(client, {"term": {"Vrvirksomhed.cvrNummer": 99999993}}, _source=wanted)
    assert answer["hits"]["hits"][0]["_source"] == {
        "Vrvirksomhed": {"cvrNummer": 99999993, "virksomhedMetadata": {"sammensatStatus": "NORMAL"}}
    }


def test_changes_since_a_moment(server: RegistersStandin, client: httpx.Client) -> None:
    since = {"range": {"Vrvirksomhed.sidstOpdateret": {"gte": "2026-11-21T00:00:00.000+01:00"}}}
    assert search(client, since)["hits"]["total"] == 0
    server.companies.set_status("99999993", "bankrupt")
    assert search(client, since)["hits"]["hits"][0]["_source"]["Vrvirksomhed"]["cvrNummer"] == 99999993


@pytest.mark.parametrize("query", [{"trem": {}}, {"match_all": {}}, {}, {"term": {"Vrvirksomhed.navn": "x"}}])
def test_any_other_query_is_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    refused = client.post(SEARCH, json={"query": query})
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "parsing_exception")


def test_a_bankruptcy_shows_in_all_three_places_and_keeps_the_history(
    server: RegistersStandin, client: httpx.Client
) -> None:
    server.companies.set_status("99999993", "bankrupt", on=date(2026, 11, 3))
    company = one(client)
    assert company["virksomhedMetadata"]["sammensatStatus"] == "UNDERKONKURS"
    assert [line["status"] for line in company["virksomhedsstatus"]] == ["NORMAL", "UNDER KONKURS"]
    assert company["virksomhedsstatus"][0]["periode"]["gyldigTil"] == "2026-11-03"
    assert (company["status"][0]["kreditoplysningkode"], company["status"][0]["statuskode"]) == (1, 1)
    server.companies.set_status("99999993", "bankruptcy_lifted")
    assert [notice["statuskode"] for notice in one(client)["status"]] == [1, 2]


@pytest.mark.parametrize("state", sorted(DANISH))
def test_every_danish_state_can_be_shown(client: httpx.Client, state: str) -> None:
    change = {"status": {"number": "99999993", "status": state, "on": "2026-11-20"}}
    assert client.post("/__standin/state", json=change).status_code == 200
    company = one(client)
    assert ("sammensatStatus" in company["virksomhedMetadata"]) == (state != "without_composed_status")
    ended = company["livsforloeb"][-1]["periode"]["gyldigTil"]
    assert (ended is not None) == (state in {"dissolved_after_bankruptcy", "deleted", "merged", "sole_trader_ceased"})


def test_an_answer_can_be_partial_oddly_counted_or_about_another(
    server: RegistersStandin, client: httpx.Client
) -> None:
    both = {"terms": {"Vrvirksomhed.cvrNummer": [99999993, 77777776]}}
    server.set_partial("shards")
    assert search(client, both)["_shards"]["failed"] == 2
    server.set_partial("timed_out")
    assert (search(client, both)["timed_out"], search(client, both)["hits"]["total"]) == (True, 1)
    server.reset()
    server.set_total_as_object(True)
    assert search(client, both)["hits"]["total"] == {"value": 2, "relation": "eq"}
    server.companies.answer_as("99999993", "77777776")
    assert one(client)["cvrNummer"] == 77777776


def test_cvrapi_wants_a_caller_with_a_name(server: RegistersStandin, client: httpx.Client) -> None:
    refused = client.get("/api?search=99999993&country=dk")
    assert (refused.status_code, refused.json()["error"]) == (200, "QUOTA_EXCEEDED")
    server.set_quota_status(429)
    assert client.get("/api?search=99999993").status_code == 429
    company = client.get("/api?search=99999993&country=dk", headers=AGENT).json()
    assert (company["name"], company["creditbankrupt"], company["enddate"]) == ("Havn A/S", False, None)


def test_cvrapi_tells_a_bankruptcy_but_not_a_reconstruction(server: RegistersStandin, client: httpx.Client) -> None:
    server.companies.set_status("99999993", "bankrupt", on=date(2026, 11, 3))
    company = client.get("/api?vat=99999993", headers=AGENT).json()
    assert (company["creditbankrupt"], company["creditstartdate"]) == (True, "03/11 - 2026")
    server.companies.set_status("99999993", "reconstruction")
    assert client.get("/api?vat=99999993", headers=AGENT).json()["creditstatus"] is None


def test_cvrapi_answers_fifty_questions_a_day(server: RegistersStandin, client: httpx.Client) -> None:
    answers = [client.get("/api?search=11111111", headers=AGENT).json()["error"] for _ in range(51)]
    assert (answers[0], answers[49], answers[50]) == ("NOT_FOUND", "NOT_FOUND", "QUOTA_EXCEEDED")
    server.set_today(date(2026, 11, 23))
    assert client.get("/api?search=99999993", headers=AGENT).json()["vat"] == 99999993


def test_a_norwegian_company_has_three_flags_and_dates_only_when_set(
    server: RegistersStandin, client: httpx.Client
) -> None:
    healthy = client.get(f"{BRREG}/enheter/888888888").json()
    assert healthy["respons_klasse"] == "Enhet"
    assert not any(healthy[flag] for flag in ("konkurs", "underAvvikling", "underTvangsavviklingEllerTvangsopplosning"))
    server.companies.set_status("888888888", "bankrupt", on=date(2026, 11, 3))
    bankrupt = client.get(f"{BRREG}/enheter/888888888").json()
    assert (bankrupt["konkurs"], bankrupt["konkursdato"], bankrupt["underAvvikling"]) == (True, "2026-11-03", False)
    roles = client.get(f"{BRREG}/enheter/888888888/roller").json()
    assert roles["rollegrupper"][0]["type"]["kode"] == "BOBE"


@pytest.mark.parametrize("state", sorted(NORWEGIAN))
def test_every_norwegian_state_can_be_shown(server: RegistersStandin, client: httpx.Client, state: str) -> None:
    server.companies.set_status("888888888", state)
    answer = client.get(f"{BRREG}/enheter/888888888")
    assert answer.status_code == (410 if state == "gone" else 200)
    assert ("konkurs" in answer.json()) == (state not in {"deleted", "gone", "without_flags"})


def test_unknown_numbers_and_odd_wishes(server: RegistersStandin, client: httpx.Client) -> None:
    assert client.get(f"{BRREG}/enheter/111111111").status_code == 404
    assert client.get(f"{BRREG}/enheter/888888888", headers={"Accept": "text/csv"}).status_code == 406
    server.companies.remove("888888888")
    assert client.get(f"{BRREG}/enheter/888888888").status_code == 404
    assert client.get("/elsewhere").status_code == 404


def test_the_feed_has_an_inclusive_cursor_and_is_bare_when_empty(
    server: RegistersStandin, client: httpx.Client
) -> None:
    first = client.get(f"{BRREG}/oppdateringer/enheter?size=10").json()["_embedded"]["oppdaterteEnheter"]
    last = first[-1]["oppdateringsid"]
    assert [line["endringstype"] for line in first] == ["Ny", "Ny"]
    server.companies.set_status("888888888", "bankrupt")
    again = client.get(f"{BRREG}/oppdateringer/enheter?oppdateringsid={last}").json()
    assert [line["oppdateringsid"] for line in again["_embedded"]["oppdaterteEnheter"]] == [last, last + 1]
    empty = client.get(f"{BRREG}/oppdateringer/enheter?oppdateringsid={last + 2}").json()
    assert ("_embedded" in empty, empty["page"]["totalElements"]) == (False, 0)
    today = client.get(f"{BRREG}/oppdateringer/enheter?dato=2026-11-22T00:00:00.000Z&organisasjonsnummer=888888888")
    assert today.json()["page"]["totalElements"] == 2


def test_the_feed_ends_at_ten_thousand(client: httpx.Client) -> None:
    assert client.get(f"{BRREG}/oppdateringer/enheter?size=10000").status_code == 200
    assert client.get(f"{BRREG}/oppdateringer/enheter?size=10000&page=1").status_code == 400


@pytest.mark.parametrize(
    "change",
    [{"status": {"number": "99999993", "status": "sad"}}, {"status": {"number": "1", "status": "healthy"}}],
)
def test_a_wrong_change_is_refused(client: httpx.Client, change: dict[str, Any]) -> None:
    assert client.post("/__standin/state", json=change).status_code == 400


def test_the_overview_shows_every_state(server: RegistersStandin, client: httpx.Client) -> None:
    server.companies.set_status("99999993", "reconstruction")
    states = {one["number"]: one["state"] for one in client.get("/__standin/state").json()["companies"]}
    assert (states["99999993"], states["888888888"]) == ("reconstruction", "healthy")
