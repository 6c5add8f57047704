"""Collects what the database says of a creditor for the sweep; one case that makes no sense hides no other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import String, cast
from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from activities.alarms import SAID_BY_SWEEPS
from activities.channels.text import SETTINGS_CODES, code_in
from activities.mirror import PAGE, pages
from activities.staff_mail import returned_mail
from activities.stops import NOT_TOLD
from activities.sweep_invoices import invoices_beside
from activities.sweep_runs import Running
from models.cases import CaseRow, MessageRow, NoticeRow, ProposalRow, VerdictRow
from models.deliveries import ChannelRestRow
from models.facts import Answer
from models.forgotten import Case, Claimed, Notice, Picture, Reading, Run, Stopped, Text, TextsRefused
from models.inbox import InboxRow
from models.letters import Channel
from models.mirror import CustomerRow, MirrorRoundRow
from models.parties import CreditorRow
from models.record import TrailRow


def picture(session: Session, creditor: str, as_of: datetime, running: Running) -> Picture:
    """Everything that the sweep looks at."""
    rows = list(session.exec(_open(creditor).order_by(CaseRow.id)))
    marked, due = _marked(session, creditor), _due(session, creditor, rows)
    heard = _heard(session, creditor, [case for case, at in due.items() if at < as_of])
    invoices, not_judged = invoices_beside(session, creditor, rows)
    cases = [
        Case(
            case_id=row.id,
            customer_number=row.customer_number,
            workflow_id=row.workflow_id,
            runs=running.cases.get(row.workflow_id) in ("", row.id),
            marked=row.customer_number in marked,
            step=row.next_step,
            due=due.get(row.id),
            heard=heard.get(row.id),
            invoices=invoices.get(row.id, ()),
        )
        for row in rows
    ]
    return Picture(
        reading=_reading(session, creditor),
        cases=tuple(cases),
        marked=tuple(sorted(marked - {row.customer_number for row in rows})),
        runs=_beside(session, creditor, rows, running),
        wedged=running.wedged,
        texts=_texts(session, creditor),
        notices=_notices(session, creditor),
        claimed=_claimed(session, creditor),
        stopped=_stopped(session, creditor),
        texts_refused=_texts_refused(session, creditor),
        returned=returned_mail(session, creditor),
        not_judged=not_judged,
    )


def _stopped(session: Session, creditor: str) -> tuple[Stopped, ...]:
    query = select(ChannelRestRow).where(ChannelRestRow.creditor_id == creditor, col(ChannelRestRow.stopped).is_(True))
    rows = session.exec(query.order_by(ChannelRestRow.channel))
    return tuple(Stopped(channel=row.channel, reason=row.reason) for row in rows)


def _texts_refused(session: Session, creditor: str) -> tuple[TextsRefused, ...]:
    """The newest text of each kind that was refused for how our account is set."""
    query = (
        select(MessageRow.reason, func.max(col(MessageRow.settled_at)))
        .join(ProposalRow, col(ProposalRow.id) == col(MessageRow.proposal_id))
        .where(
            ProposalRow.creditor_id == creditor,
            MessageRow.channel == Channel.sms,
            MessageRow.state == "failed",
            or_(*(col(MessageRow.reason).endswith(f", code {code})") for code in sorted(SETTINGS_CODES))),
        )
        .group_by(MessageRow.reason)
        .order_by(MessageRow.reason)
    )
    return tuple(
        TextsRefused(code=code_in(reason), reason=reason, last_at=last_at)
        for reason, last_at in session.exec(query)
        if last_at is not None
    )


def _open(creditor: str) -> SelectOfScalar[CaseRow]:
    return select(CaseRow).where(CaseRow.creditor_id == creditor, col(CaseRow.closed_at).is_(None))


def _marked(session: Session, creditor: str) -> set[str]:
    """Customers of whom something changed; nobody before the first whole reading of books with a backlog."""
    row = session.get_one(CreditorRow, creditor)
    if row.quarantines and row.first_read_at is None:
        return set()
    query = select(CustomerRow.number).where(CustomerRow.creditor_id == creditor, col(CustomerRow.changed).is_(True))
    return set(session.exec(query))


# --- what is due ---


def _due(session: Session, creditor: str, rows: Iterable[CaseRow]) -> dict[str, datetime]:
    """When each case should act next, or should have acted; one that was never decided on, when it was opened."""
    next_at = {row.id: row.next_at or (None if row.why else row.opened_at) for row in rows}
    due = {case_id: at for case_id, at in next_at.items() if at is not None}
    query = select(ProposalRow).where(
        ProposalRow.creditor_id == creditor, ProposalRow.state == "proposed", col(ProposalRow.released_at).is_not(None)
    )
    for proposal in session.exec(query):
        leaves = _leaves(session, proposal)
        if leaves is not None:
            due[proposal.case_id] = min(leaves, due.get(proposal.case_id, leaves))
    return due


def _leaves(session: Session, proposal: ProposalRow) -> datetime | None:
    """When a released proposal should leave; None where the guards held it since, and the case says when they look."""
    assert proposal.released_at is not None
    query = select(VerdictRow).where(VerdictRow.proposal_id == proposal.id, VerdictRow.round == proposal.guard_rounds)
    looked = [verdict for verdict in session.exec(query) if verdict.at >= proposal.released_at]
    if any(verdict.answer != Answer.cleared for verdict in looked):
        return None
    return max(proposal.send_at, proposal.released_at, *(verdict.at for verdict in looked))


def _heard(session: Session, creditor: str, case_ids: Sequence[str]) -> dict[str, datetime]:
    """When something was last written on the trail of each case; what sweeps wrote is no sign of life."""
    heard: dict[str, datetime] = {}
    for some in pages(iter(case_ids), PAGE):
        query = select(TrailRow.case_id, func.max(col(TrailRow.at))).where(
            TrailRow.creditor_id == creditor,
            col(TrailRow.case_id).in_(some),
            col(TrailRow.kind).not_in(SAID_BY_SWEEPS),
        )
        heard.update(dict(session.exec(query.group_by(TrailRow.case_id)).all()))
    return heard


# --- workflows ---


def _beside(session: Session, creditor: str, rows: Iterable[CaseRow], running: Running) -> tuple[Run, ...]:
    """Workflows that run under the id of a case and are not the run of an open one."""
    own = {row.workflow_id: row.id for row in rows}
    strange = [
        (workflow_id, said)
        for workflow_id, said in running.cases.items()
        if workflow_id not in own or said not in ("", own[workflow_id])
    ]
    return tuple(_run(session, creditor, workflow_id, said) for workflow_id, said in sorted(strange))


def _run(session: Session, creditor: str, workflow_id: str, said: str) -> Run:
    customer = workflow_id.removeprefix(f"case/{creditor}/")
    query = select(CaseRow).where(CaseRow.creditor_id == creditor, CaseRow.customer_number == customer)
    if said:
        query = query.where(CaseRow.id == said)
    case = session.exec(query.order_by(col(CaseRow.case_number).desc())).first()
    return Run(
        workflow_id=workflow_id,
        case_id=case.id if case else "",
        outcome=case.outcome if case else "",
        closed_at=case.closed_at if case else None,
    )


# --- the books ---


def _reading(session: Session, creditor: str) -> Reading:
    of_creditor = MirrorRoundRow.creditor_id == creditor
    newest = select(MirrorRoundRow).where(of_creditor).order_by(col(MirrorRoundRow.id).desc())
    last = session.exec(newest.limit(1)).first()
    since = session.get_one(CreditorRow, creditor).created_at
    if last is None:
        return Reading(since=since)
    whole = select(func.max(col(MirrorRoundRow.finished_at))).where(of_creditor, MirrorRoundRow.problem == "")
    clear = select(func.max(col(MirrorRoundRow.id))).where(
        of_creditor, MirrorRoundRow.problem == "", cast(MirrorRoundRow.unreadable, String) == "{}"
    )
    unclear = select(func.min(col(MirrorRoundRow.started_at))).where(
        of_creditor, col(MirrorRoundRow.id) > (session.exec(clear).one() or 0)
    )
    return Reading(
        since=since,
        whole_at=session.exec(whole).one(),
        last_at=last.finished_at,
        problem=last.problem,
        unclear_since=session.exec(unclear).one() if last.unreadable else None,
        unclear=len(last.unreadable),
    )


# --- what nobody was told ---


def _texts(session: Session, creditor: str) -> tuple[Text, ...]:
    query = select(InboxRow.id, InboxRow.case_id).where(
        InboxRow.creditor_id == creditor,
        InboxRow.unmatched_why == NOT_TOLD,
        col(InboxRow.settled_at).is_(None),
        col(InboxRow.case_id).is_not(None),
    )
    return tuple(Text(inbox_id=inbox_id, case_id=case_id) for inbox_id, case_id in session.exec(query) if case_id)


def _notices(session: Session, creditor: str) -> tuple[Notice, ...]:
    """Lines of heads-ups, also of closed cases; that of a proposal which no longer stands does not matter."""
    query = (
        select(NoticeRow)
        .join(CaseRow, col(CaseRow.id) == col(NoticeRow.case_id))
        .join(ProposalRow, col(ProposalRow.id) == col(NoticeRow.id), isouter=True)
        .where(
            NoticeRow.creditor_id == creditor,
            col(NoticeRow.given_at).is_(None),
            or_(
                col(ProposalRow.id).is_(None),
                and_(col(ProposalRow.state) == "proposed", col(CaseRow.closed_at).is_(None)),
            ),
        )
    )
    return tuple(Notice(about=row.id, case_id=row.case_id, at=row.at) for row in session.exec(query))


def _claimed(session: Session, creditor: str) -> tuple[Claimed, ...]:
    query = (
        select(MessageRow, ProposalRow.case_id)
        .join(ProposalRow, col(ProposalRow.id) == col(MessageRow.proposal_id))
        .where(ProposalRow.creditor_id == creditor, MessageRow.state == "claimed")
    )
    return tuple(
        Claimed(message_id=row.id, case_id=case_id, channel=row.channel, since=row.claimed_at)
        for row, case_id in session.exec(query)
    )
