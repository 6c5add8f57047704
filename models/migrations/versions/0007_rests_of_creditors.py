"""A pause that a provider asked for is a creditor's own: creditors have senders of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import Instant
from models.migrations.forward_only import refuse_to_go_back

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What stood in it was over within minutes.
    op.drop_table("channel_rest")
    op.create_table(
        "channel_rest",
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("creditor_id", "channel"),
    )


def downgrade() -> None:
    refuse_to_go_back()
