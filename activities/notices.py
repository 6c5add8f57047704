"""Lines of heads-ups: what people have to be told of. The line is written with its cause and mailed soon after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.cases import CaseRow, NoticeRow, ProposalRow


def put_notice(
    session: Session,
    case: CaseRow,
    about: str,
    owner: str,
    at: datetime,
    title: str,
    invoices: Sequence[str],
    amount: str,
    *,
    customer: str = "",
    task: bool = True,
) -> None:
    """Have people told of something, once per `about`; `owner` is the rep who is told beside the admins."""
    if session.get(NoticeRow, about) is not None:
        return
    line = {"title": title, "invoices": list(invoices), "amount": amount, "customer": customer, "task": task}
    session.add(NoticeRow(id=about, creditor_id=case.creditor_id, case_id=case.id, owner=owner, line=line, at=at))


def untold(session: Session, case: CaseRow) -> tuple[str, ...]:
    """What came up in a case and nobody has been told of yet; proposals are told of where they are made."""
    proposals = select(ProposalRow.id).where(ProposalRow.case_id == case.id)
    query = select(NoticeRow.id).where(
        NoticeRow.case_id == case.id, col(NoticeRow.given_at).is_(None), col(NoticeRow.id).not_in(proposals)
    )
    return tuple(session.exec(query.order_by(col(NoticeRow.id))))
