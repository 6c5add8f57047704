"""Tables of who takes part: creditors, their people, and the ladders they climb."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, SQLModel

from models.clock import real_now
from models.columns import Document, Instant, Json


class CreditorRow(SQLModel, table=True):
    """A business that sells on credit and lets Rykker remind its customers."""

    __tablename__ = "creditor"

    id: str = Field(primary_key=True)
    name: str
    settings: Json = Field(sa_column=Column(Document, nullable=False))
    """A CreditorSettings."""
    books: Json = Field(sa_column=Column(Document, nullable=False))
    """A BooksSource."""
    created_at: datetime = Field(default_factory=real_now, sa_type=Instant)
    quarantines: bool = True
    """The first round of the mirror sets the overdue invoices that it finds aside until an admin releases them."""
    first_read_at: datetime | None = Field(default=None, sa_type=Instant)
    """Business time of the first whole round of the mirror."""


class PersonRow(SQLModel, table=True):
    """A person of a creditor: an admin, or a rep who owns customers."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    name: str
    email: str
    role: str
    """admin or rep"""
    books_number: str = ""
    """The number by which the books call this sales person."""
    token_hash: str = Field(default="", index=True)
    """SHA-256 of the bearer token; the token itself is never kept."""
    active: bool = True


class LadderRow(SQLModel, table=True):
    """One version of a ladder; versions never change."""

    __tablename__ = "ladder"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: Json = Field(sa_column=Column(Document, nullable=False))
    """A Ladder."""
    saved_at: datetime = Field(default_factory=real_now, sa_type=Instant)
    saved_by: str = ""
