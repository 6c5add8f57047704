"""GET /deliveries and /addresses: what did not arrive can be seen, and a mark that was wrong can be lifted."""

from __future__ import annotations

import pytest

from tests.case_news import mended
from tests.hooks import Hooks, hooks
from tests.story import Story

__all__ = ["hooks", "mended"]

pytestmark = pytest.mark.anyio


async def bounced(story: Story, hooks: Hooks) -> None:
    """Rykker 1 went out on 11 August; its mail came back, its text arrived."""
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-12 12:00", released=True)
    assert await hooks.reported("rykker-1", "email", "processed", "bounce") == [200]
    assert await hooks.reported("rykker-1", "sms", "delivered") == [200]
    await story.quiet()


async def words(hooks: Hooks, by: str, **query: str) -> list[str]:
    return sorted(item["word"] for item in (await hooks.api.get("/deliveries", by, **query))["items"])


async def test_admins_and_the_owning_rep_see_what_was_reported_and_nobody_else(story: Story, hooks: Hooks) -> None:
    await bounced(story, hooks)
    for by in ("anna", "rasmus"):
        assert await words(hooks, by) == ["accepted", "delivered", "failed"]
    assert await words(hooks, "ida") == []
    [failed] = (await hooks.api.get("/deliveries", word="failed"))["items"]
    assert (failed["case_id"], failed["said"], failed["address"]) == (story.case.id, "bounce", story.email)


async def test_an_admin_lifts_a_mark_and_the_next_step_goes_there_again(story: Story, hooks: Hooks) -> None:
    await bounced(story, hooks)
    [marked] = (await hooks.api.get("/addresses"))["items"]
    assert marked["address"] == story.email
    lifted = {"address": story.email, "reason": "their mail server was down that day"}
    await hooks.api.refused(403, "POST", "/addresses/usable", lifted, by="rasmus")
    await hooks.api.do("/addresses/usable", lifted)
    await hooks.api.refused(404, "POST", "/addresses/usable", lifted)
    assert story.told("address usable") == ["An address is written to again: their mail server was down that day"]
    await story.until("2026-08-26 12:00", released=True)
    second = story.proposal("rykker-2")
    assert {m.channel: m.state for m in story.messages if m.proposal_id == second.id} == {
        "email": "sent",
        "sms": "sent",
    }


async def test_what_the_customer_stopped_only_the_customer_starts_again(story: Story, hooks: Hooks) -> None:
    await bounced(story, hooks)
    assert await hooks.text("STOP") == [200]
    lifted = {"address": story.mobile, "reason": "we need to reach them"}
    refused = await hooks.api.refused(409, "POST", "/addresses/usable", lifted)
    assert "START" in refused["detail"]
