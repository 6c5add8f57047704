"""The mirror: large books page by page, nothing twice, what cannot be read is reported and stops nothing."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from activities.books.csv_columns import ColumnMapping
from activities.books.csv_file import CsvBooks
from activities.books.economic import EconomicBooks
from activities.mirror import Mirror
from activities.shelf import Shelf
from commands.seed import NewPerson, add_creditor
from models.books import BookInvoice
from models.creditor import CreditorSettings, CsvSource
from models.database import transaction
from models.mirror import CustomerRow, InvoiceRow, MirrorRoundRow
from standins.economic.server import APP_SECRET, EconomicStandin
from standins.large_book import large_book

AS_OF = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def mirror_of(database: Engine, creditor: str, books: EconomicBooks | CsvBooks) -> Mirror:
    with transaction(database) as session:
        people = [NewPerson(f"{creditor}-anna", "Anna", f"anna@{creditor}.example", "admin")]
        add_creditor(session, creditor, creditor, CreditorSettings(), CsvSource(path="unused.csv"), people)
    shelf = Shelf(database, "", "", "")
    shelf.put(creditor, books)
    return Mirror(database, shelf)


def last_round(database: Engine, creditor: str) -> MirrorRoundRow:
    with transaction(database) as session:
        query = select(MirrorRoundRow).where(MirrorRoundRow.creditor_id == creditor)
        return session.exec(query.order_by(col(MirrorRoundRow.id).desc())).first() or pytest.fail("no round")


def test_ten_thousand_invoices_are_mirrored_page_by_page(database: Engine, economic: EconomicStandin) -> None:
    economic.add_agreement(large_book(date(2026, 11, 22)), grant="large")
    with closing(EconomicBooks(economic.url, economic.url, APP_SECRET, "large")) as books:
        before = len(economic.journal())
        document = next(books.open_invoices(date(2026, 11, 23)))
        assert isinstance(document, BookInvoice)
        assert len(economic.journal()) == before + 1, "the first document is there after the first page of many"

        mirror = mirror_of(database, "large", books)
        first = mirror.read_books("large", AS_OF)
        assert first.complete, first.problem
        with transaction(database) as session:
            count = select(func.count()).select_from(InvoiceRow).where(InvoiceRow.creditor_id == "large")
            assert session.exec(count).one() == first.read > 5000
        again = mirror.read_books("large", AS_OF)
        assert (again.read, again.changed) == (first.read, 0)


def test_a_bad_line_is_reported_with_its_number_and_stops_nothing_else(database: Engine, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text(
        "number,customer,invoice_date,due_date,amount\n"
        "1,A,2026-10-01,2026-11-01,100.00\n"
        "2,B,2026-10-01,the first,100.00\n"
        "3,C,2026-10-01,2026-11-01,0.00\n"
        "4,D,2026-10-01,2026-11-01,99.50\n",
        encoding="utf-8",
    )
    mirror = mirror_of(database, "lines", CsvBooks(file, ColumnMapping(), "DKK"))
    found = mirror.read_books("lines", AS_OF)
    assert (found.complete, found.unreadable) == (True, 2)
    assert set(last_round(database, "lines").unreadable) == {"line 3", "line 4"}
    with transaction(database) as session:
        numbers = session.exec(select(InvoiceRow.number).where(InvoiceRow.creditor_id == "lines"))
        assert sorted(numbers) == ["1", "4"]


def test_a_revoked_grant_keeps_the_old_picture_with_its_old_time(database: Engine, economic: EconomicStandin) -> None:
    economic.add_agreement(large_book(date(2026, 11, 22), 30, 5), grant="revoked")
    with closing(EconomicBooks(economic.url, economic.url, APP_SECRET, "revoked", sleep=lambda _: None)) as books:
        mirror = mirror_of(database, "revoked", books)
        assert mirror.read_books("revoked", AS_OF).complete
        query = select(CustomerRow.read_at).where(CustomerRow.creditor_id == "revoked")
        with transaction(database) as session:
            before = sorted(session.exec(query))
        economic.revoke("revoked")
        refused = mirror.read_books("revoked", AS_OF)
        assert not refused.complete
        assert refused.problem
        with transaction(database) as session:
            assert sorted(session.exec(query)) == before
