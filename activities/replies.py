"""Keeps what comes in from outside, once, with the case it belongs to; the case itself is told by whoever kept it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from activities import trail
from activities.stops import NOT_TOLD
from activities.unusable import ASKED_TO_STOP, mark_unusable, start_again, stopped_by_owner
from activities.whose_reply import (
    Whose,
    asked_by_text,
    creditors,
    customers_by_number,
    open_cases,
    whose_mail,
    whose_text,
)
from models.cases import CaseRow, UnusableAddressRow
from models.database import transaction
from models.inbox import InboxFileRow, InboxRow
from models.incoming import Incoming
from models.mirror import CustomerRow
from models.news import CUSTOMER, Noted, QuestionOpened

MOST_CASES = 5
"""So many cases at most are stopped by one message that answers several."""
SAID = {
    ("automatic", "email"): "An automatic reply came by e-mail",
    ("bounce", "email"): "A mail server says that an e-mail was not delivered",
    ("stop", "sms"): "The customer wants no more texts (STOP); reminders go without them",
    ("start", "sms"): "The customer wants texts again (START)",
}
CAME = {"email": "an e-mail", "sms": "a text", "page": "a question of the customer's page"}


def keep(database: Engine, incoming: Incoming, at: datetime) -> list[str]:
    """Put a message into the inbox and return its ids there; one that is there already stays as it is.

    `at` is when it came.
    """
    try:
        with transaction(database) as session:
            return _keep(session, incoming, at)
    except IntegrityError:
        # The same message was kept by another process a moment ago.
        with transaction(database) as session:
            return _keep(session, incoming, at)


def news_of(row: InboxRow) -> tuple[str, QuestionOpened | Noted]:
    """How a case is told of something in its inbox: the signal and what it carries."""
    if row.topic == "reply" or row.channel == "page":
        return "question_opened", QuestionOpened(id=row.id, topic=row.topic, by=CUSTOMER)
    return "noted", Noted(id=row.id, what=SAID[row.topic, row.channel])


def still_to_tell(session: Session, ids: Sequence[str] | None = None) -> list[tuple[InboxRow, CaseRow]]:
    """What open cases have not been told of yet, all of it or some; what a case was closed before waits for a person.

    What was written on the case's own page stays the case's; what came by other ways is nobody's.
    """
    query = select(InboxRow).where(InboxRow.unmatched_why == NOT_TOLD, col(InboxRow.settled_at).is_(None))
    if ids is not None:
        query = query.where(col(InboxRow.id).in_(ids))
    found, late = [], []
    for row in session.exec(query.order_by(col(InboxRow.received_at), col(InboxRow.id))):
        case = session.get_one(CaseRow, row.case_id)
        if case.closed_at is None:
            found.append((row, case))
        else:
            row.case_id = case.id if row.channel == "page" else None
            row.unmatched_why = f"case {case.id} was closed ({case.outcome}) before it was told"
            late.append((case.creditor_id, row))
    session.flush()
    for creditor, row in sorted(late, key=lambda one: one[0]):
        _tell_people(session, creditor, row)
    return found


def told(session: Session, inbox_id: str) -> None:
    """The case knows; nobody has to look after it any more."""
    row = session.get_one(InboxRow, inbox_id, with_for_update=True)
    if row.unmatched_why == NOT_TOLD:
        row.unmatched_why = ""


def _keep(session: Session, incoming: Incoming, at: datetime) -> list[str]:
    named = hashlib.sha256(f"{incoming.channel}:{incoming.source}".encode()).hexdigest()[:32]
    ids = [f"reply-{named}-{n}" for n in range(1, MOST_CASES + 1)]
    if known := list(session.exec(select(InboxRow.id).where(col(InboxRow.id).in_(ids)).order_by(InboxRow.id))):
        return known
    topic, found = _found(session, incoming, at, ids[0])
    kept = list(zip(ids, found[:MOST_CASES], strict=False))
    for inbox_id, whose in kept:
        session.add(_row(inbox_id, topic, incoming, whose, at))
        session.flush()
        for n, file in enumerate(incoming.files, 1):
            session.add(
                InboxFileRow(
                    id=f"{inbox_id}-{n}",
                    inbox_id=inbox_id,
                    name=file.name,
                    media_type=file.media_type,
                    content=file.content,
                )
            )
        if whose.case is None and whose.creditor and whose.why:
            _tell_people(session, whose.creditor, session.get_one(InboxRow, inbox_id))
    return [inbox_id for inbox_id, _ in kept]


def _tell_people(session: Session, creditor: str, row: InboxRow) -> None:
    """Put on the trail that something waits in the list of what fits no case."""
    text, key = f"A person has to look at {CAME[row.channel]}: {row.unmatched_why}", f"{row.id}:unmatched"
    trail.write(session, creditor, key, row.received_at, "reply unmatched", text, about=row.id)


def _row(inbox_id: str, topic: str, incoming: Incoming, whose: Whose, at: datetime) -> InboxRow:
    waits = whose.case is not None
    done = not waits and not whose.why
    return InboxRow(
        id=inbox_id,
        creditor_id=whose.creditor,
        case_id=whose.case.id if whose.case else None,
        topic=topic,
        text=incoming.text,
        received_at=at,
        channel=incoming.channel,
        sender=incoming.sender,
        subject=incoming.subject,
        source_id=inbox_id,
        unmatched_why=NOT_TOLD if waits else whose.why,
        settled_at=at if done else None,
        settled_by="rykker" if done else "",
    )


def _found(session: Session, incoming: Incoming, at: datetime, inbox_id: str) -> tuple[str, list[Whose]]:
    """What the message comes to, and whose it is."""
    if incoming.channel == "email":
        return incoming.topic, whose_mail(session, incoming)
    if incoming.topic not in ("stop", "start"):
        return incoming.topic, whose_text(session, incoming)
    customers = customers_by_number(session, incoming.senders, asked_by_text(session, incoming))
    stops = incoming.topic == "stop"
    changed = _block(session, customers, incoming, at) if stops else _lift(session, incoming)
    if incoming.doubtful and not changed:
        return "reply", whose_text(session, incoming)
    for creditor in changed:
        text = "Texts to a customer's number are stopped: STOP" if stops else "Texts to a customer's number go again"
        trail.write(session, creditor, f"{inbox_id}:texts", at, "texts", text, actor=CUSTOMER, about=inbox_id)
    if cases := open_cases(session, customers):
        return incoming.topic, [Whose(case, case.creditor_id) for case in cases]
    if customers:
        return incoming.topic, [Whose(None, customers[0].creditor_id)]
    only = list(creditors(session))
    return incoming.topic, [Whose(None, only[0] if len(only) == 1 else None, "no customer has the sender's number")]


def _block(session: Session, customers: Sequence[CustomerRow], incoming: Incoming, at: datetime) -> list[str]:
    """Send no more texts to the number; the creditors for whom that is new."""
    blocked = []
    for creditor in sorted({row.creditor_id for row in customers}):
        for number in incoming.senders:
            if mark_unusable(session, creditor, [number], ASKED_TO_STOP, at):
                blocked.append(creditor)
    return blocked


def _lift(session: Session, incoming: Incoming) -> list[str]:
    """End the blocks that STOP set, and no others; the creditors for whom one ended."""
    asked = asked_by_text(session, incoming)
    query = select(UnusableAddressRow).where(
        col(UnusableAddressRow.address).in_(incoming.senders),
        col(UnusableAddressRow.creditor_id).in_(list(asked)),
    )
    rows = [row for row in session.exec(query) if stopped_by_owner(row)]
    for row in rows:
        start_again(session, row)
    return sorted({row.creditor_id for row in rows})
