"""Now, as a case has it: production's clock, or that of a case which is replayed or moved through time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.cases import CaseRow
from models.clock import real_now
from models.record import TrailRow


def business_now(session: Session, case: CaseRow) -> datetime:
    """Now, as the case has it. One that is replayed or moved through time writes its trail on a clock of its own.

    Less than a day between the two clocks is only an engine that was down for a while.
    """
    query = select(TrailRow).where(TrailRow.case_id == case.id).order_by(col(TrailRow.seq).desc())
    last, now = session.exec(query).first(), real_now()
    shift = last.at - last.recorded_at if last else timedelta()
    return now + shift if abs(shift) >= timedelta(days=1) else now
