"""Reports of providers: kept once as they come, and put on record with the message, step and case they concern."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from activities import trail
from activities.facts import case_facts
from activities.freezes import freeze
from activities.given import conclude, settled, tell_not_delivered, went_after_all
from activities.messages import messages_of
from activities.unusable import ASKED_TO_STOP, mark_unusable
from models.cases import CaseRow, MessageRow, ProposalRow
from models.clock import real_now
from models.composition import Composition
from models.deliveries import DeliveryRow, Report, Word, code_of
from models.letters import Channel
from models.news import Clarified, DeliveryReported
from rules.delivery import Fate, fate

OPTED_OUT = "code 21610"
"""Twilio: the recipient has answered STOP."""
NEWS = (Word.failed, Word.complained)
"""What a case must hear of at once; that a message arrived is proof, which can wait for the next sweep."""


def keep(session: Session, reports: Iterable[Report]) -> list[CaseRow]:
    """Store reports, each once, and say which open cases must hear of them now."""
    told: dict[str, CaseRow] = {}
    for report in sorted(reports, key=lambda report: report.source):
        if session.get(DeliveryRow, report.source) is not None:
            continue
        message = session.get(MessageRow, report.message_id)
        proposal = session.get_one(ProposalRow, message.proposal_id) if message else None
        row = DeliveryRow(**report.model_dump(), creditor_id=proposal.creditor_id if proposal else None)
        session.add(row)
        if message is None or proposal is None:
            continue
        row.case_id = proposal.case_id
        case = session.get_one(CaseRow, proposal.case_id)
        if case.closed_at is None and _asks(row, message):
            told[case.id] = case
    session.flush()
    return list(told.values())


def urgent(session: Session, case: CaseRow) -> bool:
    """Whether something that was reported of a case's messages asks it to act."""
    query = select(DeliveryRow, MessageRow).join(MessageRow, col(MessageRow.id) == col(DeliveryRow.message_id))
    waiting = session.exec(query.where(DeliveryRow.case_id == case.id, col(DeliveryRow.taken_at).is_(None)))
    return any(_asks(row, message) for row, message in waiting)


def _asks(row: DeliveryRow, message: MessageRow) -> bool:
    return row.word in NEWS or (message.state != "sent" and row.word != Word.other)


def take_in_reports(session: Session, case: CaseRow, as_of: datetime, *, beside: bool = False) -> None:
    """Put everything that was reported of a case's messages on record; doing it again changes nothing.

    Reports of a message that is just being handed over wait until its answer is there. `beside`: it is not the case
    itself that asks, so that a send may be under way.
    """
    query = select(DeliveryRow).where(DeliveryRow.case_id == case.id, col(DeliveryRow.taken_at).is_(None))
    waiting = list(session.exec(query.order_by(col(DeliveryRow.received_at), col(DeliveryRow.source))))
    for message_id in dict.fromkeys(row.message_id for row in waiting):
        message = session.get_one(MessageRow, message_id, with_for_update=True)
        proposal = session.get_one(ProposalRow, message.proposal_id)
        if message.state == "claimed" or (beside and proposal.state == "proposed"):
            continue
        addresses = Composition.model_validate(proposal.composition).addresses(Channel(message.channel))
        known = session.exec(select(DeliveryRow).where(DeliveryRow.message_id == message_id))
        found = fate([_report(row) for row in known], addresses)
        _against_addresses(session, case, proposal, message, found, addresses, as_of)
        _put_on_record(session, case, proposal, message, found, as_of)
        for row in waiting:
            if row.message_id == message_id:
                row.taken_at = as_of
        session.flush()


def clarify(session: Session, case: CaseRow, news: Clarified, at: datetime) -> None:
    """A person has found out what became of messages whose outcome nobody knew."""
    take_in_reports(session, case, at)
    row = session.get_one(ProposalRow, news.proposal_id)
    if row.state != "unknown":
        return
    unknown = [message for message in messages_of(session, row) if message.state == "unknown"]
    meant = [message for message in unknown if news.channel in (None, message.channel)]
    if not meant:
        return
    for message in meant:
        message.state = "sent" if news.went else "failed"
        message.reason, message.settled_at = ("" if news.went else f"it did not go, says {news.by}"), real_now()
    session.flush()
    by = " and ".join(message.channel for message in meant)
    said = f"{news.by} says that it {'went' if news.went else 'did not go'} out by {by}: {news.reason}"
    key = f"{row.id}:clarified:{news.id}"
    text = f"What became of the {row.step} is known: {said}"
    trail.write(session, case.creditor_id, key, at, "clarified", text, case_id=case.id, actor=news.by, proposal=row.id)
    conclude(session, case, row, at)
    if len(meant) == len(unknown):
        settled(session, case, row, at, text, news.by)


def _put_on_record(
    session: Session, case: CaseRow, proposal: ProposalRow, message: MessageRow, found: Fate, as_of: datetime
) -> None:
    if found.word is None or found.report is None:
        return
    before = message.state
    if before != "sent":
        message.state, message.reason, message.settled_at = "sent", "", real_now()
    message.provider_reference = message.provider_reference or found.report.reference
    if found.word is not Word.accepted and message.delivery != found.word:
        message.delivery, message.delivered_at = found.word, found.report.at
        message.delivery_reason = found.report.reason
        _tell_trail(session, case, proposal, message, found.report, as_of)
    session.flush()
    if before != "sent" and proposal.state in ("withdrawn", "undelivered") and found.word is not Word.failed:
        _went_after_all(session, case, proposal, message, as_of)
    elif proposal.state in ("proposed", "sent", "unknown"):
        conclude(session, case, proposal, as_of)
        if message.delivery == Word.failed and proposal.state != "undelivered":
            tell_not_delivered(session, case, case_facts(session, case), proposal, message, as_of)


def _tell_trail(
    session: Session, case: CaseRow, proposal: ProposalRow, message: MessageRow, report: Report, as_of: datetime
) -> None:
    """Proof that it arrived, or that it did not, in the provider's own word and time."""
    arrived = message.delivery == Word.delivered
    # What a server says beside its code may quote an address, and the trail keeps it for ever.
    code = code_of(report.reason)
    why = f" ({code})" if code and not arrived else ""
    trail.write(
        session,
        case.creditor_id,
        f"{message.id}:{message.delivery}",
        as_of,
        "delivered" if arrived else "not delivered",
        f"{proposal.step} by {message.channel}: {report.said}{why}",
        case_id=case.id,
        proposal=proposal.id,
        message=message.id,
        provider_time=report.at,
        reference=message.provider_reference,
        report=report.source,
    )


def _against_addresses(
    session: Session,
    case: CaseRow,
    proposal: ProposalRow,
    message: MessageRow,
    found: Fate,
    addresses: Sequence[str],
    as_of: datetime,
) -> None:
    """Nothing more is sent to an address that failed; people are told, also where another one was reached."""
    by_name = {address.casefold(): address for address in addresses}
    marked: list[str] = []
    for report in found.unusable:
        name = addresses[0] if len(addresses) == 1 else by_name.get(report.address.casefold(), "")
        if name:
            reason = ASKED_TO_STOP if report.reason == OPTED_OUT else f"{report.said}: {report.reason}"
            marked += mark_unusable(session, case.creditor_id, [name], reason, as_of)
    if marked and found.word is not Word.failed:
        tell_not_delivered(session, case, case_facts(session, case), proposal, message, as_of)


def _went_after_all(
    session: Session, case: CaseRow, proposal: ProposalRow, message: MessageRow, as_of: datetime
) -> None:
    """It had been given up. It counts from now on, and a person looks before anything else goes."""
    reason = f"the {proposal.step} that was taken for not sent by {message.channel} went out after all"
    key = f"{message.id}:after all"
    text = f"{reason[0].upper()}{reason[1:]}"
    trail.write(session, case.creditor_id, key, as_of, "went after all", text, case_id=case.id, proposal=proposal.id)
    went_after_all(session, case, proposal, message, as_of)
    if case.closed_at is None:
        freeze(session, case, DeliveryReported(id=key), as_of, "review", reason)
    else:
        tell_not_delivered(session, case, case_facts(session, case), proposal, message, as_of, "after all")


def _report(row: DeliveryRow) -> Report:
    return Report.model_validate(row.model_dump(include=set(Report.model_fields)))
