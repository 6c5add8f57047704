"""The sweep: compares mirror, database and workflows, repairs what is safe, and raises the alarm for the rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from temporalio import activity

from activities.alarm_mail import AlarmDesk
from activities.alarms import Kept, keep_findings
from activities.facts import settings_of
from activities.mirror import activity_heartbeat
from activities.open_cases import AT_ONCE, OpenCases
from activities.replies import news_of, still_to_tell, told
from activities.sweep_facts import picture
from activities.sweep_runs import Running, running
from models.cases import CaseRow
from models.clock import real_now
from models.creditor import CreditorSettings
from models.database import reading, transaction
from models.forgotten import Case, Finding, Picture, Repair, Run
from models.inbox import InboxRow
from models.news import BooksChanged
from models.sweep import SweepInput, SweepRound
from rules.forgotten import forgotten

logger = logging.getLogger(__name__)

DONE = {"opened": "it was started", "signalled": "it was told to look again", "": ""}


@dataclass(frozen=True)
class Sweep:
    """Looks after one creditor. Whatever it does may be done twice."""

    database: Engine
    cases: OpenCases
    desk: AlarmDesk
    clock: Callable[[], datetime] = real_now
    """Real time, for the age of data."""

    @activity.defn(name="sweep")
    async def sweep(self, asked: SweepInput, as_of: datetime) -> SweepRound:
        """One round. A repair that fails keeps no other from being done, and is tried again at the next round."""
        # Temporal's list first: a case that is opened meanwhile is then one too many here, and asked about again.
        listed = await running(self.cases.client, asked.creditor)
        seen, settings = await asyncio.to_thread(self._look, asked.creditor, as_of, listed)
        findings = forgotten(await self._asked_again(seen), as_of, self.clock(), settings)
        done, failed = await self._repair(findings, asked, as_of)
        kept = await asyncio.to_thread(self._keep, asked.creditor, findings, done, as_of)
        told_of = await asyncio.to_thread(self.desk.tell, asked.creditor, as_of)
        return SweepRound(
            found=len(findings),
            repaired=len(done),
            not_repaired=failed,
            raised=kept.raised,
            over=kept.over,
            told=told_of,
        )

    def _look(self, creditor: str, as_of: datetime, listed: Running) -> tuple[Picture, CreditorSettings]:
        with reading(self.database) as session:
            return picture(session, creditor, as_of, listed), settings_of(session, creditor)

    def _keep(self, creditor: str, findings: Sequence[Finding], done: Mapping[Finding, str], as_of: datetime) -> Kept:
        with transaction(self.database) as session:
            return keep_findings(session, creditor, findings, done, as_of)

    async def _asked_again(self, seen: Picture) -> Picture:
        """Temporal's list is some seconds behind; what looks wrong in it is asked of the run itself."""
        open_ids = {case.case_id for case in seen.cases}

        async def runs(case: Case) -> Case:
            if case.runs:
                return case
            activity_heartbeat(case.case_id)
            whose = await self.cases.runs.whose(case.workflow_id)
            return case.model_copy(update={"runs": whose in ("", case.case_id)})

        async def stray(run: Run) -> bool:
            whose = await self.cases.runs.whose(run.workflow_id)
            return whose is not None and whose not in open_ids

        cases = [await runs(case) for case in seen.cases]
        beside = [run for run in seen.runs if await stray(run)]
        return seen.model_copy(update={"cases": tuple(cases), "runs": tuple(beside)})

    async def _repair(
        self, findings: Sequence[Finding], asked: SweepInput, as_of: datetime
    ) -> tuple[dict[Finding, str], int]:
        """What was done about each finding, and how many repairs failed. One customer is told once."""
        limit, safe = asyncio.Semaphore(AT_ONCE), [f for f in findings if f.repair is not Repair.none]
        first = {(f.repair, f.customer_number or f.about): f for f in reversed(safe)}

        async def one(finding: Finding) -> str:
            async with limit:
                activity_heartbeat(finding.about)
                return await self._mend(finding, asked, as_of)

        answers = await asyncio.gather(*(one(finding) for finding in first.values()), return_exceptions=True)
        done = {finding: said for finding, said in zip(first.values(), answers, strict=True) if isinstance(said, str)}
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        for failure in failures:
            logger.warning("a repair of creditor %s failed: %s", asked.creditor, type(failure).__name__)
        return {finding: said for finding, said in done.items() if said}, len(failures)

    async def _mend(self, finding: Finding, asked: SweepInput, as_of: datetime) -> str:
        """Do the one safe thing about a finding; what was done, in words, or nothing where nothing could be."""
        if finding.repair is Repair.tell_case:
            customer = finding.customer_number
            return DONE[await self.cases.look_again(asked.creditor, customer, as_of, asked.time_shift)]
        if finding.repair is Repair.tell_text:
            return await self._tell_text(finding.about, asked)
        news = BooksChanged(id=f"sweep:{as_of.isoformat()}")
        await self.cases.client.get_workflow_handle(finding.about).signal("books_changed", news)
        return "it was told to look again"

    async def _tell_text(self, inbox_id: str, asked: SweepInput) -> str:
        waiting = await asyncio.to_thread(self._waiting, inbox_id)
        for row, case in waiting:
            signal, news = news_of(row)
            await self.cases.runs.tell(case, signal, news, asked.time_shift)
            await asyncio.to_thread(self._told, row.id)
        return "the case was told" if waiting else "its case was closed meanwhile"

    def _waiting(self, inbox_id: str) -> list[tuple[InboxRow, CaseRow]]:
        with transaction(self.database) as session:
            return still_to_tell(session, [inbox_id])

    def _told(self, inbox_id: str) -> None:
        with transaction(self.database) as session:
            told(session, inbox_id)
