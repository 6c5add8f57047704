"""The edges of the API: who is let in, what is too much, what cannot be read, and what it says of itself."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import create_engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api import Address, create_app
from commands.seed import token_hash
from models.database import transaction
from models.parties import PersonRow
from tests.api_fixtures import Api, problem, speaking
from tests.story import Engines, Story


@pytest.mark.anyio
async def test_nothing_but_health_and_the_description_answers_without_a_token(
    story: Story, api: Api, engines: Engines
) -> None:
    story.connect()
    described = (await api.http.get("/openapi.json")).json()
    assert (await api.http.get("/docs")).status_code == 200
    for path, methods in described["paths"].items():
        for method in methods:
            response = await api.http.request(method, path.replace("{", "").replace("}", ""), json={})
            if path == "/healthz":
                told = response.json()
                assert [told.pop(name) for name in ("status", "database", "temporal")] == ["ok", "answers", "answers"]
                assert set(told) == {"workers", "rounds_paused", "rounds_failed", "alarms"}
                assert {type(value) for value in told.values()} == {int}, "numbers only: this needs no token"
            else:
                assert problem(response, 401)
                assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.anyio
async def test_a_token_is_known_only_as_it_was_given_out_to_an_active_person(
    story: Story, api: Api, engines: Engines
) -> None:
    story.connect()
    good = f"{story.creditor}-anna"
    for header in (f"Bearer {good}x", f"Bearer {token_hash(good)}", "Bearer ", f"Basic {good}", good, "Bearer \xe6"):
        response = await api.http.get("/settings", headers={b"Authorization": header.encode("latin-1")})
        body = problem(response, 401)
        assert good not in str(body)
    with transaction(engines.database) as session:
        session.get_one(PersonRow, good).active = False
        session.get_one(PersonRow, f"{story.creditor}-rasmus").role = "engine"
        session.get_one(PersonRow, f"{story.creditor}-ida").token_hash = ""
    for by in ("anna", "rasmus", "ida"):
        await api.refused(401, "GET", "/settings", by=by)


@pytest.mark.anyio
async def test_a_request_that_cannot_be_read_is_refused_in_words(story: Story, api: Api) -> None:
    story.connect()
    json = {"Content-Type": "application/json"}

    async def put(content: bytes, headers: dict[str, str], status: int) -> str:
        response = await api.call("PUT", "/settings", content=content, headers=headers)
        return str(problem(response, status)["detail"])

    assert "The body is not JSON" in await put(b'{"module_on": tru', json, 400)
    assert await put(b"\xff\xfe{}", json, 400)
    assert await put(b"[" * 30_000, json, 400)
    assert await put(b"1" * 5_000, json, 400)
    assert "Content-Type: application/json" in await put(b"{}", {}, 415)
    assert "Content-Type: application/json" in await put(b"{}", {"Content-Type": "text/plain"}, 415)
    assert "body: is missing" in await put(b"", json, 422)
    assert "body: must be a JSON object" in await put(b"[]", json, 422)
    assert "address" in await put(b'{"address": "\\ud800"}', json, 422)


@pytest.mark.anyio
async def test_a_body_above_64_kib_is_refused_also_when_it_comes_in_pieces(story: Story, api: Api) -> None:
    story.connect()
    headers = {"Content-Type": "application/json"}

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b" " * 1024
        yield b"{}"

    for content in (b" " * (64 * 1024 + 1), pieces()):
        response = await api.call("PUT", "/settings", content=content, headers=headers)
        assert "64 KiB" in problem(response, 413)["detail"]
    response = await api.call("PUT", "/settings", content=b"{" + b" " * (64 * 1024 - 2) + b"}", headers=headers)
    assert problem(response, 422)


@pytest.mark.anyio
async def test_wrong_addresses_and_methods_are_problems_too(story: Story, api: Api) -> None:
    story.connect()
    for path in ("/", "/nothing", "/cases/", "/cases/a/b/c", "/redoc", "/proposals/x/release/now"):
        await api.refused(404, "GET", path)
    response = await api.call("DELETE", "/settings")
    assert "does not take that method" in problem(response, 405)["detail"]
    assert "GET" in response.headers["allow"]
    problem(await api.call("POST", "/ladders", json={}), 405)


@pytest.mark.anyio
async def test_every_answer_has_headers_that_keep_it_private(story: Story, api: Api) -> None:
    story.connect()
    for response in (
        await api.call("GET", "/settings"),
        await api.call("GET", "/nothing"),
        await api.http.get("/docs"),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.anyio
async def test_when_database_or_temporal_are_away_health_says_which_and_commands_say_what_to_do(
    story: Story, engines: Engines
) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    nowhere = await Client.connect("127.0.0.1:1", lazy=True, data_converter=pydantic_data_converter)
    async with speaking(create_app(engines.settings, engines.database, nowhere)) as http:
        body = problem(await http.get("/healthz"), 503)
        assert (body["database"], body["temporal"]) == ("answers", "does not answer")
        api = Api(http, story.creditor)
        body = await api.refused(503, "POST", f"/cases/{story.case.id}/hold", {"reason": "stop"})
        assert "See that Temporal and the worker run" in body["detail"]
        settings = await api.get("/settings")
        saved = await api.do("/settings", {**settings, "hold_hours": 48}, method="PUT")
        assert (saved["changed"], saved["cases_told"], saved["cases_not_told"]) == (["hold_hours"], 0, 1)
    no_database = create_engine("sqlite:////nowhere/at/all.db")
    async with speaking(create_app(engines.settings, no_database, engines.client)) as http:
        body = problem(await http.get("/healthz"), 503)
        assert (body["database"], body["temporal"]) == ("does not answer", "answers")
        body = await Api(http, "x").refused(503, "GET", "/cases")
        assert "The database does not answer" in body["detail"]


@pytest.mark.anyio
async def test_a_failure_inside_tells_the_caller_and_the_log_nothing_private(
    story: Story, api: Api, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    story.connect()
    app = create_app(engines.settings, engines.database, engines.client)

    @app.get("/fails/{who}")
    def fails(who: str) -> None:
        raise ValueError(f"no such customer: {who}")

    caplog.set_level(logging.INFO, "rykker.api")
    async with speaking(app) as http:
        body = problem(await http.get("/fails/havn@example.com?name=Havn"), 500)
    assert "havn" not in str(body).lower()
    assert "havn" not in caplog.text.lower()
    assert body["detail"].split(" as ")[1][:8] in caplog.text
    assert "ValueError" in caplog.text
    await api.call("GET", "/cases/havn-is-here?customer=havn")
    assert "GET /cases/{case_id} 404" in caplog.text
    assert "havn" not in caplog.text.lower()
    assert f"{story.creditor}-anna" not in caplog.text


@pytest.mark.anyio
async def test_the_description_names_every_route_and_the_shape_of_problems(api: Api) -> None:
    described = (await api.http.get("/openapi.json")).json()
    routes = {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods}
    assert routes == {
        "GET /healthz",
        "GET /alarms",
        "GET /proposals",
        "GET /replies",
        "POST /replies/{reply_id}/attach",
        "POST /replies/{reply_id}/dismiss",
        "GET /replies/{reply_id}/files/{file_id}",
        "GET /cases/{case_id}/inbox/{inbox_id}/files/{file_id}",
        "GET /proposals/{proposal_id}",
        "POST /proposals/{proposal_id}/release",
        "POST /proposals/{proposal_id}/hold",
        "POST /proposals/{proposal_id}/clarify",
        "GET /deliveries",
        "GET /addresses",
        "POST /addresses/usable",
        "GET /cases",
        "GET /cases/{case_id}",
        "GET /cases/{case_id}/claim",
        "GET /cases/{case_id}/ladder",
        "GET /cases/{case_id}/ledger",
        "GET /cases/{case_id}/plans",
        "POST /cases/{case_id}/plan/draft",
        "POST /cases/{case_id}/plan",
        "POST /cases/{case_id}/plan/continue",
        "POST /cases/{case_id}/plan/end",
        "GET /cases/{case_id}/trail",
        "GET /cases/{case_id}/page",
        "POST /cases/{case_id}/page/revoke",
        "POST /cases/{case_id}/ladder",
        "POST /cases/{case_id}/hold",
        "POST /cases/{case_id}/snooze",
        "POST /cases/{case_id}/resume",
        "POST /cases/{case_id}/payments",
        "POST /cases/{case_id}/questions",
        "POST /cases/{case_id}/resolve",
        "POST /cases/{case_id}/hand-over",
        "GET /cases/{case_id}/export",
        "GET /stops",
        "GET /tasks",
        "GET /tasks/{task_id}",
        "POST /tasks/{task_id}/result",
        "POST /claims/quote",
        "GET /companies",
        "POST /companies/{customer_number}/ask",
        "GET /quarantine",
        "POST /quarantine/release",
        "POST /quarantine/give-up",
        "GET /customers/late",
        "GET /customers/{number}/late",
        "GET /ladders",
        "GET /ladders/{name}",
        "PUT /ladders/{name}",
        "GET /settings",
        "PUT /settings",
        "GET /wording/check",
    }
    answers = described["paths"]["/settings"]["put"]["responses"]
    assert answers.keys() == {"200", "4XX"}
    assert "application/problem+json" in answers["4XX"]["content"]


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Address().host, Address().port) == ("127.0.0.1", 8000)
    monkeypatch.setenv("RYKKER_API_HOST", "0.0.0.0")
    monkeypatch.setenv("RYKKER_API_PORT", "9000")
    assert (Address().host, Address().port) == ("0.0.0.0", 9000)
