"""How requests are handled, and what is decided on each part of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0240_ppid_handling"
down_revision = "0261_ppid_public_answer"
branch_labels = None
depends_on = None

HANDLING, PART, REQUEST = "satudata_ppid_handling", "satudata_ppid_part", "satudata_ppid_request.id"


def upgrade():
    op.create_table(
        HANDLING,
        sa.Column("request_id", sa.Text, sa.ForeignKey(REQUEST), primary_key=True),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("missing", JSONB, nullable=False),
        sa.Column("missing_note", sa.Text, nullable=False),
        sa.Column("repairs", JSONB, nullable=False),
        sa.Column("dip", JSONB, nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True)),
        sa.Column("extension_code", sa.Text),
        sa.Column("notified_at", sa.DateTime(timezone=True)),
        sa.Column("promised_on", sa.Date),
        sa.Column("warned_day", sa.Integer, nullable=False),
        sa.Column("public_link", sa.Text),
        sa.Column("passed_to", sa.Text),
        sa.Column("merged_into_id", sa.Text),
        sa.Column("split_from_id", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"ix_{HANDLING}_split_from_id", HANDLING, ["split_from_id"])
    op.create_table(
        PART,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey(REQUEST), nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Text),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text),
        sa.Column("explanation", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("decree_id", sa.Text),
        sa.Column("test_case_id", sa.Text),
        sa.Column("test_state", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("replaced_at", sa.DateTime(timezone=True)),
    )
    op.create_index(f"ix_{PART}_request_id", PART, ["request_id"])


def downgrade():
    op.drop_table(PART)
    op.drop_table(HANDLING)
