"""What a caller may see: an admin the creditor's cases, a rep those of its own customers, and nobody anything else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.cases import CaseRow, ProposalRow
from models.database import transaction
from models.mirror import CustomerRow
from models.news import Role
from web.callers import Caller, SignedIn
from web.problems import Problem
from web.reach import Reached


def visible_cases(caller: Caller) -> SelectOfScalar[CaseRow]:
    """The cases a caller may see; a rep without a number in the books owns nobody and sees none."""
    query = select(CaseRow).where(CaseRow.creditor_id == caller.creditor)
    if caller.role is Role.admin:
        return query
    own = select(CustomerRow.number).where(
        CustomerRow.creditor_id == caller.creditor,
        CustomerRow.owner == caller.books_number,
        CustomerRow.owner != "",
    )
    return query.where(col(CaseRow.customer_number).in_(own))


def visible_proposals(caller: Caller) -> SelectOfScalar[ProposalRow]:
    """The proposals of the cases a caller may see."""
    cases = visible_cases(caller).with_only_columns(col(CaseRow.id))
    return select(ProposalRow).where(ProposalRow.creditor_id == caller.creditor, col(ProposalRow.case_id).in_(cases))


def find_case(session: Session, caller: Caller, case_id: str) -> CaseRow:
    """A case by its id; one the caller may not see is answered as one that does not exist."""
    case = session.exec(visible_cases(caller).where(CaseRow.id == case_id)).first() if _plain(case_id) else None
    if case is None:
        raise Problem(404, "There is no such case, or it is not yours; GET /cases lists those that are.")
    return case


def find_proposal(session: Session, caller: Caller, proposal_id: str) -> ProposalRow:
    """A proposal by its id, likewise."""
    query = visible_proposals(caller).where(ProposalRow.id == proposal_id)
    proposal = session.exec(query).first() if _plain(proposal_id) else None
    if proposal is None:
        raise Problem(404, "There is no such proposal, or it is not yours; GET /proposals?state=all lists them.")
    return proposal


def _plain(name: str) -> bool:
    """PostgreSQL cannot even look for a text with a NUL in it."""
    return name.isprintable()


def _case_in_path(case_id: str, caller: SignedIn, reach: Reached) -> CaseRow:
    with transaction(reach.database) as session:
        return find_case(session, caller, case_id)


def _open_case_in_path(case: Annotated[CaseRow, Depends(_case_in_path)]) -> CaseRow:
    return open_or_refuse(case)


def open_or_refuse(case: CaseRow) -> CaseRow:
    """The case when it is open. A closed one must not be told anything: its customer's next case has its workflow."""
    if case.closed_at is not None:
        raise Problem(
            409, f"Case {case.id} is closed ({case.outcome}); a closed case stays closed and takes in nothing more."
        )
    return case


SeenCase = Annotated[CaseRow, Depends(_case_in_path)]
OpenCase = Annotated[CaseRow, Depends(_open_case_in_path)]
