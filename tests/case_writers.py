"""Whoever writes of a case on the trail has taken its row first: two writers could else wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from activities import trail
from activities.alarms import SAID_BY_SWEEPS
from activities.case_row import TAKEN
from models.cases import CaseRow
from models.record import TrailRow

BESIDE = {*SAID_BY_SWEEPS, "quarantine released", "quarantine given up", "reply attached", "exported"}
"""What is said of a case by those who change nothing else of it."""


@pytest.fixture(scope="session", autouse=True)
def cases_are_taken() -> Iterator[None]:
    """Watches every story of the session, whatever it is about."""
    write, untaken = trail.write, set()

    def watched(
        session: Session, creditor: str, key: str, at: datetime, kind: str, text: str, *, case_id: str = "", **more: Any
    ) -> TrailRow:
        taken = case_id in session.info.get(TAKEN, ())
        # A test of the trail alone writes of cases that are not there.
        if case_id and kind not in BESIDE and not taken and session.get(CaseRow, case_id) is not None:
            untaken.add(f"{kind} of {case_id}")
        return write(session, creditor, key, at, kind, text, case_id=case_id, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trail, "write", watched)
        yield
    assert untaken == set(), f"written without having taken the case, see activities/case_row.py: {sorted(untaken)}"
