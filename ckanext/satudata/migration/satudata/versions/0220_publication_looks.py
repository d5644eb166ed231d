"""Looks into files: the rows in which two versions differ, and the quality of a table."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0220_publication_looks"
down_revision = "0205_publication_approvals"
branch_labels = None
depends_on = None

TABLE = "satudata_look"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("work", sa.String(20), nullable=False),
        sa.Column("first_id", sa.String(36), nullable=False),
        sa.Column("second_id", sa.String(36)),
        sa.Column("asked", JSONB, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("result", JSONB),
        sa.Column("fault", JSONB),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("changed_at", instant, nullable=False),
    )
    for column in ("first_id", "second_id"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])


def downgrade():
    op.drop_table(TABLE)
