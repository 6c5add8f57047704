"""Payment plans through the API: drawn up, approved, continued, ended; and what does not add up is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from models.money import Money
from models.news import Instalment, Noted, PlanAsked
from rules.plans import draw_up
from tests.api_fixtures import Api, problem, wrong
from tests.story import Engines, Story

pytestmark = pytest.mark.anyio
THREE: dict[str, Any] = {"instalments": 3, "first": "2026-09-01"}


async def case_on_14_august(story: Story) -> str:
    """Rykker 1 left on 11 August; today is the 14th, on the case's clock as on the API's."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-14 10:00", released=True)
    await today(story, "a")
    return f"/cases/{story.case.id}"


async def today(story: Story, name: str) -> None:
    """The API knows the day of a case that is moved through time by the last line of its trail."""
    await story.tell("noted", Noted(id=f"{story.creditor}-{name}", what="the clock is looked at"))


async def approved(story: Story, api: Api) -> tuple[str, str]:
    """The path of a case, and its plan of three instalments."""
    case = await case_on_14_august(story)
    drawn = await api.do(f"{case}/plan/draft", THREE)
    answer = await api.do(f"{case}/plan", plan_of(drawn["instalments"]))
    return case, answer["plan_id"]


def plan_of(lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"instalments": [{"due": i["due"], "amount": i["amount"]["amount"]} for i in lines], **more}


async def test_a_draft_sums_to_the_claim_of_the_day_and_writes_nothing(story: Story, api: Api) -> None:
    case = await case_on_14_august(story)
    before = len(story.trail)
    drawn = await api.do(f"{case}/plan/draft", THREE, by="rasmus")
    claim = await api.get(f"{case}/claim", as_of="2026-08-14")
    assert drawn["total"] == {"amount": claim["open"]["total"], "currency": "DKK"} == money("12637.67")
    assert drawn["as_of"] == "2026-08-14"
    assert drawn["instalments"] == [
        {"due": "2026-09-01", "amount": money("4212.55")},
        {"due": "2026-10-01", "amount": money("4212.55")},
        {"due": "2026-11-01", "amount": money("4212.57")},
    ]
    assert len(story.trail) == before
    assert await api.get(f"{case}/plans") == []


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "DKK"}


async def test_an_approved_plan_is_shown_with_how_far_it_has_come(story: Story, api: Api) -> None:
    case, plan_id = await approved(story, api)
    await api.do(
        f"{case}/payments", {"amount": "5000.00", "value_date": "2026-08-14", "reference": "bank 1"}, by="anna"
    )
    await story.quiet()
    [plan] = await api.get(f"{case}/plans", by="rasmus")
    assert (plan["id"], plan["state"], plan["total"], plan["received"]) == (
        plan_id,
        "in_force",
        money("12637.67"),
        money("5000.00"),
    )
    assert plan["decided_by"] == f"admin {story.creditor}-anna"
    assert [(i["number"], i["paid_on"], i["missed_on"]) for i in plan["instalments"]] == [
        (1, "2026-08-14", None),
        (2, None, None),
        (3, None, None),
    ]
    whole = await api.get(case)
    assert whole["plans"] == [plan]
    assert (whole["state"], [f["kind"] for f in whole["freezes"]]) == ("frozen", ["plan"])
    later = await api.get(f"{case}/claim", as_of="2026-10-20")
    assert later["open"]["total"] == "7637.67", "no interest has run since"
    assert any("a payment plan" in line for line in later["explained"])


async def test_while_one_is_in_force_another_is_refused(story: Story, api: Api) -> None:
    case, plan_id = await approved(story, api)
    drawn = await api.do(f"{case}/plan/draft", THREE)
    refused = await api.refused(409, "POST", f"{case}/plan", plan_of(drawn["instalments"]))
    assert f"payment plan {plan_id} is in force" in refused["detail"]
    refused = await api.refused(409, "POST", f"{case}/resume", {"reason": "go on"})
    assert "end the plan" in refused["detail"]


async def test_a_rep_draws_up_and_an_admin_decides(story: Story, api: Api) -> None:
    case = await case_on_14_august(story)
    for path, body in (
        ("plan", {"instalments": [{"due": "2026-09-01", "amount": "12637.67"}]}),
        ("plan/continue", {"plan_id": "x", "until": "2026-09-01", "reason": "because"}),
        ("plan/end", {"plan_id": "x", "reason": "because"}),
    ):
        refused = await api.refused(403, "POST", f"{case}/{path}", body, by="rasmus")
        assert "Ask Anna" in refused["detail"]
    await api.refused(404, "POST", f"{case}/plan/draft", THREE, by="ida")
    await api.refused(404, "GET", f"{case}/plans", by="ida")


def lines(*parts: tuple[str, Any]) -> dict[str, Any]:
    return {"instalments": [{"due": due, "amount": amount} for due, amount in parts]}


A_THOUSAND = lines(*[(str(date(2026, 9, 1) + timedelta(days=n)), "12.63") for n in range(1000)])
SUM_SAID = "the instalments sum to {}, {} than the claim, which is 12637.67 DKK"
BAD: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        lines(("2026-09-01", "4212.55"), ("2026-10-01", "4212.55")),
        {"instalments": SUM_SAID.format("8425.10 DKK", "4212.57 DKK less")},
    ),
    (lines(("2026-09-01", "12637.68")), {"instalments": SUM_SAID.format("12637.68 DKK", "0.01 DKK more")}),
    (
        lines(("2026-08-13", "6000.00"), ("2026-08-13", "6637.67")),
        {
            "instalments[0].due": "2026-08-13 is over; today is 2026-08-14",
            "instalments[1].due": "2026-08-13 does not come after 2026-08-13",
        },
    ),
    (
        lines(("2026-09-01", "0"), ("2026-10-01", "-1.00"), ("2026-09-15", "12638.67")),
        {
            "instalments[0].amount": "an instalment is more than nothing",
            "instalments[1].amount": "an instalment is more than nothing",
            "instalments[2].due": "2026-09-15 does not come after 2026-10-01",
        },
    ),
    (lines(("2079-09-01", "12637.67")), {"instalments[0].due": "a plan is over by 2029-08-18"}),
    (A_THOUSAND, {"instalments": "a plan has at most 36 instalments; this one has more"}),
    (lines(), {"instalments": "a plan has at least one instalment; the claim is 12637.67 DKK"}),
    (lines(("2026-09-01", "12637.675")), {"instalments[0].amount": "Decimal"}),
    (lines(("2026-09-01", "NaN")), {"instalments[0].amount": ""}),
    (lines(("2026-02-30", "12637.67")), {"instalments[0].due": ""}),
    (lines(("9999-12-31", "12637.67")), {"instalments[0].due": ""}),
    ({**lines(("2026-09-01", "12637.67")), "rate": "3"}, {"rate": "is not known here"}),
    ({"instalments": "three"}, {"instalments": "must be a list"}),
]


async def test_every_mistake_of_a_plan_is_named_and_changes_nothing(story: Story, api: Api) -> None:
    case = await case_on_14_august(story)
    before = len(story.trail)
    for body, expected in BAD:
        told = wrong(await api.refused(422, "POST", f"{case}/plan", body))
        assert set(told) == set(expected), told
        assert all(said in told[where] for where, said in expected.items()), told
    assert len(story.trail) == before
    assert await api.get(f"{case}/plans") == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"instalments": 0, "first": "2026-09-01"}, "instalments"),
        ({"instalments": 1000, "first": "2026-09-01"}, "instalments"),
        ({"instalments": 3, "first": "2026-08-13"}, "first"),
        ({"instalments": 36, "first": "2027-01-31"}, "first"),
        ({"instalments": 3, "first": "2199-01-31"}, "first"),
    ],
)
async def test_a_draft_that_makes_no_plan_is_refused(story: Story, api: Api, body: dict[str, Any], where: str) -> None:
    case = await case_on_14_august(story)
    assert set(wrong(await api.refused(422, "POST", f"{case}/plan/draft", body))) == {where}


async def test_before_anything_is_due_there_is_nothing_to_pay_in_instalments(story: Story, api: Api) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-30 08:30")
    told = wrong(await api.refused(422, "POST", f"/cases/{story.case.id}/plan/draft", THREE))
    assert "0.00 DKK is owed" in told["instalments"]


async def test_a_missed_instalment_is_continued_and_the_plan_ended(story: Story, api: Api) -> None:
    case, plan_id = await approved(story, api)
    delay = {"plan_id": plan_id, "until": "2026-09-20", "reason": "they called"}
    refused = await api.refused(409, "POST", f"{case}/plan/continue", delay)
    assert "misses no instalment" in refused["detail"]
    await story.until("2026-09-08 12:00")
    await today(story, "b")
    for until in ("2026-09-08", "2026-10-01", "2028-01-01"):
        told = wrong(await api.refused(422, "POST", f"{case}/plan/continue", {**delay, "until": until}))
        assert set(told) == {"until"}
    await api.refused(404, "POST", f"{case}/plan/continue", {**delay, "plan_id": "plan-of-nobody"})
    await api.refused(422, "POST", f"{case}/plan/continue", {**delay, "reason": " "})
    said = await api.do(f"{case}/plan/continue", delay)
    assert said["said"] == "the plan goes on; the missed instalment is due 2026-09-20"
    [plan] = await api.get(f"{case}/plans")
    assert (plan["state"], plan["instalments"][0]["due"]) == ("in_force", "2026-09-20")
    assert (await api.do(f"{case}/plan/end", {"plan_id": plan_id, "reason": "enough"}))["case_id"] == story.case.id
    [plan] = await api.get(f"{case}/plans")
    assert (plan["state"], plan["ended_why"], plan["received"]) == ("ended", "enough", None)
    refused = await api.refused(409, "POST", f"{case}/plan/end", {"plan_id": plan_id, "reason": "enough"})
    assert "The plan is ended" in refused["detail"]


async def test_a_plan_that_the_customer_asked_for_is_approved_by_its_id(story: Story, api: Api) -> None:
    case = await case_on_14_august(story)
    asked = draw_up(Money.of("12637.67", "DKK"), 2, date(2026, 8, 31))
    await story.tell("plan_asked", PlanAsked(id=f"{story.creditor}-asked", instalments=asked))
    [plan] = await api.get(f"{case}/plans")
    assert (plan["state"], plan["asked_by"], plan["decided_at"]) == ("asked", "the customer", None)
    body = plan_of(plan["instalments"], plan_id=plan["id"])
    await api.refused(404, "POST", f"{case}/plan", {**body, "plan_id": "plan-of-nobody"})
    answer = await api.do(f"{case}/plan", body)
    assert answer == {
        "said": "the plan is in force; reminders pause",
        "case_id": story.case.id,
        "plan_id": plan["id"],
    }
    refused = await api.refused(409, "POST", f"{case}/plan", body)
    assert "in force" in refused["detail"]


async def test_a_wish_that_the_claim_has_outgrown_is_refused_and_drawn_up_afresh(story: Story, api: Api) -> None:
    """Asked for on the 13th, when 12,634.25 was owed; the case took it in on the 14th."""
    case = await case_on_14_august(story)
    asked = draw_up(Money.of("12634.25", "DKK"), 3, date(2026, 9, 1))
    await story.tell("plan_asked", PlanAsked(id=f"{story.creditor}-asked", instalments=asked))
    [plan] = await api.get(f"{case}/plans")
    assert plan["state"] == "asked"
    told = wrong(await api.refused(422, "POST", f"{case}/plan", plan_of(plan["instalments"], plan_id=plan["id"])))
    assert told["instalments"] == (
        "the instalments sum to 12634.25 DKK, 3.42 DKK less than the claim, which is 12637.67 DKK; "
        f"draw it up afresh with POST {case}/plan/draft"
    )
    drawn = await api.do(f"{case}/plan/draft", THREE)
    answer = await api.do(f"{case}/plan", plan_of(drawn["instalments"], plan_id=plan["id"]))
    assert answer["plan_id"] == plan["id"]
    [plan] = await api.get(f"{case}/plans")
    assert (plan["state"], plan["total"]) == ("in_force", money("12637.67"))


async def test_a_closed_case_and_somebody_elses_have_no_plans(
    story: Story, api: Api, engines: Engines, other: Callable[[], Story]
) -> None:
    case, plan_id = await approved(story, api)
    theirs = other()
    theirs_case = await case_on_14_august(theirs)
    await api.refused(404, "POST", f"{theirs_case}/plan/draft", THREE)
    await api.refused(404, "GET", f"{theirs_case}/plans")
    asked = PlanAsked(id=f"{theirs.creditor}-asked", instalments=whole())
    await theirs.tell("plan_asked", asked)
    await api.refused(404, "POST", f"{case}/plan/end", {"plan_id": asked.id, "reason": "not ours"})
    await api.do(
        f"{case}/payments", {"amount": "12637.67", "value_date": "2026-08-14", "reference": "all of it"}, by="anna"
    )
    await story.quiet()
    await story.until("2026-08-14 11:00")
    for path, body in (
        ("plan/draft", THREE),
        ("plan", {"instalments": [{"due": "2026-09-01", "amount": "1.00"}]}),
        ("plan/end", {"plan_id": plan_id, "reason": "because"}),
    ):
        answer = problem(
            await api.call("POST", f"{case}/{path}", json=body),
            409,
        )
        assert "is closed (paid)" in answer["detail"]
    [plan] = await api.get(f"{case}/plans")
    assert (plan["state"], [bool(i["paid_on"]) for i in plan["instalments"]]) == ("kept", [True] * 3)


def whole() -> tuple[Instalment, ...]:
    return draw_up(Money.of("12637.67", "DKK"), 1, date(2026, 9, 1))


@pytest.fixture
def other(engines: Engines, story: Story) -> Callable[[], Story]:
    """Another creditor with its own Havn A/S."""
    return lambda: Story(engines, f"{story.creditor}-b")
