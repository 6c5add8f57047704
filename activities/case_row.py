"""The row of a case, taken by whoever writes of it before anything else, so that no two writers wait for each other."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from models.cases import CaseRow

TAKEN = "cases taken"
"""Where a session says which cases it has taken."""


def case_to_write(session: Session, case_id: str) -> CaseRow:
    """The case, which nobody else takes until the transaction ends. The head of the trail is taken last."""
    case = session.get_one(CaseRow, case_id, with_for_update={"key_share": True})
    session.info.setdefault(TAKEN, set()).add(case_id)
    return case


def cases_to_write(session: Session, case_ids: Iterable[str]) -> None:
    """Take several cases, in the one order in which everybody takes several."""
    wanted = sorted(set(case_ids))
    query = select(CaseRow.id).where(col(CaseRow.id).in_(wanted)).order_by(col(CaseRow.id))
    session.exec(query.with_for_update(key_share=True)).all()
    session.info.setdefault(TAKEN, set()).update(wanted)
