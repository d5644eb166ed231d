"""Complaints about the service, sent without an account."""

import sqlalchemy as sa
from alembic import op

revision = "0211_desk_complaints"
down_revision = "0206_publication_batches"
branch_labels = None
depends_on = None

TABLE = "satudata_complaint"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("ref", sa.Text, nullable=False, unique=True),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("case_id", sa.Text, unique=True),
        *(sa.Column(name, sa.LargeBinary) for name in ("name", "email", "phone", "text")),
        sa.Column("attachment_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id")),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False, unique=True),
        sa.Column("tracking_hash", sa.Text, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("answered_at", instant),
        sa.Column("erased_at", instant),
    )


def downgrade():
    op.drop_table(TABLE)
