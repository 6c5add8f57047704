"""What stops a case at this moment: its freezes, and what a customer wrote that is still on its way."""

from __future__ import annotations

from sqlmodel import Session, col, select

from models.cases import FreezeRow
from models.facts import Freeze
from models.inbox import InboxRow

NOT_TOLD = "it belongs to this case, but the engine could not be reached when it came; attach it to stop the case"
"""Why a text of the customer waits in the inbox although its case is known."""
STOPS_NOTHING = ("automatic", "bounce", "stop", "start")


def stops_of(session: Session, case_id: str) -> tuple[Freeze, ...]:
    """Oldest first. A text that came while the engine was away stops its case from the moment it was stored."""
    freezes = select(FreezeRow).where(FreezeRow.case_id == case_id, col(FreezeRow.ended_at).is_(None))
    rows = session.exec(freezes.order_by(col(FreezeRow.since), col(FreezeRow.id)))
    found = [Freeze.model_validate(row.model_dump(include=set(Freeze.model_fields))) for row in rows]
    texts = select(InboxRow).where(
        InboxRow.case_id == case_id,
        InboxRow.unmatched_why == NOT_TOLD,
        col(InboxRow.settled_at).is_(None),
        col(InboxRow.topic).not_in(STOPS_NOTHING),
    )
    reason = "the customer has written, and the case has not been told yet"
    found += [Freeze(id=row.id, kind="question", reason=reason, since=row.received_at) for row in session.exec(texts)]
    return tuple(found)
