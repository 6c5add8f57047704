"""What a replay came to: counted from the engine's own records, and checked against the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import BaseModel
from sqlalchemy.orm import defer
from sqlmodel import Session, col, func, select

from activities.books.csv_book import Book
from models.cases import CaseRow, MessageRow, ProposalRow, TaskRow, VerdictRow
from models.creditor import CreditorSettings
from models.facts import Answer
from models.ladder import Ladder
from models.letters import Channel
from models.record import TrailRow
from rules.calendar import local_day


class StepFigures(BaseModel):
    """How one step of the ladder fared; proposals, or tasks where the step is a call."""

    step: str
    title: str
    proposed: int = 0
    sent: int = 0
    withdrawn_paid: int = 0
    """An invoice of it was settled before it left."""
    withdrawn_question: int = 0
    """The customer asked before it left."""
    withdrawn_other: int = 0
    """Something else changed; it was proposed afresh with the figures of then."""
    still_standing: int = 0
    tasks: int = 0


class MessageFigures(BaseModel):
    """What the engine believes to have sent on a channel, and what the stand-in really got."""

    channel: str
    recorded: int
    received: int


class SentStep(BaseModel):
    """A step that left, or may have left, as the database has it."""

    proposal: str
    customer: str
    step: str
    on: date
    """The creditor's civil date."""
    invoices: tuple[str, ...]


class TooLate(BaseModel):
    """A message that left although its invoice was settled; there must be none."""

    proposal: str
    step: str
    sent: date
    invoice: str
    settled: date


class Figures(BaseModel):
    """The whole report."""

    file: str
    ladder: str
    invoices: int
    customers: int
    invented_addresses: int
    unreadable: dict[str, str]
    """The reason for each line that could not be read."""
    first_day: date | None
    last_day: date | None
    cases_opened: int
    cases_closed: dict[str, int]
    """By how they ended."""
    cases_open: dict[str, int]
    """By what they wait for."""
    steps: list[StepFigures]
    held: dict[str, int]
    """Rounds of the guards in which each guard held."""
    not_proposed: dict[str, int]
    """Steps that could not be put before people, by reason."""
    questions_disputed: int
    questions_asked: int
    questions_answered: int
    messages: list[MessageFigures]
    sent: list[SentStep]
    """Everything that would have gone out; what the check below went through."""
    sent_after_settlement: list[TooLate]
    events_mean: float
    events_most: int
    seconds: float

    @property
    def days(self) -> int:
        """Days of business time, the first and the last included."""
        return (self.last_day - self.first_day).days + 1 if self.first_day and self.last_day else 0

    @property
    def failures(self) -> list[str]:
        """What must not be, a sentence each; empty when all is well."""
        found = []
        if self.sent_after_settlement:
            found.append(f"{len(self.sent_after_settlement)} invoices were reminded on or after their settlement")
        for m in self.messages:
            if m.recorded != m.received:
                found.append(f"{m.recorded} messages by {m.channel} are on record as sent, {m.received} were received")
        return found


def sent_after_settlement(sent: Iterable[SentStep], settled: Mapping[str, date | None]) -> list[TooLate]:
    """Every invoice in a sent step whose settlement day, by the file, is that day or lies before it.

    KeyError when a step names an invoice that the file does not have.
    """
    return [
        TooLate(proposal=one.proposal, step=one.step, sent=one.on, invoice=number, settled=day)
        for one in sent
        for number in one.invoices
        if (day := settled[number]) is not None and day <= one.on
    ]


def sent_steps(session: Session, creditor: str, settings: CreditorSettings) -> list[SentStep]:
    """Everything that left, or whose fate cannot be known."""
    customers = dict(
        session.exec(select(CaseRow.id, CaseRow.customer_number).where(CaseRow.creditor_id == creditor)).all()
    )
    return [
        SentStep(
            proposal=row.id,
            customer=customers[row.case_id],
            step=row.step,
            on=local_day(row.ended_at, settings),
            invoices=tuple(row.invoices),
        )
        for row in _proposals(session, creditor)
        if row.state in ("sent", "unknown") and row.ended_at is not None
    ]


def settlement_days(book: Book) -> dict[str, date | None]:
    """The day on which each invoice was settled, straight from the file."""
    return {row.number: row.settled_date for row in book.rows.values()}


def step_figures(session: Session, creditor: str, ladder: Ladder) -> list[StepFigures]:
    """One line per step, in the order of the ladder."""
    found = {step.name: StepFigures(step=step.name, title=step.title) for step in ladder.climbed}
    for row in _proposals(session, creditor):
        line = found[row.step]
        line.proposed += 1
        if row.state in ("sent", "unknown"):
            line.sent += 1
        elif row.state == "proposed":
            line.still_standing += 1
        elif row.ended_why.startswith("nothing is left to pay"):
            line.withdrawn_paid += 1
        elif "(question)" in row.ended_why:
            line.withdrawn_question += 1
        else:
            line.withdrawn_other += 1
    tasks = select(TaskRow.step).join(CaseRow, col(CaseRow.id) == col(TaskRow.case_id))
    for step in session.exec(tasks.where(CaseRow.creditor_id == creditor, TaskRow.kind == "call")):
        found[step].tasks += 1
    return list(found.values())


def held_rounds(session: Session, creditor: str) -> dict[str, int]:
    """How many rounds each guard held, over all proposals."""
    query = (
        select(VerdictRow.guard, func.count())
        .join(ProposalRow, col(ProposalRow.id) == col(VerdictRow.proposal_id))
        .where(ProposalRow.creditor_id == creditor, VerdictRow.answer == Answer.held)
        .group_by(col(VerdictRow.guard))
        .order_by(col(VerdictRow.guard))
    )
    return dict(session.exec(query).all())


def not_proposed(session: Session, creditor: str) -> dict[str, int]:
    """Steps that could not even be proposed, by the guard named on the trail."""
    query = select(TrailRow.data).where(TrailRow.creditor_id == creditor, TrailRow.kind == "held")
    return dict(sorted(Counter(str(data["guard"]) for data in session.exec(query) if "guard" in data).items()))


def cases(session: Session, creditor: str) -> tuple[int, dict[str, int], dict[str, int]]:
    """Cases opened; the closed ones by outcome; those still open by what they wait for."""
    rows = list(session.exec(select(CaseRow).where(CaseRow.creditor_id == creditor)))
    closed = Counter(row.outcome for row in rows if row.closed_at is not None)
    still_open = Counter(f"{row.state}: {row.why}" for row in rows if row.closed_at is None)
    return len(rows), dict(sorted(closed.items())), dict(sorted(still_open.items()))


def recorded_messages(session: Session, creditor: str) -> dict[str, int]:
    """Messages on record as handed over, per channel."""
    query = (
        select(MessageRow.channel, func.count())
        .join(ProposalRow, col(ProposalRow.id) == col(MessageRow.proposal_id))
        .where(ProposalRow.creditor_id == creditor, col(MessageRow.state).in_(("sent", "unknown")))
        .group_by(col(MessageRow.channel))
    )
    found = dict(session.exec(query).all())
    return {channel.value: found.get(channel.value, 0) for channel in (Channel.email, Channel.sms)}


def _proposals(session: Session, creditor: str) -> list[ProposalRow]:
    """All proposals without their words, which are most of their weight."""
    query = select(ProposalRow).where(ProposalRow.creditor_id == creditor).options(defer(ProposalRow.composition))  # type: ignore[arg-type]
    return list(session.exec(query.order_by(col(ProposalRow.proposed_at), col(ProposalRow.id))))
