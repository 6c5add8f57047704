"""Runs the migrations against the database that models.database names."""

from __future__ import annotations

from alembic import context

from models.database import open_database
from models.tables import METADATA

engine = open_database(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
