"""Story 5: the owning rep holds, the admin resumes; nobody else may."""

from __future__ import annotations

import pytest

from models.news import Held, Release, Resumed
from tests.story import Story


@pytest.mark.anyio
async def test_a_hold_by_the_owning_rep_costs_a_new_proposal_a_new_heads_up_and_a_new_window(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 12:00", released=True)
    first = story.proposal("rykker-1")
    heads_ups = len(story.heads_ups)

    with pytest.raises(AssertionError, match="belongs to another rep"):
        await story.command("hold", Held(id="h0", by=story.actor("ida"), reason="not mine"))
    release = Release(id="r0", by=story.actor("rasmus"), proposal_id=first.id, digest=first.digest)
    with pytest.raises(AssertionError, match="only an admin releases"):
        await story.command("release", release)
    await story.command("hold", Held(id="h1", by=story.actor("rasmus"), reason="they promised to call"))
    assert story.case.why == "hold: they promised to call"
    assert story.proposal("rykker-1").state == "withdrawn"

    with pytest.raises(AssertionError, match="only an admin resumes"):
        await story.command("resume", Resumed(id="e0", by=story.actor("rasmus"), reason="go on"))
    await story.until("2026-08-13 12:00")
    assert story.sent == ["2026-07-31 09:00 nudge"]
    await story.command("resume", Resumed(id="e1", by=story.actor("anna"), reason="they did not call"))
    await story.until("2026-08-20 12:00", released=True)
    # To the hour: the case's clock goes on in real time while people act.
    assert story.proposed[-1].startswith("2026-08-13 12:")
    assert story.sent[-1].startswith("2026-08-14 12:")
    assert story.sent[-1][11:16] >= story.proposed[-1][11:16], "a whole hold window lies between"
    assert len(story.heads_ups) == heads_ups + 1


@pytest.mark.anyio
async def test_a_release_of_an_older_digest_is_refused(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-07-30 09:00")
    nudge = story.proposal("nudge")
    release = Release(id="r1", by=story.actor("anna"), proposal_id=nudge.id, digest="0" * 64)
    with pytest.raises(AssertionError, match="the digest is not that of the proposal as it stands now"):
        await story.command("release", release)
    assert story.proposal("nudge").released_at is None
