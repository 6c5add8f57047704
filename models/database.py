"""The database: SQLite by default, PostgreSQL by DATABASE_URL, the same code for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, make_url
from sqlmodel import Session, create_engine

MIGRATIONS = Path(__file__).parent / "migrations"
CONNECTS_WITHIN = 10
"""Seconds; a database whose host does not answer at all is away, not slow."""
POOL = {"pool_size": 20, "max_overflow": 20, "hide_parameters": True}
MIGRATING = 0x72796B6B
"""The advisory lock of PostgreSQL under which one process at a time migrates."""
_TURNS: WeakKeyDictionary[Engine, AbstractContextManager[Any]] = WeakKeyDictionary()
"""Where the writers of an SQLite file queue within this process: SQLite itself lets them sleep and try again."""


def open_database(url: str) -> Engine:
    """An engine for a database address such as sqlite:///data/rykker.db or postgresql://user:word@host/name."""
    address = make_url(url)
    if address.get_backend_name() in ("postgresql", "postgres"):
        # pre_ping: a worker outlives restarts of its database; a dead connection is replaced before it is used.
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECTS_WITHIN},
            **POOL,
        )
    if address.get_backend_name() != "sqlite":
        raise ValueError(f"{address.drivername} is no database we know: use sqlite:///<file> or postgresql://...")
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": 60, "check_same_thread": False}, **POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    _TURNS[engine] = RLock()
    return engine


def migrate(url: str) -> None:
    """Bring the database to the newest migration; doing it again, or in several processes at once, does no harm."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                # SQLite's write lock does this by itself.
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATING})")
            command.upgrade(config, "head")
    finally:
        engine.dispose()


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: everything in it is written, or nothing."""
    with _TURNS.get(engine, nullcontext()), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A look at the database as it is now, which waits for nobody; nothing is written in it."""
    looking = engine.execution_options(only_reads=True)
    with Session(looking, expire_on_commit=False) as session, session.begin():
        yield session


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    # NORMAL would lose the last commits with the power, and with them that a message was just handed over.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Any) -> None:
    """Take the write lock at once: SQLite cannot wait for it in the middle of a transaction."""
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
