"""All tables in one place, for migrations and for making sure that every one is known."""

from __future__ import annotations

from sqlmodel import SQLModel

from models import alarms, cases, deliveries, inbox, mirror, parties, plans, record

METADATA = SQLModel.metadata

__all__ = ["METADATA", "alarms", "cases", "deliveries", "inbox", "mirror", "parties", "plans", "record"]
