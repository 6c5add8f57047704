"""Moving a case to another ladder through the API: a preview that changes nothing, then the act, on record."""

from __future__ import annotations

from typing import Any

import pytest

from models.ladder import Ladder
from tests.api_fixtures import Api, wrong
from tests.story import Story
from tests.test_story_ladder_moved import changed, first_reminder_sent, ladder, move, save

pytestmark = pytest.mark.anyio
GENTLE = {"name": "dk-gentle", "version": 1, "reason": "a good customer"}


def path(story: Story) -> str:
    return f"/cases/{story.case.id}/ladder"


def record(story: Story) -> Any:
    """Everything that a preview could change."""
    return story.case.model_dump(), [row.model_dump() for row in story.proposals], len(story.trail), story.ledger


async def test_a_preview_shows_the_climb_and_both_next_steps_and_changes_nothing(story: Story, api: Api) -> None:
    await first_reminder_sent(story)
    before = record(story)
    seen = await api.get(path(story), name="dk-gentle")
    assert record(story) == before
    assert seen["ladder"] == {"name": "dk-standard", "version": 1, "title": "Denmark, standard"}
    assert seen["target"] == {"name": "dk-gentle", "version": 1, "title": "Denmark, gentle"}
    assert seen["as_of"].startswith("2026-08-1")
    [climb] = seen["invoices"]
    assert climb["number"] == "1001"
    assert climb["climbed"] == [{"step": "nudge", "day": "2026-07-31"}, {"step": "rykker-1", "day": "2026-08-11"}]
    for when, at, day in (
        ("now", "2026-08-24T08:00:00+02:00", "21 days after"),
        ("after", "2026-09-07T08:00:00+02:00", "35 days after"),
    ):
        for ahead in (seen[when], climb[when]):
            assert (ahead["kind"], ahead["step"], ahead["at"]) == ("propose", "rykker-2", at)
            assert day in ahead["why"]
    assert seen["withdrawn"] == ""
    differs = {step["step"]: step["differs"] for step in seen["steps"]}
    assert differs["overdue"] == ["is new: day +3"]
    assert differs["rykker-2"] == [
        "day +21 before, day +35 after",
        "gap: 10 before, 16 after",
        "deadline: 10 before, 14 after",
    ]
    assert "nudge" not in differs
    assert seen["warnings"] == [
        "rykker-1 went out for invoice 1001 on 2026-08-11 and stays climbed; "
        "what dk-gentle says of it changes nothing any more."
    ]
    assert (await api.do(path(story), GENTLE))["said"] == "moved to dk-gentle v1"
    assert (story.case.next_step, f"{story.case.next_at:%Y-%m-%d %H:%M}") == ("rykker-2", "2026-09-07 06:00")


async def test_the_case_file_and_the_trail_tell_of_the_move(story: Story, api: Api) -> None:
    await first_reminder_sent(story)
    assert await api.do(path(story), GENTLE) == {"said": "moved to dk-gentle v1", "case_id": story.case.id}
    file = await api.get(f"/cases/{story.case.id}")
    assert (file["ladder_name"], file["ladder_version"]) == ("dk-gentle", 1)
    trail = (await api.get(f"/cases/{story.case.id}/trail"))["items"]
    [told] = [line for line in trail if line["kind"] == "ladder moved"]
    assert told["text"] == "Moved from ladder dk-standard v1 to dk-gentle v1: a good customer"
    assert told["actor"] == f"admin {story.creditor}-anna"
    refusal = await api.refused(409, "POST", path(story), GENTLE)
    assert refusal["detail"] == "The case climbs dk-gentle v1 already; there is nothing to move."
    assert "there is nothing to move" in (await api.get(path(story)))["warnings"][0]


async def test_a_preview_says_that_what_stands_would_be_withdrawn_with_its_release(story: Story, api: Api) -> None:
    await story.stands_released()
    before = record(story)
    seen = await api.get(path(story), name="dk-gentle")
    assert record(story) == before
    assert seen["withdrawn"] == "the wording has changed"
    assert seen["warnings"][0].startswith("The proposal that stands is released; its release goes with it")
    assert (seen["now"]["kind"], seen["now"]["step"]) == ("stand", "rykker-1")
    assert (seen["after"]["kind"], seen["after"]["step"]) == ("propose", "overdue")
    save(story, changed(ladder(story), phone_call={"offset_days": 60}), 2)
    seen = await api.get(path(story))
    assert (seen["target"]["version"], seen["withdrawn"]) == (2, "")
    assert seen["after"] == seen["now"]
    assert seen["steps"] == [{"step": "phone-call", "differs": ["day +46 before, day +60 after"]}]


async def test_what_the_preview_says_is_what_the_case_then_does(story: Story, api: Api) -> None:
    await first_reminder_sent(story)
    standard = ladder(story)
    own = standard.model_copy(update={"name": "own", "steps": tuple(renamed(standard))})
    save(story, own)
    seen = await api.get(path(story), name="own", version=1)
    assert (seen["after"]["step"], seen["after"]["at"][:10]) == ("letter-2", "2026-08-24")
    assert seen["warnings"][0] == (
        "own has no rykker-1, on which invoice 1001 stands; by its day (+7) these count as climbed: letter-0, letter-1."
    )
    await move(story, "own")
    assert (story.case.next_step, story.case.why) == (seen["after"]["step"], seen["after"]["why"])


def renamed(standard: Ladder) -> Any:
    for n, step in enumerate(standard.steps):
        yield step.model_copy(update={"name": f"letter-{n}"})


async def test_a_rep_may_neither_look_nor_move(story: Story, api: Api) -> None:
    await first_reminder_sent(story)
    for method, body in (("GET", None), ("POST", GENTLE)):
        refusal = await api.refused(403, method, path(story), body, by="rasmus")
        assert refusal["detail"] == "Only an admin can move a case to another ladder, and you are a rep. Ask Anna."
        await api.refused(404, method, path(story), body, by="ida")
    assert story.case.ladder_name == "dk-standard"


async def test_what_does_not_exist_or_may_not_be_climbed_is_refused_and_changes_nothing(story: Story, api: Api) -> None:
    await first_reminder_sent(story)
    standard = ladder(story)
    save(story, standard.model_copy(update={"name": "norwegian", "country": "NO"}))
    save(story, changed(standard, "hasty", inkassovarsel={"deadline_days": 3}))
    before = record(story)
    for name, version in (("none", 1), ("dk-gentle", 7)):
        await api.refused(404, "GET", f"{path(story)}?name={name}&version={version}")
        refusal = await api.refused(404, "POST", path(story), {**GENTLE, "name": name, "version": version})
        assert refusal["detail"].startswith("There is no such ladder, or no such version of it")
    for name, where, what in (
        ("norwegian", "country", "it keeps the law of NO, but the creditor's country is DK"),
        ("hasty", "steps[3].deadline_days", "Nearest legal value: 10 days"),
    ):
        for refusal in (
            await api.refused(422, "GET", f"{path(story)}?name={name}"),
            await api.refused(422, "POST", path(story), {**GENTLE, "name": name}),
        ):
            assert what in wrong(refusal)[where]
    mistakes = wrong(await api.refused(422, "POST", path(story), {"name": "a\x00", "version": 0, "why": "x"}))
    assert mistakes.keys() == {"name", "version", "reason", "why"}
    await api.refused(422, "GET", f"{path(story)}?name=%00&version=x")
    assert record(story) == before


async def test_a_closed_case_is_not_moved(story: Story, api: Api) -> None:
    await story.stands_released()
    payment = {"amount": "12500.00", "value_date": "2026-08-10", "reference": "bank-1"}
    await api.do(f"/cases/{story.case.id}/payments", payment)
    assert await story.traveller.handle(story.case).result() == "paid"
    for method, body in (("GET", None), ("POST", GENTLE)):
        refusal = await api.refused(409, method, path(story), body)
        assert "a closed case stays closed" in refusal["detail"]
