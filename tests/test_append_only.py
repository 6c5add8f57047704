"""Trail, ledger and verdicts can only be added to: the database itself refuses everything else, whichever it is."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, Integer, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.record import APPEND_ONLY
from models.tables import METADATA
from tests.filled_database import filled

__all__ = ["filled"]

CHANGES = [
    "UPDATE {table} SET {column} = {column}",
    "UPDATE {table} SET {column} = 'forged'",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE {column} IS NOT NULL",
]
COLUMNS = {"entry": "kind", "trail": "text", "verdict": "answer"}
KEYS = {"entry": "id", "trail": "creditor_id, seq", "verdict": "proposal_id, round, guard"}
EMPTYING = {
    # SQLite has no TRUNCATE; DELETE without WHERE empties a table in one go, and does so only where no trigger objects.
    "sqlite": [("DELETE FROM {table}", "{table}")],
    "postgresql": [
        ("TRUNCATE {table}", "{table}"),
        ("TRUNCATE creditor CASCADE", ""),
        ("SET LOCAL session_replication_role = replica; DELETE FROM {table}", "{table}"),
    ],
}
"""Per database, statements that would empty a table, and the table that the refusal names."""
ROUNDABOUT = {
    "sqlite": [
        "UPDATE OR IGNORE {table} SET {column} = 'forged'",
        "UPDATE OR REPLACE {table} SET {column} = 'forged'",
        "UPDATE OR FAIL {table} SET {column} = 'forged' RETURNING *",
        "DELETE FROM {table} RETURNING *",
    ],
    "postgresql": [
        "MERGE INTO {table} USING (SELECT 1) AS one ON true WHEN MATCHED THEN UPDATE SET {column} = 'forged'",
        "MERGE INTO {table} USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM {table} RETURNING *) SELECT * FROM gone",
        "WITH forged AS (UPDATE {table} SET {column} = 'forged' RETURNING *) SELECT * FROM forged",
        "DELETE FROM ONLY {table}",
        "DO 'BEGIN UPDATE {table} SET {column} = upper({column}); END'",
        "TRUNCATE ONLY {table} RESTART IDENTITY CASCADE",
    ],
}
"""Per database, other statements that change or remove what stands."""
FIELDS = [(table, column.name) for table in APPEND_ONLY for column in METADATA.tables[table].columns]


def test_every_table_that_only_grows_is_tried_here() -> None:
    assert set(APPEND_ONLY) == set(COLUMNS) == set(KEYS)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", CHANGES)
def test_the_database_itself_refuses_to_change_what_stands(filled: Engine, table: str, change: str) -> None:
    refused(filled, change.format(table=table, column=COLUMNS[table]), table)


@pytest.mark.parametrize(("table", "column"), FIELDS)
def test_no_field_of_a_row_can_be_written_again(filled: Engine, table: str, column: str) -> None:
    refused(filled, f'UPDATE {table} SET "{column}" = "{column}"', table)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_other_way_leads_around_the_refusal(filled: Engine, table: str) -> None:
    for statement in ROUNDABOUT[filled.dialect.name]:
        refused(filled, statement.format(table=table, column=COLUMNS[table]), table)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_inserting_over_a_row_is_a_change_too(filled: Engine, table: str) -> None:
    column = COLUMNS[table]
    upsert = f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({KEYS[table]})"
    refused(filled, f"{upsert} DO UPDATE SET {column} = 'forged'", table)
    if filled.dialect.name == "sqlite":
        refused(filled, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", table)
        refused(filled, f"REPLACE INTO {table} SELECT * FROM {table}", table)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_row_cannot_be_replaced_by_one_with_other_keys_and_the_same_hidden_number(filled: Engine, table: str) -> None:
    if filled.dialect.name == "postgresql":
        # It has no REPLACE, and nobody chooses where a row stands.
        refused(filled, f"UPDATE {table} SET {COLUMNS[table]} = 'forged' WHERE ctid = '(0,1)'", table)
        return
    columns = METADATA.tables[table].columns
    keys = {column.name for column in columns if column.primary_key} | {"key"}
    others = {
        column.name: (f'"{column.name}" + 1000' if isinstance(column.type, Integer) else f"'other ' || {column.name}")
        for column in columns
        if column.name in keys and not column.foreign_keys
    }
    named = ", ".join(f'"{column.name}"' for column in columns if column.name != "id")
    values = ", ".join(others.get(column.name, f'"{column.name}"') for column in columns if column.name != "id")
    refused(filled, f"REPLACE INTO {table} (rowid, {named}) SELECT rowid, {values} FROM {table}", table)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_table_that_only_grows_cannot_be_emptied(filled: Engine, table: str) -> None:
    for statement, named in EMPTYING[filled.dialect.name]:
        refused(filled, statement.format(table=table), named.format(table=table))


def refused(engine: Engine, statement: str, table: str) -> None:
    """The statement fails because of its table, and everything is still there."""
    before = contents(engine)
    with pytest.raises(DBAPIError, match=f"{table}.* is append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert contents(engine) == before


def contents(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in APPEND_ONLY]


@pytest.mark.parametrize(("table", "row"), [("creditor", "nordlys"), ("case", "nordlys.1001.1"), ("proposal", "p")])
def test_what_the_record_stands_on_cannot_be_taken_from_under_it(filled: Engine, table: str, row: str) -> None:
    with pytest.raises(IntegrityError), filled.begin() as connection:
        connection.execute(text(f'DELETE FROM "{table}" WHERE id = :row'), {"row": row})
