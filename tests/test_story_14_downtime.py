"""Story 14: everything behind the engine is down from 9 to 20 August."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateStage
from temporalio.worker import Worker

from models.database import open_database
from models.news import Release
from tests.story import Engines, Story, at
from worker import build_worker


def healthy(engines: Engines) -> Worker:
    return build_worker(
        engines.client, engines.settings, engines.database, shelf=engines.shelf, task_queue=engines.task_queue
    )


@contextmanager
def without_a_database(engines: Engines, folder: Path) -> Iterator[Worker]:
    """A worker whose database cannot be reached, so that no activity can do anything."""
    nowhere = open_database(f"sqlite:///{folder / 'gone' / 'rykker.db'}")
    yield build_worker(engines.client, engines.settings, nowhere, shelf=engines.shelf, task_queue=engines.task_queue)
    nowhere.dispose()


@pytest.mark.anyio
async def test_after_an_outage_the_ladder_goes_on_where_it_stood_with_its_gaps_and_skips_nothing(
    story: Story, tmp_path: Path
) -> None:
    engines = story.engines = replace(story.engines, task_queue=f"outage-{story.creditor}")
    story.invoice(1001, "12500.00", "2026-08-03")
    async with healthy(engines):
        await story.begins("2026-07-29 12:00")
        await story.until("2026-08-09 12:00", released=True)
    with without_a_database(engines, tmp_path) as broken:
        async with broken:
            await story.traveller.move(story.case, at("2026-08-20 10:00"))
    assert story.sent == ["2026-07-31 09:00 nudge"]
    async with healthy(engines):
        await story.until("2026-09-20 12:00", released=True)
    assert "2026-08-20 10:00" <= story.proposed[1] <= "2026-08-20 16:00"
    assert story.sent[1] >= "2026-08-21" + story.proposed[1][10:16], "the hold window counts from the late heads-up"
    assert story.proposed[2] == "2026-08-31 08:00 rykker-2"
    assert story.proposed[3] == "2026-09-11 08:00 inkassovarsel"
    assert [line[17:] for line in story.sent] == ["nudge", "rykker-1", "rykker-2", "inkassovarsel"]


@pytest.mark.anyio
async def test_a_release_that_finds_no_database_is_put_on_record_once_there_is_one_again(
    story: Story, tmp_path: Path
) -> None:
    engines = story.engines = replace(story.engines, task_queue=f"outage-{story.creditor}")
    story.invoice(1001, "12500.00", "2026-08-03")
    async with healthy(engines):
        await story.begins("2026-08-09 12:00")
        await story.until("2026-08-10 12:00")
    row, handle = story.proposal("rykker-1"), story.traveller.handle(story.case)
    release = Release(id="r-1", by=story.actor("anna"), proposal_id=row.id, digest=row.digest)
    with without_a_database(engines, tmp_path) as broken:
        async with broken:
            pressed = await handle.start_update(
                "release", release, id=release.id, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=str
            )
            await story.traveller.move(story.case, at("2026-08-10 12:05"))
    assert story.proposal("rykker-1").released_at is None
    async with healthy(engines):
        await story.traveller.move(story.case, at("2026-08-10 12:10"))
        assert (await pressed.result()).startswith("released")
        assert await story.command("release", release), "the same press again is the same release"
        await story.until("2026-08-11 12:00")
    assert len(story.told("released")) == 1
    assert story.sent == ["2026-08-11 09:00 rykker-1"]
