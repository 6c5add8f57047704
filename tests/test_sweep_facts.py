"""What the sweep reads in the database: how the books were read of late, and when a released step should leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from activities.mirror import Mirror
from activities.notices import put_notice
from activities.open_cases import open_case
from activities.sweep_facts import picture
from activities.sweep_runs import Running
from models.cases import CaseRow, NoticeRow, ProposalRow, VerdictRow
from models.clock import real_now
from models.database import reading, transaction
from models.forgotten import Picture, Reading
from models.mirror import MirrorRoundRow
from models.parties import CreditorRow
from models.record import TrailRow
from rules.forgotten import forgotten
from tests.story import Story, at

pytestmark = pytest.mark.anyio
NOBODY_RUNS = Running({}, ())
START = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def seen(story: Story, moment: str = "2026-08-11 12:00") -> Picture:
    with reading(story.engines.database) as session:
        return picture(session, story.creditor, at(moment), NOBODY_RUNS)


# --- the books ---


def rounds(story: Story, *said: str) -> Reading:
    """A round an hour: `whole`, `unclear`, or what stopped it."""
    story.connect()
    with transaction(story.engines.database) as session:
        for hour, word in enumerate(said):
            session.add(
                MirrorRoundRow(
                    creditor_id=story.creditor,
                    started_at=START + timedelta(hours=hour),
                    finished_at=START + timedelta(hours=hour, minutes=1),
                    problem="" if word in ("whole", "unclear") else word,
                    unreadable={"invoice 7": "no due date"} if word == "unclear" else {},
                )
            )
            session.flush()
    return seen(story).reading


async def test_before_the_first_round_the_age_of_books_counts_from_the_day_they_were_connected(story: Story) -> None:
    reading = rounds(story)
    with transaction(story.engines.database) as session:
        connected = session.get_one(CreditorRow, story.creditor).created_at
    assert reading == Reading(since=connected)


async def test_a_round_that_was_stopped_is_the_last_but_not_a_whole_one(story: Story) -> None:
    reading = rounds(story, "whole", "away", "e-conomic is away")
    assert reading.whole_at == START + timedelta(minutes=1)
    assert reading.last_at == START + timedelta(hours=2, minutes=1)
    assert reading.problem == "e-conomic is away"
    assert reading.unclear_since is None


@pytest.mark.parametrize(
    ("said", "since"),
    [
        (("whole", "unclear", "away", "unclear"), START + timedelta(hours=1)),
        (("unclear", "whole", "unclear"), START + timedelta(hours=2)),
        (("unclear", "unclear"), START),
        (("unclear", "whole"), None),
    ],
)
async def test_books_are_unclear_since_the_last_round_that_understood_everything(
    story: Story, said: tuple[str, ...], since: datetime | None
) -> None:
    reading = rounds(story, *said)
    assert reading.unclear_since == since
    assert reading.unclear == (1 if since else 0)


# --- what is due ---


def verdict(proposal: ProposalRow, answer: str, moment: str) -> VerdictRow:
    return VerdictRow(
        proposal_id=proposal.id,
        round=1,
        guard="fresh",
        at=at(moment),
        answer=answer,
        why="",
        inputs={},
        data_age_seconds=0.0,
    )


@pytest.mark.parametrize(
    ("answer", "looked", "due"),
    [
        (None, "", "2026-08-11 09:00"),
        ("cleared", "2026-08-11 09:01", "2026-08-11 09:01"),
        ("held", "2026-08-10 07:30", "2026-08-11 09:00"),
        ("held", "2026-08-11 09:01", "2026-08-12 09:00"),
        ("wait", "2026-08-11 09:01", "2026-08-12 09:00"),
    ],
    ids=["nobody looked", "cleared and not sent", "held before the release", "held since", "waits since"],
)
async def test_a_released_step_should_leave_unless_the_guards_held_it_since(
    story: Story, answer: str | None, looked: str, due: str
) -> None:
    await story.stands_released()
    proposal, case = story.proposal("rykker-1"), story.case
    with transaction(story.engines.database) as session:
        session.get_one(CaseRow, case.id).next_at = at("2026-08-12 09:00")
        if answer is not None:
            session.get_one(ProposalRow, proposal.id).guard_rounds = 1
            session.add(verdict(proposal, answer, looked))
    [looked_at] = seen(story).cases
    assert (looked_at.due, looked_at.step) == (at(due), "rykker-1")


async def test_a_sign_of_life_is_what_the_case_wrote_and_not_what_a_sweep_wrote(story: Story) -> None:
    await story.stands_released()
    case = story.case
    with transaction(story.engines.database) as session:
        session.get_one(CaseRow, case.id).next_at = at("2026-08-10 13:00")
    assert seen(story, "2026-08-10 13:00").cases[0].heard is None, "nothing is due yet; nobody has to look"
    [released] = [row for row in story.trail if row.kind == "released"]
    assert seen(story, "2026-08-10 13:01").cases[0].heard == released.at
    last = story.trail[-1]
    with transaction(story.engines.database) as session:
        fields = last.model_dump(exclude={"seq", "key", "kind", "at"})
        for n, kind in enumerate(("repair", "alarm", "alarm over"), 1):
            at_noon = at("2026-08-10 12:59")
            session.add(TrailRow(**fields, seq=last.seq + n, key=f"k-{n}", kind=kind, at=at_noon))
    assert seen(story, "2026-08-10 13:01").cases[0].heard == released.at


async def test_a_case_of_which_decide_never_made_sense_is_overdue_from_the_day_it_was_opened(story: Story) -> None:
    story.invoice(1001, "12500.00", "2026-08-03")
    story.connect()
    opened = at("2026-07-29 12:00")
    assert Mirror(story.engines.database, story.engines.shelf).read_books(story.creditor, opened).complete
    with transaction(story.engines.database) as session:
        case = open_case(session, story.creditor, "1001", opened)
    runs = Running({case.workflow_id: case.id}, ())

    def found(moment: str) -> list[str]:
        with reading(story.engines.database) as session:
            looked_at = picture(session, story.creditor, at(moment), runs)
        return [f.matter for f in forgotten(looked_at, at(moment), real_now(), story.settings)]

    assert found("2026-07-29 13:00") == []
    assert found("2026-07-31 12:00") == ["overdue"]
    assert found("2026-10-12 12:00") == ["overdue"]
    with transaction(story.engines.database) as session:
        row = session.get_one(CaseRow, case.id)
        row.state, row.why = "frozen", "hold: the rep talks to them"
    assert found("2026-10-12 12:00") == [], "this one was decided on, and waits for a person"


async def test_what_nobody_was_told_of_a_closed_case_is_not_forgotten(story: Story) -> None:
    await story.stands_released()
    case = story.case
    with transaction(story.engines.database) as session:
        session.get_one(CaseRow, case.id).closed_at = at("2026-08-11 12:00")
        put_notice(session, case, "m1:failed", "", at("2026-08-11 13:00"), "ikke leveret", ["1001"], "12500.00 DKK")
    assert [notice.about for notice in seen(story).notices] == ["m1:failed"]
    with transaction(story.engines.database) as session:
        session.get_one(NoticeRow, "m1:failed").given_at = at("2026-08-11 13:15")
    assert seen(story).notices == ()


async def test_the_heads_up_of_a_withdrawn_proposal_or_a_closed_case_is_nobodys_any_more(story: Story) -> None:
    await story.stands_released()
    proposal, case = story.proposal("rykker-1"), story.case
    with transaction(story.engines.database) as session:
        session.get_one(NoticeRow, proposal.id).given_at = None
    assert [notice.about for notice in seen(story).notices] == [proposal.id]
    with transaction(story.engines.database) as session:
        session.get_one(ProposalRow, proposal.id).state = "withdrawn"
    assert seen(story).notices == ()
    with transaction(story.engines.database) as session:
        session.get_one(ProposalRow, proposal.id).state = "proposed"
        session.get_one(CaseRow, case.id).closed_at = at("2026-08-11 12:00")
    assert seen(story).notices == ()
