"""How an outcome that the engine could not know is settled: by the provider's word, or by a person who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from activities import deliveries
from activities.messages import messages_of
from faults.left_behind import at_the_providers
from models.cases import CaseRow, FreezeRow, ProposalRow
from models.clock import real_now
from models.database import reading, transaction
from models.deliveries import Report, Word
from models.news import Actor, Clarified, DeliveryReported, Role

if TYPE_CHECKING:
    from faults.life import Life

ANNA = Actor(id="anna", role=Role.admin)


async def settle_unknown(life: Life, case: CaseRow) -> None:
    """The provider reports what it has. Of the rest the admin, once told of it, says that it did not go."""
    with reading(life.database) as session:
        stopped = [(p, freeze) for p in _unknown(session) if (freeze := _freeze(session, case, p)) is not None]
        lost = [m for p, _ in stopped for m in messages_of(session, p) if m.state == "unknown"]
    there = [one for one in at_the_providers(life) if one.message_id in {message.id for message in lost}]
    handle = life.traveller.handle(case)
    if there:
        with transaction(life.database) as session:
            deliveries.keep(session, [_report(one.message_id, one.reference) for one in there])
        names = "+".join(sorted(one.message_id for one in there))
        await handle.signal("delivery_reported", DeliveryReported(id=f"delivery:{names}"))
        life.by_provider |= {one.message_id for one in there}
    elif told := [(proposal, freeze) for proposal, freeze in stopped if freeze.times_back]:
        proposal, freeze = told[0]
        why = "neither provider has it"
        news = Clarified(id=f"clarify:{freeze.id}", by=ANNA, proposal_id=proposal.id, went=False, reason=why)
        await handle.execute_update("clarify", news, id=news.id)
        life.by_person.add(freeze.reason)


def _unknown(session: Session) -> list[ProposalRow]:
    return list(session.exec(select(ProposalRow).where(ProposalRow.state == "unknown")))


def _freeze(session: Session, case: CaseRow, proposal: ProposalRow) -> FreezeRow | None:
    stop = select(FreezeRow).where(
        FreezeRow.id == f"{case.id}:{proposal.id}:unknown", col(FreezeRow.ended_at).is_(None)
    )
    return session.exec(stop).first()


def _report(message_id: str, reference: str) -> Report:
    """As the provider's hook would have brought it."""
    return Report(
        source=f"{reference}:delivered",
        message_id=message_id,
        word=Word.delivered,
        said="delivered",
        at=real_now(),
        reference=reference,
    )
