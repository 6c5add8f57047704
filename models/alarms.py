"""Table of what the sweep found: watched from the first sight, an alarm once it lasts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import Instant


class AlarmRow(SQLModel, table=True):
    """One thing that was found forgotten, whether or not it lasted; what comes back later takes the same row again.

    Times are business times.
    """

    __tablename__ = "alarm"

    creditor_id: str = Field(foreign_key="creditor.id", primary_key=True)
    matter: str = Field(primary_key=True)
    """A Matter."""
    about: str = Field(primary_key=True)
    """The id of a case, a text, a message, a workflow."""
    case_id: str = Field(default="", index=True)
    """Empty where it is about no case."""
    says: str
    first_seen_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime = Field(sa_type=Instant)
    opened_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it became an alarm; None while one repair may still have cured it."""
    told_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the admins were last mailed of it."""
    cleared_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a sweep no longer found it."""
