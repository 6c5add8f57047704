"""Reports are looked up by address: whether what is mailed to people of a creditor comes back."""

from __future__ import annotations

from alembic import op

from models.migrations.forward_only import refuse_to_go_back

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_delivery_address", "delivery", ["address"])


def downgrade() -> None:
    refuse_to_go_back()
