"""What the sweep found forgotten, and the alarms that came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import Instant
from models.migrations.forward_only import refuse_to_go_back

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("says", sa.String(), nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("cleared_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["creditor_id"],
            ["creditor.id"],
        ),
        sa.PrimaryKeyConstraint("creditor_id", "matter", "about"),
    )
    with op.batch_alter_table("alarm") as table:
        table.create_index("ix_alarm_case_id", ["case_id"], unique=False)


def downgrade() -> None:
    refuse_to_go_back()
