"""Tables of a case and its way up the ladder: freezes, proposals, verdicts, messages, tasks, notices."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from models.clock import real_now
from models.columns import Document, Instant, Json


class CaseRow(SQLModel, table=True):
    """One customer's overdue invoices with one creditor, as its workflow last described it."""

    __tablename__ = "case"

    id: str = Field(primary_key=True)
    """<creditor>.<customer number>.<case number>"""
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    customer_number: str = Field(index=True)
    case_number: int
    ladder_name: str
    ladder_version: int
    opened_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str = ""
    state: str = "waiting"
    next_step: str = ""
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    why: str = ""
    page_key: str = Field(default="", index=True)
    """What the link to the customer's page carries, signed; a new one revokes the old."""

    @property
    def workflow_id(self) -> str:
        return f"case/{self.creditor_id}/{self.customer_number}"


class FreezeRow(SQLModel, table=True):
    """Something that stops a case, from when to when, by whom and why."""

    __tablename__ = "freeze"

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    kind: str
    reason: str
    since: datetime = Field(sa_type=Instant)
    until: datetime | None = Field(default=None, sa_type=Instant)
    by: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""
    owner: str = ""
    """The person who has to deal with it; empty when it is up to the admins."""
    back_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it comes back to that person; None when it ends by itself before."""
    times_back: int = 0
    about: str = ""
    """What it is about: the id of a text in the inbox, or of a plan."""
    outcome: str = ""
    """How a person resolved it: answered, amount_corrected, credited, withdrawn."""
    figures: list[Json] = Field(default_factory=list, sa_column=Column(Document, nullable=False))
    """Old and new figures of a review: invoice, before, after."""


class SetAsideRow(SQLModel, table=True):
    """An invoice that is not reminded until a person says otherwise: backlog of the first day, or given up."""

    __tablename__ = "set_aside"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    invoice_number: str = Field(primary_key=True)
    customer_number: str = Field(index=True)
    kind: str
    """quarantine, withdrawn, handed_over, stopped"""
    reason: str
    since: datetime = Field(sa_type=Instant)
    by: str = ""
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str = ""


class PassedOverRow(SQLModel, table=True):
    """A step that was left out for an invoice, and why."""

    __tablename__ = "passed_over"

    case_id: str = Field(foreign_key="case.id", primary_key=True)
    invoice_number: str = Field(primary_key=True)
    step: str = Field(primary_key=True)
    reason: str


class ProposalRow(SQLModel, table=True):
    """A due step as it was put before people: figures, recipients, words, and a digest over them."""

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("case_id", "step", "round"),)

    id: str = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    step: str
    round: int
    state: str = Field(default="proposed", index=True)
    """proposed, sent, withdrawn, unknown, undelivered"""
    digest: str
    invoices: list[str] = Field(sa_column=Column(Document, nullable=False))
    """Numbers of the invoices it is about."""
    composition: Json = Field(sa_column=Column(Document, nullable=False))
    """A Composition: figures, recipients, rendered text."""
    amount_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    proposed_at: datetime = Field(sa_type=Instant)
    letter_date: date
    send_at: datetime = Field(sa_type=Instant)
    heads_up_at: datetime | None = Field(default=None, sa_type=Instant)
    released_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str = ""
    released_digest: str = ""
    guard_rounds: int = 0
    held_why: str = ""
    """Why the guards did not let it pass the last time; empty when they did."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_why: str = ""
    hold_hours: int = 24
    """Length of its hold window."""
    letter_kind: str = ""
    """What went out in the eyes of the law: reminder or formal_notice; empty for a nudge, and until it is sent."""
    deadline: date | None = None
    """The day to pay by that the customer was given."""
    fee_minor: int = 0
    """The fee that was charged with it."""
    announced_fee: bool = False
    """It told the customer that later reminders may carry a fee."""


class VerdictRow(SQLModel, table=True):
    """What one guard said in one round over one proposal. Never changed."""

    __tablename__ = "verdict"

    proposal_id: str = Field(foreign_key="proposal.id", primary_key=True)
    round: int = Field(primary_key=True)
    guard: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    answer: str
    why: str
    inputs: Json = Field(sa_column=Column(Document, nullable=False))
    data_age_seconds: float
    recorded_at: datetime = Field(default_factory=real_now, sa_type=Instant)


class MessageRow(SQLModel, table=True):
    """One message on one channel; the row is written before the provider is called."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("proposal_id", "channel"),)

    id: str = Field(primary_key=True)
    proposal_id: str = Field(foreign_key="proposal.id", index=True)
    channel: str
    state: str
    """claimed, sent, failed, not_sent, unknown"""
    provider_reference: str = ""
    reason: str = ""
    at: datetime = Field(sa_type=Instant)
    """Business time of the last attempt."""
    attempts: int = 0
    claimed_at: datetime = Field(default_factory=real_now, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    delivery: str = ""
    """What the provider reported of it since: delivered, failed; empty while nothing is known."""
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    """The provider's time of that."""
    delivery_reason: str = ""
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
    """Real time before which the provider does not want to be asked again."""

    @property
    def stands(self) -> bool:
        """It went out, or may have, and nobody has said that it did not arrive."""
        return self.state in ("sent", "unknown") and self.delivery != "failed"


class UnusableAddressRow(SQLModel, table=True):
    """An address a provider said cannot be reached."""

    __tablename__ = "unusable_address"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    address: str = Field(primary_key=True)
    reason: str
    since: datetime = Field(sa_type=Instant)


class TaskRow(SQLModel, table=True):
    """Something a person has to do for a case, such as a telephone call."""

    __tablename__ = "task"

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    step: str
    title: str
    at: datetime = Field(sa_type=Instant)
    invoices: list[str] = Field(sa_column=Column(Document, nullable=False))
    text: str = ""
    """What the person may need for it: a script, or words to send."""
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    kind: str = "call"
    """call, apology, charges, overpaid, question, decision"""
    owner: str = ""
    amount_minor: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    """What the task is about, in the creditor's currency; 0 where it is about no amount."""
    result: str = ""
    """What came of it; empty while it is open."""
    note: str = ""
    done_by: str = ""


class NoticeRow(SQLModel, table=True):
    """A line of a heads-up that a person has yet to get, or has got."""

    __tablename__ = "notice"

    id: str = Field(primary_key=True)
    """The id of the proposal or task it is about."""
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: str = Field(foreign_key="case.id")
    owner: str = ""
    line: Json = Field(sa_column=Column(Document, nullable=False))
    at: datetime = Field(sa_type=Instant)
    claimed_at: datetime | None = Field(default=None, sa_type=Instant)
    """Real time at which somebody began to mail it."""
    given_at: datetime | None = Field(default=None, sa_type=Instant)
