"""What a letter that went out claimed, words for tasks, and the value date of a settlement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.migrations.forward_only import refuse_to_go_back

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("proposal") as proposal:
        proposal.add_column(sa.Column("hold_hours", sa.Integer(), nullable=False, server_default="24"))
        proposal.add_column(sa.Column("letter_kind", sa.String(), nullable=False, server_default=""))
        proposal.add_column(sa.Column("deadline", sa.Date(), nullable=True))
        proposal.add_column(sa.Column("fee_minor", sa.Integer(), nullable=False, server_default="0"))
        proposal.add_column(sa.Column("announced_fee", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("text", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("invoice") as invoice:
        invoice.add_column(sa.Column("settled_on", sa.Date(), nullable=True))


def downgrade() -> None:
    refuse_to_go_back()
