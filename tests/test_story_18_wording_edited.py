"""Story 18: what is sent is what was released, or nothing."""

from __future__ import annotations

import pytest

from models.settings import TEMPLATES
from tests.story import Story


@pytest.mark.anyio
async def test_wording_edited_after_the_release_voids_it_and_a_new_proposal_waits(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    await story.begins("2026-07-29 12:00")
    await story.until("2026-08-10 12:00", released=True)
    wording = story.own_wording / "da" / "reminder-1.subject.txt.j2"
    wording.parent.mkdir(parents=True)
    wording.write_text("Venlig hilsen om faktura {{ invoices[0].number }}", encoding="utf-8")
    await story.until("2026-08-11 09:30")
    assert story.sent == ["2026-07-31 09:00 nudge"]
    [voided] = [p for p in story.proposals if p.step == "rykker-1" and p.state == "withdrawn"]
    assert voided.released_at is not None
    assert "figures_unchanged: the wording has changed" in voided.ended_why
    waiting = story.proposal("rykker-1")
    assert (waiting.state, waiting.released_at) == ("proposed", None)


@pytest.mark.anyio
async def test_a_template_with_an_unknown_placeholder_stops_before_anything_is_proposed(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    wording = story.own_wording / "da" / "reminder-1.sms.txt.j2"
    wording.parent.mkdir(parents=True)
    source = (TEMPLATES / "wording" / "da" / "reminder-1.sms.txt.j2").read_text(encoding="utf-8")
    wording.write_text(source + "{{ discount }}", encoding="utf-8")
    await story.begins("2026-08-09 12:00")
    await story.until("2026-08-10 12:00", released=True)
    assert story.proposals == []
    [held] = story.told("held")
    assert "discount" in held
    assert story.case.state == "held"
    wording.unlink()
    await story.until("2026-08-13 12:00", released=True)
    assert story.sent == ["2026-08-12 09:00 rykker-1"]
