"""`POST /claims/quote`: worked out from the body alone, for anybody who is signed in; nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api_fixtures import Api, wrong
from tests.quoted import form, letter, letters
from tests.story import Story
from tests.test_claim_vectors import VECTORS

CLAIM = form("DK", "2026-08-03", "2026-09-02")


@pytest.mark.anyio
async def test_every_worked_example_is_answered_with_sources_and_the_working(story: Story, api: Api) -> None:
    story.connect()
    for vector in VECTORS:
        answer = await api.do("/claims/quote", {"country": vector["country"], **vector["input"]}, by="ida")
        sources = [segment.pop("rate_source") for segment in answer["segments"]]
        law = "renteloven § 5" if vector["country"] == "DK" else "forsinkelsesrenteloven § 3"
        assert all(source.startswith(law) for source in sources)
        explained = answer.pop("explained")
        assert f"  total {answer['open']['total']}" in explained
        assert answer == vector["expected"]


@pytest.mark.anyio
async def test_without_a_country_it_is_the_creditors_own(story: Story, api: Api) -> None:
    story.connect()
    claim = {name: part for name, part in CLAIM.items() if name != "country"}
    answer = await api.do("/claims/quote", claim)
    assert answer["explained"][0].startswith("Denmark")
    assert answer["open"]["total"] == "1008.22"


@pytest.mark.anyio
async def test_a_refusal_names_its_reason_its_rule_and_what_to_do(story: Story, api: Api) -> None:
    story.connect()
    body = await api.refused(422, "POST", "/claims/quote", {**CLAIM, "as_of": "2027-02-01"})
    assert (body["outcome"], body["reason"]) == ("refused", "rate_row_missing")
    assert "the half-year 2027-01-01 to 2027-06-30" in body["detail"]
    assert "nothing is carried forward" in body["rule"]
    body = await api.refused(422, "POST", "/claims/quote", {**CLAIM, "country": "SE"})
    assert body["reason"] == "country_unknown"


@pytest.mark.anyio
async def test_slips_are_named_where_they_are(story: Story, api: Api) -> None:
    story.connect()

    async def slips(**parts: Any) -> dict[str, str]:
        return wrong(await api.refused(422, "POST", "/claims/quote", {**CLAIM, **parts}))

    assert await slips(asof="2026-09-02") == {"asof": "is not known here; check its spelling or leave it out"}
    assert await slips(letters=letters("DK", letter("4 August"))) == {
        "letters[0].sent": 'is no date; write it as text like "2026-08-03"'
    }
    assert await slips(invoices=[{"id": "A", "principal": 1000, "due": "2026-08-03"}]) == {
        "invoices[0].principal": 'is no amount; write it as text with two decimals, like "12500.00"'
    }
    assert await slips(input={}) == {"input": "is not known here; check its spelling or leave it out"}


@pytest.mark.anyio
async def test_only_the_signed_in_may_ask_and_nothing_is_written(story: Story, api: Api) -> None:
    story.connect()
    before = len(story.trail)
    assert (await api.http.post("/claims/quote", json=CLAIM)).status_code == 401
    await api.do("/claims/quote", CLAIM, by="rasmus")
    assert len(story.trail) == before


@pytest.mark.anyio
async def test_the_description_has_an_example_that_is_true(story: Story, api: Api) -> None:
    story.connect()
    described = (await api.http.get("/openapi.json")).json()
    operation = described["paths"]["/claims/quote"]["post"]
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]
    [asked] = described["components"]["schemas"]["QuoteForm"]["examples"]
    assert without_nulls(await api.do("/claims/quote", asked)) == shown


def without_nulls(answer: Any) -> Any:
    """A description leaves out what is null."""
    if isinstance(answer, dict):
        return {name: without_nulls(part) for name, part in answer.items() if part is not None}
    return [without_nulls(part) for part in answer] if isinstance(answer, list) else answer
