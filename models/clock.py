"""The real clock, read in this one place: for the age of data, the time of recording, and transport."""

from __future__ import annotations

from datetime import UTC, datetime


def real_now() -> datetime:
    """The real instant; never for a business decision, whose time is handed in as `as_of`."""
    return datetime.now(UTC)
