"""Invitations to officers."""

import sqlalchemy as sa
from alembic import op

revision = "0048_invitation"
down_revision = "0045_engine_process"
branch_labels = None
depends_on = None


def upgrade():
    """Makes `satudata_invitation`."""
    op.create_table(
        "satudata_invitation",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_by_id", sa.String(100)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("replaced_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_satudata_invitation"),
    )
    op.create_index("ix_satudata_invitation_user_id", "satudata_invitation", ["user_id"])
    op.create_index("uq_satudata_invitation_token_hash", "satudata_invitation", ["token_hash"], unique=True)


def downgrade():
    """Drops it."""
    op.drop_table("satudata_invitation")
