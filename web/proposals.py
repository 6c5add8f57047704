"""The queue: proposals that wait for people, what they say, and letting them go or stopping them."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from sqlmodel import col

from activities.messages import messages_of
from models.cases import CaseRow, ProposalRow
from models.database import transaction
from models.letters import Channel
from models.news import Clarified, Release
from web.answers import Done, Limit, Offset, Page, page
from web.bodies import Approval, Because, WhatBecame
from web.callers import Caller, SignedIn, admins_only
from web.case_commands import hold_case
from web.engine import command
from web.problems import Problem
from web.proposal_file import ProposalFile, ProposalLine, proposal_file, proposal_lines
from web.reach import Reach, Reached
from web.visible import find_proposal, open_or_refuse, visible_proposals

router = APIRouter(prefix="/proposals", tags=["proposals"])

State = Literal["proposed", "sent", "withdrawn", "unknown", "undelivered", "all"]
BECAME = {
    "sent": "was sent",
    "unknown": "was sent with unknown outcome",
    "undelivered": "was sent and reached nobody",
}


@router.get("", summary="The queue: what may leave first stands first; of other states the newest")
def list_proposals(
    caller: SignedIn, reach: Reached, state: State = "proposed", limit: Limit = 50, offset: Offset = 0
) -> Page[ProposalLine]:
    query = visible_proposals(caller)
    if state != "all":
        query = query.where(ProposalRow.state == state)
    first = col(ProposalRow.send_at) if state == "proposed" else col(ProposalRow.proposed_at).desc()
    with transaction(reach.database) as session:
        ordered = query.order_by(first, col(ProposalRow.id))
        return page(session, ordered, limit, offset, lambda rows: proposal_lines(session, rows, caller.zone))


@router.get("/{proposal_id}", summary="Everything that a release approves, and what the guards said")
def read_proposal(proposal_id: str, caller: SignedIn, reach: Reached) -> ProposalFile:
    with transaction(reach.database) as session:
        return proposal_file(session, find_proposal(session, caller, proposal_id), caller.settings)


def _standing(proposal_id: str, caller: SignedIn, reach: Reached) -> tuple[ProposalRow, CaseRow]:
    """A proposal that still stands, and its case; one that has gone is refused with what became of it."""
    with transaction(reach.database) as session:
        proposal = find_proposal(session, caller, proposal_id)
        case = session.get_one(CaseRow, proposal.case_id)
    if proposal.state != "proposed":
        became = BECAME.get(proposal.state, "was withdrawn")
        why = f" ({proposal.ended_why})" if proposal.ended_why else ""
        raise Problem(409, f"This proposal {became}{why}; look at the queue for what stands now.")
    return proposal, open_or_refuse(case)


Standing = Annotated[tuple[ProposalRow, CaseRow], Depends(_standing)]


@router.post("/{proposal_id}/release", summary="Let a proposal go, exactly as its digest says; admins only")
async def release(
    standing: Standing,
    caller: Annotated[Caller, Depends(admins_only("release a reminder"))],
    reach: Reached,
    body: Approval,
) -> Done:
    proposal, case = standing
    # Derived, so that releasing twice is one release; the whole digest is in it, so that a wrong one is never taken
    # for a repetition.
    named = hashlib.sha256(f"{proposal.id}:{body.digest}".encode()).hexdigest()
    asked = Release(id=f"release-{named}", by=caller.actor, proposal_id=proposal.id, digest=body.digest)
    return Done(said=await command(reach, case, "release", asked), case_id=case.id)


@router.post("/{proposal_id}/hold", summary="Stop a proposal and its case; also for the rep who owns the customer")
async def hold(standing: Standing, caller: SignedIn, reach: Reached, body: Because) -> Done:
    _, case = standing
    return await hold_case(reach, case, caller, body.reason)


@router.post("/{proposal_id}/clarify", summary="Say whether messages with an unknown outcome went out; admins only")
async def clarify(
    proposal_id: str,
    caller: Annotated[Caller, Depends(admins_only("say what became of a message"))],
    reach: Reached,
    body: WhatBecame,
) -> Done:
    case = await run_in_threadpool(_unclear, proposal_id, caller, reach, body.channel)
    named = {"id": f"clarify-{uuid4().hex}", "proposal_id": proposal_id}
    news = Clarified(**named, by=caller.actor, went=body.went, reason=body.reason, channel=body.channel)
    return Done(said=await command(reach, case, "clarify", news), case_id=case.id)


def _unclear(proposal_id: str, caller: Caller, reach: Reach, channel: Channel | None) -> CaseRow:
    """The open case of a proposal of which something is unknown, on that channel where one is named."""
    with transaction(reach.database) as session:
        proposal = find_proposal(session, caller, proposal_id)
        case = session.get_one(CaseRow, proposal.case_id)
        unknown = [message.channel for message in messages_of(session, proposal) if message.state == "unknown"]
    if proposal.state != "unknown":
        raise Problem(409, f"Nothing is unknown about this proposal: it is {proposal.state}. Look at its messages.")
    if channel not in (None, *unknown):
        raise Problem(409, f"Nothing is unknown about its {channel}, only about its {' and '.join(unknown)}.")
    return open_or_refuse(case)
