"""What is published of a request."""

import sqlalchemy as sa
from alembic import op

revision = "0261_ppid_public_answer"
down_revision = "0256_ppid_erasing"
branch_labels = None
depends_on = None

TABLE = "satudata_public_answer"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "request_id",
            sa.Text,
            sa.ForeignKey("satudata_ppid_request.id", name=f"fk_{TABLE}_request_id_satudata_ppid_request"),
            nullable=False,
        ),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.Text),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("request_id", name=f"uq_{TABLE}_request_id"),
    )
    op.create_index(f"ix_{TABLE}_state", TABLE, ["state"])


def downgrade():
    op.drop_table(TABLE)
