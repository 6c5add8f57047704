"""Which steps were climbed and on which ladder, for which day it meant them, and what people were asked to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.cases import CaseRow, PassedOverRow, ProposalRow, TaskRow
from models.facts import AskedTask, SentStep
from models.ladder import Ladder
from models.parties import LadderRow
from models.record import TrailRow

MOVED = "ladder moved"
"""The kind of the trail entries that tell of a move; the trail cannot be changed, so nothing else keeps them."""


class ClimbedLadders:
    """The ladders of a creditor's cases over time, each looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, list[tuple[datetime | None, dict[str, int]]]] = {}

    def day_of(self, case_id: str, step: str, at: datetime | None = None) -> int | None:
        """The day, counted from the due date, for which a step that was climbed at an instant was meant.

        Without an instant, or where the ladder of then does not know the step, the newest ladder that knows it counts.
        """
        ladders = self._ladders(case_id)
        then = next((days for until, days in ladders if at is not None and (until is None or at < until)), {})
        for days in (then, *(days for _, days in reversed(ladders))):
            if step in days:
                return days[step]
        return None

    def _ladders(self, case_id: str) -> list[tuple[datetime | None, dict[str, int]]]:
        """Until when a case was on a ladder, and the days of its steps; oldest first, the last one is that of today."""
        if case_id not in self._found:
            case = self._session.get_one(CaseRow, case_id)
            query = select(TrailRow).where(TrailRow.case_id == case_id, TrailRow.kind == MOVED)
            moves = list(self._session.exec(query.order_by(col(TrailRow.seq))))
            before = [(move.at, *move.data["moved_from"]) for move in moves]
            pinned = [*before, (None, case.ladder_name, case.ladder_version)]
            self._found[case_id] = [(until, self._days(case, name, version)) for until, name, version in pinned]
        return self._found[case_id]

    def _days(self, case: CaseRow, name: str, version: int) -> dict[str, int]:
        row = self._session.get(LadderRow, (case.creditor_id, name, version))
        return Ladder.model_validate(row.document).planned if row else {}


def steps_done(
    session: Session, proposals: Iterable[ProposalRow], case_ids: Sequence[str]
) -> defaultdict[str, list[SentStep]]:
    """The steps that count as climbed, per invoice: sent, asked of a person, or passed over for a stated reason."""
    done: defaultdict[str, list[SentStep]] = defaultdict(list)
    climbed = ClimbedLadders(session)
    for proposal in proposals:
        for number in proposal.invoices:
            day = climbed.day_of(proposal.case_id, proposal.step, proposal.proposed_at)
            done[number].append(SentStep(step=proposal.step, at=proposal.ended_at, planned_day=day))
    for task in session.exec(select(TaskRow).where(col(TaskRow.case_id).in_(case_ids), TaskRow.kind == "call")):
        for number in task.invoices:
            day = climbed.day_of(task.case_id, task.step, task.at)
            done[number].append(SentStep(step=task.step, at=None, planned_day=day))
    for passed in session.exec(select(PassedOverRow).where(col(PassedOverRow.case_id).in_(case_ids))):
        day = climbed.day_of(passed.case_id, passed.step)
        done[passed.invoice_number].append(SentStep(step=passed.step, at=None, planned_day=day))
    return done


def asked_of(session: Session, case_id: str) -> tuple[AskedTask, ...]:
    """What people were asked to do about a case so far, oldest first."""
    rows = session.exec(select(TaskRow).where(TaskRow.case_id == case_id).order_by(col(TaskRow.at)))
    return tuple(AskedTask(kind=row.kind, at=row.at) for row in rows)
