"""The first question of a case: given everything it was told, what comes next and why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine
from temporalio import activity

from activities import deliveries, trail
from activities.case_row import case_to_write
from activities.composing import WordingFolders
from activities.crossed import follow_late_facts
from activities.freezes import come_back, end_freezes
from activities.given import conclude_what_was_begun
from activities.match_books import match_books
from activities.plan_watch import watch_plan
from activities.plans import plan_in_force
from activities.questions import end_awaited_corrections
from activities.settle import settle
from activities.take_in import take_in
from models.case import Ask, Move, RecordRelease
from models.cases import ProposalRow
from models.database import transaction
from models.news import pin


@dataclass(frozen=True)
class Decide:
    """Facts to rules to answer, in one transaction."""

    database: Engine
    folders: WordingFolders

    @activity.defn(name="decide")
    def decide(self, ask: Ask) -> Move:
        """Take in the news, bring ledger and proposal in line, and say what comes next."""
        with transaction(self.database) as session:
            case = case_to_write(session, ask.case_id)
            conclude_what_was_begun(session, case, ask.as_of)
            for told in ask.told:
                take_in(session, case, told)
            session.flush()
            deliveries.take_in_reports(session, case, ask.as_of)
            end_freezes(session, case, ask.as_of)
            match_books(session, case, ask.as_of)
            session.flush()
            watch_plan(session, case, ask.as_of)
            follow_late_facts(session, case, ask.as_of, self.folders)
            come_back(session, case, ask.as_of)
            end_awaited_corrections(session, case, ask.as_of)
            session.flush()
            move = settle(session, case, ask.as_of, self.folders)
            plan, ladder = plan_in_force(session, case), pin(case.ladder_name, case.ladder_version)
            return move.model_copy(update={"ladder": ladder, "plan": plan.id if plan else ""})

    @activity.defn(name="record_release")
    def record_release(self, asked: RecordRelease) -> None:
        """Put an admin's release on the proposal and on the trail; doing it again changes nothing."""
        release = asked.release
        assert release.at is not None
        with transaction(self.database) as session:
            case = case_to_write(session, asked.case_id)
            row = session.get_one(ProposalRow, release.proposal_id)
            if row.state != "proposed" or row.digest != release.digest:
                return
            row.released_at, row.released_by, row.released_digest = release.at, str(release.by), release.digest
            trail.write(
                session,
                case.creditor_id,
                f"{row.id}:released:{release.digest}",
                release.at,
                "released",
                f"{row.step} released, {row.amount_minor / 100:.2f} {row.currency}",
                case_id=case.id,
                actor=release.by,
                proposal=row.id,
                digest=release.digest,
            )
