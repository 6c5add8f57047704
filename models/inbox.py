"""Tables of what people write to us: free text and files. They are stored first and travel as ids."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Column, Field, SQLModel

from models.clock import real_now
from models.columns import Instant


class InboxRow(SQLModel, table=True):
    """A text that a person sent us: a question on the page, a reply by e-mail or SMS, a note of staff."""

    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("creditor_id", "source_id"),)

    id: str = Field(primary_key=True)
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id", index=True)
    """None for a reply of which not even the creditor can be told."""
    case_id: str | None = Field(default=None, foreign_key="case.id", index=True)
    """None while nobody knows which case it belongs to."""
    topic: str
    """wrong_amount, already_paid, missing_delivery, other, reply, automatic, bounce, stop, start, note"""
    text: str
    received_at: datetime = Field(default_factory=real_now, sa_type=Instant)
    channel: str = "staff"
    """staff, page, email, sms"""
    sender: str = ""
    subject: str = ""
    source_id: str | None = None
    """The provider's own id of it, by which a repeated hook is known."""
    unmatched_why: str = ""
    """Why no case could be found; empty once it belongs to one."""
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a person dealt with what could not be matched."""
    settled_by: str = ""


class InboxFileRow(SQLModel, table=True):
    """A file that came with a text; kept as it came, and only ever handed out as a download."""

    __tablename__ = "inbox_file"

    id: str = Field(primary_key=True)
    inbox_id: str = Field(foreign_key="inbox.id", index=True)
    name: str
    media_type: str
    """What its first bytes say it is, whatever the sender called it."""
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
