"""The database: the same promises on SQLite and on PostgreSQL, kept by the database itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import StatementError
from sqlmodel import col, select

from activities import trail
from models.cases import CaseRow
from models.database import migrate, open_database, transaction
from models.parties import CreditorRow
from models.record import EntryRow, TrailRow
from models.tables import METADATA
from tests.filled_database import COPENHAGEN, THEN, a_case, an_entry, filled

__all__ = ["filled"]

ROOT = Path(__file__).parent.parent
VERSIONS = sorted(path.stem for path in (ROOT / "models" / "migrations" / "versions").glob("[0-9]*.py"))
LONG = sorted(f"{c.table}.{c.name}" for t in METADATA.sorted_tables for c in t.columns if getattr(c.type, "length", 0))


# --- migrations ---


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def test_migrations_bring_an_empty_database_to_exactly_what_the_code_describes(filled: Engine) -> None:
    assert differences(filled) == []


def test_migrating_again_changes_nothing(filled: Engine) -> None:
    before = shape(filled)
    migrate(filled.url.render_as_string(hide_password=False))
    assert shape(filled) == before
    with transaction(filled) as session:
        assert session.get_one(CreditorRow, "nordlys").name == "Nordlys ApS"


def shape(engine: Engine) -> object:
    """Every table, column and key, and the version."""
    with engine.connect() as connection:
        inspector = inspect(connection)
        tables = {
            name: ([str(column) for column in inspector.get_columns(name)], inspector.get_indexes(name))
            for name in sorted(inspector.get_table_names())
        }
        return tables, connection.execute(text("SELECT version_num FROM alembic_version")).all()


def test_migrations_that_fail_half_way_leave_the_database_as_it_was(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    create = op.create_index

    def until_the_disk_is_full(name: str, *of: Any, **more: Any) -> None:
        if name == "ix_delivery_address":
            raise OSError("no space left on the device")
        create(name, *of, **more)

    address = new_database()
    with monkeypatch.context() as patch:
        patch.setattr(op, "create_index", until_the_disk_is_full)
        with pytest.raises(OSError, match="no space left"):
            migrate(address)
    engine = open_database(address)
    assert inspect(engine).get_table_names() == []
    migrate(address)
    assert differences(engine) == []
    engine.dispose()


def test_several_processes_may_migrate_at_once(new_database: Callable[[], str]) -> None:
    address = new_database()
    environment = {**os.environ, "DATABASE_URL": address}
    command = [sys.executable, "-m", "commands.migrate"]
    processes = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    engine = open_database(address)
    assert differences(engine) == []
    engine.dispose()


@pytest.mark.parametrize("version", VERSIONS)
def test_no_migration_is_taken_back(version: str) -> None:
    with pytest.raises(RuntimeError, match="restore a"):
        import_module(f"models.migrations.versions.{version}").downgrade()


def test_a_database_that_cannot_be_reached_is_named_without_its_password() -> None:
    environment = {**os.environ, "DATABASE_URL": "postgresql://rykker:hidden@127.0.0.1:1/rykker"}
    command = [sys.executable, "-m", "commands.migrate"]
    failed = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT, check=False)
    assert failed.returncode == 1
    assert "postgresql://rykker:***@127.0.0.1:1/rykker cannot be reached; check DATABASE_URL" in failed.stderr
    assert "hidden" not in failed.stderr
    assert "Traceback" not in failed.stderr


# --- types ---


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 8, 10, 14, 0, tzinfo=COPENHAGEN),
        datetime(2026, 10, 25, 2, 30, tzinfo=COPENHAGEN, fold=0),
        datetime(2026, 10, 25, 2, 30, tzinfo=COPENHAGEN, fold=1),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=ZoneInfo("America/New_York")),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_with_its_zone(database: Engine, instant: datetime) -> None:
    with transaction(database) as session:
        session.add(CreditorRow(id=f"at-{instant.timestamp()}", name="", settings={}, books={}, created_at=instant))
    with transaction(database) as session:
        kept = session.get_one(CreditorRow, f"at-{instant.timestamp()}").created_at
        assert kept.tzinfo is not None
        assert kept.timestamp() == instant.timestamp()
        found = select(CreditorRow.id).where(CreditorRow.created_at == instant.astimezone(ZoneInfo("Asia/Tokyo")))
        assert f"at-{instant.timestamp()}" in session.exec(found).all()


def test_an_instant_without_a_zone_is_refused(database: Engine) -> None:
    naive = CreditorRow(id="naive", name="", settings={}, books={}, created_at=datetime(2026, 8, 10))  # noqa: DTZ001
    with pytest.raises(StatementError, match="an instant needs a time zone"), transaction(database) as session:
        session.add(naive)


def test_instants_sort_by_time_and_not_by_how_they_were_written(filled: Engine) -> None:
    zones = [ZoneInfo("Asia/Tokyo"), UTC, COPENHAGEN, ZoneInfo("America/New_York")]
    written = [(THEN + timedelta(microseconds=n)).astimezone(zone) for n, zone in enumerate(zones)]
    with transaction(filled) as session:
        for n, moment in enumerate(written):
            session.add(a_case(f"sorted-{n}", opened_at=moment))
    with transaction(filled) as session:
        query = select(CaseRow.id).where(col(CaseRow.id).startswith("sorted"), col(CaseRow.opened_at) > written[0])
        assert session.exec(query.order_by(col(CaseRow.opened_at))).all() == ["sorted-1", "sorted-2", "sorted-3"]


def test_amounts_beyond_32_bits_and_days_come_back_as_they_were(filled: Engine) -> None:
    with transaction(filled) as session:
        session.add(an_entry("nordlys.1001.1", "large", minor=-9_000_000_000_000))
    with transaction(filled) as session:
        kept = session.exec(select(EntryRow).where(EntryRow.key == "large")).one()
        assert (kept.amount_minor, kept.effective_date) == (-9_000_000_000_000, date(2026, 8, 10))


def test_a_transaction_that_fails_leaves_nothing(filled: Engine) -> None:
    def fail() -> None:
        with transaction(filled) as session:
            session.add(an_entry("nordlys.1001.1", "half"))
            trail.write(session, "nordlys", "half", THEN, "payment", "paid")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with transaction(filled) as session:
        assert session.exec(select(EntryRow).where(EntryRow.key == "half")).all() == []
        assert session.exec(select(TrailRow).where(TrailRow.key == "half")).all() == []


def test_what_was_committed_is_on_the_disk_when_the_power_goes(filled: Engine) -> None:
    """That a message is about to be handed over must not be forgotten, or it is handed over again."""
    asked, waits = ("PRAGMA synchronous", 2) if filled.dialect.name == "sqlite" else ("SHOW synchronous_commit", "on")
    with filled.connect() as connection:
        assert connection.exec_driver_sql(asked).scalar_one() == waits


def test_no_text_is_too_long_for_one_database_and_fine_for_the_other() -> None:
    # PostgreSQL refuses what is longer, SQLite keeps it: the refusal belongs to the edge, not to one of the two.
    assert LONG == []


# --- addresses ---


def test_a_postgresql_address_may_be_written_in_any_of_its_three_ways() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        engine = open_database(f"{scheme}://rykker:w%40rd@db.example/rykker?sslmode=require")
        assert engine.url.render_as_string(hide_password=False) == (
            "postgresql+psycopg://rykker:w%40rd@db.example/rykker?sslmode=require"
        )
        engine.dispose()


def test_the_folder_of_an_sqlite_file_is_made(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'not' / 'there' / 'rykker.db'}")
    assert (tmp_path / "not" / "there" / "rykker.db").exists()


def test_another_kind_of_database_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match="use sqlite:///<file> or postgresql://"):
        open_database("mysql://db.example/rykker")
