"""One command for many datasets, each with a result of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0206_publication_batches"
down_revision = "0200_people_dispositions"
branch_labels = None
depends_on = None

BATCH, ITEM = "satudata_batch", "satudata_batch_item"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        BATCH,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("command", sa.String(20), nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("key", sa.String(100)),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("ended_at", instant),
        sa.UniqueConstraint("asked_by", "key"),
    )
    op.create_index(f"ix_{BATCH}_ended_at", BATCH, ["ended_at"])
    op.create_table(
        ITEM,
        sa.Column("batch_id", sa.String(36), sa.ForeignKey(f"{BATCH}.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("package_id", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_id", sa.String(100)),
        sa.Column("done_at", instant),
    )


def downgrade():
    op.drop_table(ITEM)
    op.drop_table(BATCH)
