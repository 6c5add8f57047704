"""A database with one row in each table that can only be added to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from activities import trail
from models.cases import CaseRow, ProposalRow, VerdictRow
from models.database import migrate, open_database, transaction
from models.parties import CreditorRow
from models.record import EntryRow

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
THEN = datetime(2026, 8, 10, 14, 0, tzinfo=COPENHAGEN)


@pytest.fixture(scope="module")
def filled(new_database: Callable[[], str]) -> Iterator[Engine]:
    """A database with one row in each table that can only be added to."""
    address = new_database()
    migrate(address)
    engine = open_database(address)
    with transaction(engine) as session:
        session.add(CreditorRow(id="nordlys", name="Nordlys ApS", settings={}, books={}))
        session.flush()
        session.add(a_case("nordlys.1001.1"))
        session.flush()
        session.add(a_proposal("nordlys.1001.1"))
        session.add(an_entry("nordlys.1001.1", "principal:1"))
        trail.write(session, "nordlys", "opened", THEN, "opened", "Case 1 opened")
        session.flush()
        verdict = VerdictRow(
            proposal_id="p", round=1, guard="unpaid", at=THEN, answer="cleared", why="", inputs={}, data_age_seconds=0.5
        )
        session.add(verdict)
    yield engine
    engine.dispose()


def a_case(case_id: str, opened_at: datetime = THEN) -> CaseRow:
    return CaseRow(
        id=case_id,
        creditor_id="nordlys",
        customer_number="1001",
        case_number=1,
        ladder_name="dk-standard",
        ladder_version=1,
        opened_at=opened_at,
    )


def a_proposal(case_id: str) -> ProposalRow:
    return ProposalRow(
        id="p",
        creditor_id="nordlys",
        case_id=case_id,
        step="nudge",
        round=1,
        digest="",
        invoices=["1"],
        composition={},
        amount_minor=1,
        currency="DKK",
        proposed_at=THEN,
        letter_date=THEN.date(),
        send_at=THEN,
    )


def an_entry(case_id: str, key: str, minor: int = 1) -> EntryRow:
    return EntryRow(
        creditor_id="nordlys",
        case_id=case_id,
        invoice_number="1",
        kind="principal",
        amount_minor=minor,
        currency="DKK",
        effective_date=THEN.date(),
        key=key,
        basis={},
    )
