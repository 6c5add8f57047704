"""Tables that are only ever added to: the claim ledger and the trail. The database itself refuses anything else."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from models.clock import real_now
from models.columns import Document, Instant, Json


class EntryRow(SQLModel, table=True):
    """One entry of the claim ledger. Principal is positive; payments and credits are negative; balances are sums."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("case_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    invoice_number: str
    kind: str
    """principal, payment, credit, reversal; later interest, fee, compensation, waiver"""
    amount_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    effective_date: date
    key: str
    """What makes the entry the same entry when it is written again."""
    basis: Json = Field(sa_column=Column(Document, nullable=False))
    """Where it comes from: the source, its reference, and for calculated amounts rule, rate and days."""
    recorded_at: datetime = Field(default_factory=real_now, sa_type=Instant)


class TrailRow(SQLModel, table=True):
    """One link of a creditor's trail; its hash covers everything in it and the hash before."""

    __tablename__ = "trail"
    __table_args__ = (UniqueConstraint("creditor_id", "key"),)

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    seq: int = Field(primary_key=True)
    key: str
    """What makes the entry the same entry when it is written again."""
    case_id: str = Field(default="", index=True)
    at: datetime = Field(sa_type=Instant)
    """Business time."""
    actor: str
    kind: str
    text: str
    """One sentence for a person."""
    data: Json = Field(sa_column=Column(Document, nullable=False))
    recorded_at: datetime = Field(sa_type=Instant)
    previous: str
    hash: str


class TrailHeadRow(SQLModel, table=True):
    """The last link of a creditor's trail; locked while a link is added."""

    __tablename__ = "trail_head"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    seq: int = 0
    hash: str = ""


class AnchorRow(SQLModel, table=True):
    """The head of a creditor's trail on one day, on its way to one admin; written before it is mailed."""

    __tablename__ = "anchor"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    day: date = Field(primary_key=True)
    """The civil day where the creditor is."""
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    seq: int
    hash: str
    state: str
    """claimed, sent, not_sent, failed, unknown"""
    reason: str = ""
    claimed_at: datetime = Field(default_factory=real_now, sa_type=Instant)
    """Real time at which somebody began to mail it."""


APPEND_ONLY = ("entry", "trail", "verdict")
"""Tables in which the database refuses UPDATE and DELETE."""
