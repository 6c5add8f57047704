"""Who got which head of a trail by e-mail; and the hidden row numbers of SQLite are no way around the refusals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import Instant
from models.migrations.append_only import protect_row_numbers
from models.migrations.forward_only import refuse_to_go_back

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchor",
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("creditor_id", "day", "person_id"),
    )
    for table in ("trail", "verdict"):
        protect_row_numbers(table)


def downgrade() -> None:
    refuse_to_go_back()
