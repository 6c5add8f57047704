"""Opens a case for a customer whose first step is near, and tells open cases that the books have changed."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from activities import trail
from activities.facts import newest_ladder, prospect_facts, settings_of
from activities.match_books import match_books
from models.case import BooksChanged, CaseInput, MirrorRound
from models.cases import CaseRow
from models.columns import real_now
from models.database import transaction
from models.ladder import Ladder
from models.mirror import CustomerRow, InvoiceRow
from rules.next_move import opens

CASE = "ReminderCase"
AT_ONCE = 16
"""So many cases are started or told at the same time."""
LONGEST_CLOSED = 7
"""Days; offices are never closed for longer, so no step is put forward by more."""


@dataclass(frozen=True)
class OpenCases:
    """The second half of a mirror round: from what changed to who must know."""

    database: Engine
    client: Client
    task_queue: str

    @activity.defn(name="tell_cases")
    async def tell_cases(self, creditor: str, as_of: datetime, time_shift: timedelta) -> MirrorRound:
        """Open the cases that are near and signal those that are open; telling a case twice changes nothing."""
        near = await asyncio.to_thread(self._customers, creditor, as_of)
        limit = asyncio.Semaphore(AT_ONCE)
        counts = {"opened": 0, "signalled": 0}

        async def tell(customer: str) -> None:
            async with limit:
                activity.heartbeat(customer)
                done = await self.tell_one(creditor, customer, as_of, time_shift)
                if done:
                    counts[done] += 1

        told = await asyncio.gather(*(tell(customer) for customer in near), return_exceptions=True)
        # One customer of whom no sense can be made keeps nobody else from being told; the round itself still fails.
        for failed in (answer for answer in told if isinstance(answer, BaseException)):
            raise failed
        return MirrorRound(opened=counts["opened"], signalled=counts["signalled"])

    async def tell_one(self, creditor: str, customer: str, as_of: datetime, time_shift: timedelta) -> str:
        """Open or signal the case of one customer: `opened`, `signalled`, or empty when neither was called for."""
        case, is_new = await asyncio.to_thread(self._open, creditor, customer, as_of)
        done = ""
        if case is not None and is_new:
            await self.start(case, time_shift)
            done = "opened"
        elif case is not None:
            done = "signalled" if await self._signal(case, time_shift) else "opened"
        await asyncio.to_thread(self._told, creditor, customer)
        return done

    async def start(self, case: CaseRow, time_shift: timedelta = timedelta()) -> None:
        """Start the workflow of a case; one that runs already is left alone."""
        await self.client.start_workflow(
            CASE,
            CaseInput(
                case_id=case.id,
                creditor=case.creditor_id,
                customer_number=case.customer_number,
                time_shift=time_shift,
            ),
            id=case.workflow_id,
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"case {case.case_number} of customer {case.customer_number} with {case.creditor_id}",
        )

    async def _signal(self, case: CaseRow, time_shift: timedelta) -> bool:
        """True when the case was told; False when its workflow was gone and has been started again."""
        news = BooksChanged(id=f"books:{case.id}:{real_now().isoformat()}")
        try:
            await self.client.get_workflow_handle(case.workflow_id).signal("books_changed", news)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self.start(case, time_shift)
            return False
        return True

    def _customers(self, creditor: str, as_of: datetime) -> list[str]:
        """Customers that changed, and those without an open case who have something open that comes near."""
        with transaction(self.database) as session:
            changed = select(CustomerRow.number).where(
                CustomerRow.creditor_id == creditor, col(CustomerRow.changed).is_(True)
            )
            settings = settings_of(session, creditor)
            ladder = Ladder.model_validate(newest_ladder(session, creditor, settings.ladder).document)
            # A step may be put before a row of closed days; whether it is time the rules say, case by case.
            horizon = as_of.date() + timedelta(days=LONGEST_CLOSED - min(ladder.planned.values()))
            with_case = select(CaseRow.customer_number).where(
                CaseRow.creditor_id == creditor, col(CaseRow.closed_at).is_(None)
            )
            near = (
                select(InvoiceRow.customer_number)
                .where(
                    InvoiceRow.creditor_id == creditor,
                    col(InvoiceRow.remainder_minor) > 0,
                    col(InvoiceRow.due_date) <= horizon,
                    col(InvoiceRow.customer_number).not_in(with_case),
                )
                .distinct()
            )
            return sorted({*session.exec(changed), *session.exec(near)})

    def _open(self, creditor: str, customer: str, as_of: datetime) -> tuple[CaseRow | None, bool]:
        """The customer's open case and whether it was opened just now; no case when nothing is near."""
        with transaction(self.database) as session:
            query = select(CaseRow).where(
                CaseRow.creditor_id == creditor,
                CaseRow.customer_number == customer,
                col(CaseRow.closed_at).is_(None),
            )
            if (case := session.exec(query).first()) is not None:
                return case, False
            if not opens(prospect_facts(session, creditor, customer), as_of):
                return None, False
            # Until its workflow runs the customer counts as one who must be told.
            session.get_one(CustomerRow, (creditor, customer)).changed = True
            return open_case(session, creditor, customer, as_of), True

    def _told(self, creditor: str, customer: str) -> None:
        with transaction(self.database) as session:
            if (row := session.get(CustomerRow, (creditor, customer))) is not None:
                row.changed = False


def open_case(session: Session, creditor: str, customer: str, as_of: datetime) -> CaseRow:
    """Put a new case on record: its number, the ladder version it pins, its principal, its first trail entry."""
    numbers = select(func.max(CaseRow.case_number)).where(
        CaseRow.creditor_id == creditor, CaseRow.customer_number == customer
    )
    number = (session.exec(numbers).one() or 0) + 1
    ladder = newest_ladder(session, creditor, settings_of(session, creditor).ladder)
    case = CaseRow(
        id=f"{creditor}.{_safe(customer)}.{number}",
        creditor_id=creditor,
        customer_number=customer,
        case_number=number,
        ladder_name=ladder.name,
        ladder_version=ladder.version,
        opened_at=as_of,
    )
    session.add(case)
    session.flush()
    text = f"Case {number} of customer {customer} opened on ladder {ladder.name} v{ladder.version}"
    trail.write(session, creditor, f"{case.id}:opened", as_of, "opened", text, case_id=case.id)
    match_books(session, case, as_of)
    return case


def _safe(customer: str) -> str:
    """A customer number as it may stand in an address; two different numbers never become the same."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", customer)
    return safe if safe == customer else f"{safe}-{hashlib.sha256(customer.encode()).hexdigest()[:8]}"
