"""What stops and ends a case: freezes that come back to a person, plans, tasks with a result, replies, companies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import Instant
from models.migrations.forward_only import refuse_to_go_back

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "company",
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("trustee", sa.String(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("unanswered_since", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("country", "number"),
    )
    op.create_table(
        "set_aside",
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=False),
        sa.Column("customer_number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("released_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["creditor_id"],
            ["creditor.id"],
        ),
        sa.PrimaryKeyConstraint("creditor_id", "invoice_number"),
    )
    with op.batch_alter_table("set_aside") as table:
        table.create_index("ix_set_aside_customer_number", ["customer_number"], unique=False)

    op.create_table(
        "plan",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("paid_before_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("ended_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("plan") as table:
        table.create_index("ix_plan_case_id", ["case_id"], unique=False)

    op.create_table(
        "inbox_file",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("inbox_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbox_id"],
            ["inbox.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("inbox_file") as table:
        table.create_index("ix_inbox_file_inbox_id", ["inbox_id"], unique=False)

    op.create_table(
        "instalment",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("missed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plan.id"],
        ),
        sa.PrimaryKeyConstraint("plan_id", "number"),
    )
    with op.batch_alter_table("case") as table:
        table.add_column(sa.Column("page_key", sa.String(), nullable=False, server_default=""))
        table.create_index("ix_case_page_key", ["page_key"], unique=False)

    with op.batch_alter_table("creditor") as table:
        table.add_column(sa.Column("quarantines", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("first_read_at", Instant(), nullable=True))

    with op.batch_alter_table("freeze") as table:
        table.add_column(sa.Column("owner", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("back_at", Instant(), nullable=True))
        table.add_column(sa.Column("times_back", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("about", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("outcome", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("figures", sa.JSON(), nullable=False, server_default="[]"))

    with op.batch_alter_table("inbox") as table:
        table.add_column(sa.Column("channel", sa.String(), nullable=False, server_default="staff"))
        table.add_column(sa.Column("sender", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("subject", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("source_id", sa.String(), nullable=True))
        table.add_column(sa.Column("unmatched_why", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("settled_at", Instant(), nullable=True))
        table.add_column(sa.Column("settled_by", sa.String(), nullable=False, server_default=""))
        table.alter_column("creditor_id", existing_type=sa.String(), nullable=True)
        table.alter_column("case_id", existing_type=sa.String(), nullable=True)
        table.create_unique_constraint("uq_inbox_source", ["creditor_id", "source_id"])

    with op.batch_alter_table("invoice") as table:
        table.add_column(sa.Column("due_date_before", sa.Date(), nullable=True))
        table.add_column(sa.Column("missing_since", Instant(), nullable=True))

    with op.batch_alter_table("task") as table:
        table.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="call"))
        table.add_column(sa.Column("owner", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("amount_minor", sa.BigInteger(), server_default="0", nullable=False))
        table.add_column(sa.Column("result", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("note", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("done_by", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    refuse_to_go_back()
