"""Tables of payment plans: what was asked for, what is in force, and its instalments."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Column, Field, SQLModel

from models.columns import Instant


class PlanRow(SQLModel, table=True):
    """A payment plan of one case; at most one is in force."""

    __tablename__ = "plan"

    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case.id", index=True)
    state: str
    """asked, in_force, missed, kept, declined, ended"""
    asked_at: datetime = Field(sa_type=Instant)
    asked_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was put into force or declined."""
    decided_by: str = ""
    total_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    paid_before_minor: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    """What had been paid on the case when it came into force; payments beyond are put against instalments."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = ""
    ended_why: str = ""


class InstalmentRow(SQLModel, table=True):
    """One instalment of a plan."""

    __tablename__ = "instalment"

    plan_id: str = Field(foreign_key="plan.id", primary_key=True)
    number: int = Field(primary_key=True)
    due: date
    amount_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    paid_on: date | None = None
    """The business day on which it was known to be paid."""
    missed_on: date | None = None
    """The business day on which it was last found missing."""
