"""Runs the migrations against the database that models.database names."""

from __future__ import annotations

from alembic import context

from models.database import open_database
from models.tables import METADATA

engine = open_database(context.config.attributes["url"])
try:
    with engine.connect() as connection:
        # Alembic takes it that SQLite commits at every change of a table. It does not, and one transaction from the
        # first look at the version on keeps others that migrate at the same moment waiting, and a failed one whole.
        context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, transactional_ddl=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
finally:
    engine.dispose()
