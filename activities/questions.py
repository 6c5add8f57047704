"""What becomes of a customer's question: it stops the case, and an admin settles it in one of four ways."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from activities import ledger, trail
from activities.facts import settings_of
from activities.freezes import end_freeze, freeze, open_freezes
from activities.set_aside import end_invoices
from models.cases import CaseRow, FreezeRow
from models.news import ENGINE, PromiseGiven, QuestionOpened, Resolved
from models.record import TrailRow
from rules.calendar import after_bank_days

AWAITED = {"amount_corrected": "the amount is to be corrected", "credited": "a credit note is to be issued"}
"""Ways to settle a question that the books have to confirm before anything is sent."""
CORRECTIONS = ("principal", "credit")
FIGURES = (*CORRECTIONS, "payment", "reversal")
"""What the trail calls a change of what is claimed, and of what is owed."""


def open_question(session: Session, case: CaseRow, news: QuestionOpened, at: datetime) -> None:
    """Stop the whole case; what was written stays in the inbox."""
    topic = news.topic.replace("_", " ")
    said = "the customer has replied" if news.topic == "reply" else f"the customer asks: {topic}"
    freeze(session, case, news, at, "question", said, about=news.id)


def resolve(session: Session, case: CaseRow, news: Resolved, at: datetime) -> None:
    """Settle the open questions that the admin has seen; any other, and what comes later, goes on stopping the case."""
    key = f"{case.id}:resolved:{news.id}"
    if trail.has(session, case.creditor_id, key):
        return
    questions = [row for row in open_freezes(session, case) if row.kind == "question" and news.means(row.id)]
    for row in questions:
        row.outcome = news.outcome
        end_freeze(session, case, row, at, news.by, f"Question {row.about or row.id} is settled: {news.outcome}")
    text = f"Resolved as {news.outcome.replace('_', ' ')}: {news.reason}"
    trail.write(
        session,
        case.creditor_id,
        key,
        at,
        "resolved",
        text,
        case_id=case.id,
        actor=news.by,
        outcome=news.outcome,
        questions=[row.about or row.id for row in questions],
    )
    asked = min((row.since for row in questions), default=at)
    if news.outcome == "withdrawn":
        claim = ledger.Balances(ledger.entries(session, case.id))
        numbers = news.invoices or tuple(n for n in claim.principal if claim.balance(n).minor > 0)
        end_invoices(session, case, numbers, "withdrawn", news.reason, at, news.by, news.id)
    elif news.outcome in AWAITED and not _corrected(session, case, asked):
        reason = f"{AWAITED[news.outcome]} in the books: {news.reason}"
        freeze(session, case, news, at, "correction", reason)


def end_awaited_corrections(session: Session, case: CaseRow, as_of: datetime) -> None:
    """Once the books show the change that an admin announced, its stop is over."""
    for row in open_freezes(session, case):
        if row.kind == "correction" and _corrected(session, case, row.since):
            end_freeze(session, case, row, as_of, ENGINE, "The books have changed as announced")


def _corrected(session: Session, case: CaseRow, since: datetime) -> bool:
    """Whether the books claim something else since an instant of business time; an invoice that was paid is no news.

    A credit note for a part looks like a part payment in some books, and a person reviews either.
    """
    query = select(TrailRow).where(
        TrailRow.creditor_id == case.creditor_id,
        TrailRow.case_id == case.id,
        col(TrailRow.kind).in_(FIGURES),
        col(TrailRow.at) > since,
    )
    claim = ledger.Balances(ledger.entries(session, case.id))
    reviewed = {number for number in claim.principal if claim.left(number) > 0}
    return any(row.kind in CORRECTIONS or row.data.get("invoice") in reviewed for row in session.exec(query))


def promise(session: Session, case: CaseRow, news: PromiseGiven, at: datetime) -> None:
    """Leave the customer in peace until the promised day and the bank's days; only one promise counts per case."""
    settings = settings_of(session, case.creditor_id)
    earlier = select(FreezeRow.id).where(FreezeRow.case_id == case.id, FreezeRow.kind == "promise")
    again = [found for found in session.exec(earlier) if found != f"{case.id}:{news.id}"]
    key = f"{case.id}:{news.id}:promise"
    if again or not settings.promise_days:
        text = f"The customer promises again to pay by {news.day}; reminders go on, for a promise is taken once"
        trail.write(session, case.creditor_id, key, at, "promise", text, case_id=case.id, actor=news.by)
        return
    until = after_bank_days(news.day, settings)
    freeze(session, case, news, at, "promise", f"the customer will pay by {news.day}", until)
