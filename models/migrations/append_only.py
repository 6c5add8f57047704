"""Makes the database itself refuse every change of what stands in a table, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def protect(table: str) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and REPLACE on `table`, keys and all in place; adding rows stays possible."""
    if op.get_bind().dialect.name == "postgresql":
        _protect_postgresql(table)
    else:
        _protect_sqlite(table)


def _protect_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
    # Otherwise a session could step around it with session_replication_role.
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")


def _protect_sqlite(table: str) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for change in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {refuse}")
    # INSERT OR REPLACE removes the old row without asking the DELETE trigger.
    for n, key in enumerate(_keys(table)):
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace_{n} BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}"
        )


def protect_row_numbers(table: str) -> None:
    """On SQLite also refuse INSERT OR REPLACE over a row's hidden number, which is a key that no schema shows.

    A table whose only key is one whole number has no other row number; `protect` suffices for it.
    """
    if op.get_bind().dialect.name == "sqlite":
        # An INSERT that names no row number has -1 here.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace_row BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _keys(table: str) -> list[list[str]]:
    """The columns of each unique key of a table."""
    inspector = sa.inspect(op.get_bind())
    unique = [list(key["column_names"]) for key in inspector.get_unique_constraints(table)]
    return [list(inspector.get_pk_constraint(table)["constrained_columns"]), *unique]
