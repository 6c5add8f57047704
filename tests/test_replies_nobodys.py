"""A reply of which not even the creditor can be told: somebody sees it, and no other business does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlmodel import select

from commands.seed import NewPerson, add_creditor
from models.creditor import CreditorSettings, CsvSource
from models.database import migrate, open_database, transaction
from models.inbox import InboxRow
from models.news import Role
from models.parties import CreditorRow
from web.callers import Caller
from web.replies import visible_replies


def admin(creditor: str) -> Caller:
    return Caller(id="anna", role=Role.admin, creditor=creditor, books_number="", settings=CreditorSettings())


def test_the_admins_of_the_first_creditor_see_what_belongs_to_nobody(new_database: Callable[[], str]) -> None:
    url = new_database()
    migrate(url)
    engine = open_database(url)
    with transaction(engine) as session:
        for n, name in enumerate(("nordlys", "fjord")):
            people = [NewPerson(f"{name}-anna", "Anna", f"anna@{name}.example", "admin")]
            add_creditor(session, name, name, CreditorSettings(), CsvSource(path="unused.csv"), people)
            session.get_one(CreditorRow, name).created_at = datetime(2026, 8, 1 + n, tzinfo=UTC)
        session.add(InboxRow(id="nobodys", topic="reply", text="who are you?", channel="email", unmatched_why="?"))
    with transaction(engine) as session:
        assert [row.id for row in session.exec(visible_replies(admin("nordlys")))] == ["nobodys"]
        assert list(session.exec(visible_replies(admin("fjord")))) == []
        assert len(session.exec(select(InboxRow)).all()) == 1
    engine.dispose()
