"""Roles of officers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0030_officer_role"
down_revision = "0020_ppid_requests"
branch_labels = None
depends_on = None


def upgrade():
    """Makes `satudata_officer_role`."""
    op.create_table(
        "satudata_officer_role",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(100)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("processes", ARRAY(sa.String(60)), nullable=False),
        sa.Column("valid_from_on", sa.Date()),
        sa.Column("valid_until_on", sa.Date()),
        sa.Column("letter_number", sa.String(200), nullable=False),
        sa.Column("letter_on", sa.Date()),
        sa.Column("created_by_id", sa.String(100)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.String(100)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_satudata_officer_role"),
    )
    op.create_index("ix_satudata_officer_role_user_id", "satudata_officer_role", ["user_id"])
    op.create_index("ix_satudata_officer_role_role", "satudata_officer_role", ["role", "organization_id"])


def downgrade():
    """Drops it."""
    op.drop_table("satudata_officer_role")
