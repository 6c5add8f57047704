"""GET /alarms: admins see all of their creditor, reps what is about their own customers, and nobody anything else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.alarms import AlarmRow
from models.database import transaction
from tests.api_fixtures import Api, wrong
from tests.story import Story, at

pytestmark = pytest.mark.anyio
NOON = at("2026-08-10 12:00")


def alarm(story: Story, matter: str, about: str, case_id: str = "", hours: int = 0, **more: Any) -> AlarmRow:
    """Raised at noon, so many hours later."""
    then = NOON + timedelta(hours=hours)
    fields: dict[str, Any] = {
        "first_seen_at": then,
        "opened_at": then,
        "last_seen_at": then,
        "says": f"{about} is forgotten",
        **more,
    }
    return AlarmRow(creditor_id=story.creditor, matter=matter, about=about, case_id=case_id, **fields)


async def some_alarms(story: Story) -> None:
    """One of Havn's case, one of all of the books, one that is over, one that a single repair cured."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-08-09 12:00")
    case_id = story.case.id
    with transaction(story.engines.database) as session:
        session.add(alarm(story, "overdue", case_id, case_id, hours=2, told_at=NOON + timedelta(hours=2)))
        session.add(alarm(story, "books_unread", "books", hours=1))
        session.add(alarm(story, "no_heads_up", f"{case_id}.nudge.1", case_id, cleared_at=NOON + timedelta(hours=1)))
        session.add(alarm(story, "claimed", "m-1", case_id, opened_at=None))


async def listed(api: Api, by: str = "anna", **query: str) -> list[str]:
    return [item["matter"] for item in (await api.get("/alarms", by, **query))["items"]]


async def test_an_admin_sees_what_is_open_the_oldest_first_and_what_is_over_on_request(story: Story, api: Api) -> None:
    await some_alarms(story)
    assert await listed(api) == ["books_unread", "overdue"]
    assert await listed(api, state="over") == ["no_heads_up"]
    assert await listed(api, state="all") == ["no_heads_up", "books_unread", "overdue"]
    assert await listed(api, matter="overdue") == ["overdue"]
    answer = await api.get("/alarms", limit="1", offset="1")
    assert (answer["total"], answer["limit"], answer["offset"]) == (2, 1, 1)
    [shown] = answer["items"]
    assert shown == {
        "matter": "overdue",
        "about": story.case.id,
        "case_id": story.case.id,
        "says": f"{story.case.id} is forgotten",
        "first_seen_at": "2026-08-10T14:00:00+02:00",
        "opened_at": "2026-08-10T14:00:00+02:00",
        "last_seen_at": "2026-08-10T14:00:00+02:00",
        "told_at": "2026-08-10T14:00:00+02:00",
        "cleared_at": None,
    }


async def test_a_rep_sees_the_alarms_of_its_own_customers_only(story: Story, api: Api) -> None:
    await some_alarms(story)
    assert await listed(api, "rasmus") == ["overdue"]
    assert await listed(api, "ida", state="all") == []


async def test_an_unknown_kind_is_refused_with_those_that_there_are(story: Story, api: Api) -> None:
    story.connect()
    body = await api.refused(422, "GET", "/alarms?matter=weather")
    assert "'overdue'" in wrong(body)["matter"]


async def test_health_counts_the_open_alarms_of_the_installation(story: Story, api: Api) -> None:
    before = (await api.http.get("/healthz")).json()["alarms"]
    await some_alarms(story)
    assert (await api.http.get("/healthz")).json()["alarms"] == before + 2
