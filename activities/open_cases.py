"""Opens a case for a customer whose first step is near, and tells open cases that the books have changed."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select
from temporalio import activity
from temporalio.client import Client

from activities import trail
from activities.case_row import case_to_write
from activities.case_runs import ENDING, CaseRuns, StillEnding
from activities.confirmed import confirm_in_closed_cases
from activities.facts import newest_ladder, prospect_facts, settings_of
from activities.match_books import match_books
from activities.page_link import new_page_key
from models.case import MirrorRound
from models.cases import CaseRow, SetAsideRow
from models.clock import real_now
from models.database import transaction
from models.ladder import Ladder
from models.mirror import CustomerRow, InvoiceRow
from models.news import BooksChanged
from models.parties import CreditorRow
from rules.next_move import opens

logger = logging.getLogger(__name__)

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
    ending: timedelta = ENDING

    @property
    def runs(self) -> CaseRuns:
        return CaseRuns(self.client, self.task_queue, self.ending)

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
        """Open or signal the case of one customer: `opened`, `signalled`, or empty when neither was called for.

        Empty also while the run of the case before still ends; then the customer stays marked for the next round.
        """
        try:
            done = await self.look_again(creditor, customer, as_of, time_shift)
        except StillEnding as still:
            logger.warning("%s; the next round tries again", still)
            return ""
        await asyncio.to_thread(self._told, creditor, customer)
        return done

    async def look_again(self, creditor: str, customer: str, as_of: datetime, time_shift: timedelta) -> str:
        """The same for whoever is not the mirror: what it marks meanwhile stays marked. Raises StillEnding."""
        case, is_new = await asyncio.to_thread(self._open, creditor, customer, as_of)
        if case is None:
            return ""
        if is_new:
            await self.runs.start(case, time_shift)
            return "opened"
        return "signalled" if await self._signal(case, time_shift) else "opened"

    async def _signal(self, case: CaseRow, time_shift: timedelta) -> bool:
        """True when the case was told; False when its workflow was gone and has been started again."""
        news = BooksChanged(id=f"books:{case.id}:{real_now().isoformat()}")
        told = await self.runs.signal(case, "books_changed", news)
        if not told:
            await self.runs.start(case, time_shift)
        return told

    def _customers(self, creditor: str, as_of: datetime) -> list[str]:
        """Customers that changed, and those without an open case who have something open that comes near.

        Nobody before the first whole reading of books whose backlog is set aside: it is not known yet.
        """
        with transaction(self.database) as session:
            row = session.get_one(CreditorRow, creditor)
            if row.quarantines and row.first_read_at is None:
                return []
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
            aside = select(SetAsideRow.invoice_number).where(
                SetAsideRow.creditor_id == creditor, col(SetAsideRow.released_at).is_(None)
            )
            near = (
                select(InvoiceRow.customer_number)
                .where(
                    InvoiceRow.creditor_id == creditor,
                    col(InvoiceRow.remainder_minor) > 0,
                    col(InvoiceRow.due_date) <= horizon,
                    col(InvoiceRow.customer_number).not_in(with_case),
                    col(InvoiceRow.number).not_in(aside),
                    col(InvoiceRow.missing_since).is_(None),
                )
                .distinct()
            )
            return sorted({*session.exec(changed), *session.exec(near)})

    def _open(self, creditor: str, customer: str, as_of: datetime) -> tuple[CaseRow | None, bool]:
        """The customer's open case and whether it was opened just now; no case when nothing is near."""
        confirm_in_closed_cases(self.database, creditor, customer, as_of)
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
        page_key=new_page_key(),
    )
    session.add(case)
    session.flush()
    case_to_write(session, case.id)
    text = f"Case {number} of customer {customer} opened on ladder {ladder.name} v{ladder.version}"
    trail.write(session, creditor, f"{case.id}:opened", as_of, "opened", text, case_id=case.id)
    match_books(session, case, as_of)
    return case


def _safe(customer: str) -> str:
    """A customer number as it may stand in an address; two different numbers never become the same."""
    safe = re.sub(r"[^A-Za-z0-9_-]", "_", customer)
    return safe if safe == customer else f"{safe}-{hashlib.sha256(customer.encode()).hexdigest()[:8]}"
