"""What became of messages on their way: reports of the providers, and providers that asked for a pause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import Instant
from models.migrations.forward_only import refuse_to_go_back

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["creditor_id"],
            ["creditor.id"],
        ),
        sa.PrimaryKeyConstraint("source"),
    )
    with op.batch_alter_table("delivery") as table:
        table.create_index("ix_delivery_message_id", ["message_id"], unique=False)
        table.create_index("ix_delivery_creditor_id", ["creditor_id"], unique=False)
        table.create_index("ix_delivery_case_id", ["case_id"], unique=False)
        table.create_index("ix_delivery_taken_at", ["taken_at"], unique=False)

    op.create_table(
        "channel_rest",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
    with op.batch_alter_table("message") as table:
        table.add_column(sa.Column("delivery", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("delivered_at", Instant(), nullable=True))
        table.add_column(sa.Column("delivery_reason", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("retry_at", Instant(), nullable=True))


def downgrade() -> None:
    refuse_to_go_back()
