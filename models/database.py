"""The database: SQLite by default, PostgreSQL by DATABASE_URL, the same code for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event
from sqlmodel import Session, create_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> Engine:
    """An engine for a database address such as sqlite:///data/rykker.db or postgresql://user:word@host/name."""
    if url.startswith(("postgresql://", "postgres://")):
        return create_engine("postgresql+psycopg://" + url.split("://", 1)[1], pool_size=20, max_overflow=20)
    if not url.startswith("sqlite:"):
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": 60, "check_same_thread": False}, pool_size=20, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(url: str) -> None:
    """Bring the database to the newest migration; doing it again changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: everything in it is written, or nothing."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at once: SQLite cannot wait for it in the middle of a transaction."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
