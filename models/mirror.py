"""Tables of the mirror: what the books said when they were last read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Column, Field, SQLModel

from models.columns import Document, Instant, Json


class CustomerRow(SQLModel, table=True):
    """A customer of one creditor."""

    __tablename__ = "customer"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    number: str = Field(primary_key=True)
    name: str
    document: Json = Field(sa_column=Column(Document, nullable=False))
    """A BookCustomer."""
    owner: str = Field(default="", index=True)
    """The rep's number in the books."""
    changed: bool = Field(default=True, index=True)
    """Something about the customer or its invoices changed and the case has not been told yet."""
    read_at: datetime = Field(sa_type=Instant)


class InvoiceRow(SQLModel, table=True):
    """An invoice or credit note of one creditor."""

    __tablename__ = "invoice"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    number: str = Field(primary_key=True)
    customer_number: str = Field(index=True)
    invoice_date: date
    due_date: date | None = Field(default=None, index=True)
    currency: str
    gross_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    remainder_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    terms: str = ""
    disputed: bool = False
    settled_by_credit: bool = False
    settled_on: date | None = None
    """Value date of the last payment, where the books know it."""
    read_at: datetime = Field(sa_type=Instant)
    due_date_before: date | None = None
    """The due date that the books had before they changed it."""
    missing_since: datetime | None = Field(default=None, sa_type=Instant)
    """Real time since when the books no longer have it."""


class CompanyRow(SQLModel, table=True):
    """What a company register last said of a company; shared by all creditors, for registers are public."""

    __tablename__ = "company"

    country: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    state: str
    """The last state that a register really gave; unknown only when none ever did."""
    raw: str = ""
    """The register's own word for it."""
    source: str = ""
    since: date | None = None
    trustee: str = ""
    read_at: datetime | None = Field(default=None, sa_type=Instant)
    """Real time of the last answer; None when there was none."""
    asked_at: datetime = Field(sa_type=Instant)
    """Real time at which it was last asked for."""
    problem: str = ""
    """Why the last question was not answered; empty when it was."""
    unanswered_since: datetime | None = Field(default=None, sa_type=Instant)
    """Real time of the first question in a row that was not answered; None when the last one was."""


class MirrorRoundRow(SQLModel, table=True):
    """One round of reading a creditor's books, with what it could not read."""

    __tablename__ = "mirror_round"

    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    started_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    read: int = 0
    changed: int = 0
    problem: str = ""
    """Why the round is incomplete; empty when it went through."""
    unreadable: Json = Field(default_factory=dict, sa_column=Column(Document, nullable=False))
    """Where and why, for each document that could not be understood."""
