"""Overrides: cases moved outside their SOP by two persons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0181_process_override"
down_revision = "0175_base_case_output"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "satudata_override",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("from_steps", JSONB, nullable=False),
        sa.Column("to_step", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_by_name", sa.Text, nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("asked_entry", sa.BigInteger, nullable=False),
        sa.Column("answered_by", sa.Text),
        sa.Column("answered_by_name", sa.Text),
        sa.Column("answered_at", AT),
        sa.Column("answered_entry", sa.BigInteger),
    )
    op.create_index("ix_satudata_override_case_id", "satudata_override", ["case_id"])
    op.create_index(
        "uq_satudata_override_asked",
        "satudata_override",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade():
    op.drop_table("satudata_override")
