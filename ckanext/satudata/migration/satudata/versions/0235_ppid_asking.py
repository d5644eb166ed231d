"""Applicants' identity and files, drafts, messages, and requests that an officer enters."""

import sqlalchemy as sa
from alembic import op

revision = "0235_ppid_asking"
down_revision = "0240_ppid_handling"
branch_labels = None
depends_on = None

REQUEST = "satudata_ppid_request"
DRAFT, FILE, MESSAGE = "satudata_request_draft", "satudata_applicant_file", "satudata_request_message"


def upgrade():
    op.add_column(REQUEST, sa.Column("legal_number", sa.LargeBinary))
    op.add_column(REQUEST, sa.Column("power_number", sa.LargeBinary))
    op.add_column(REQUEST, sa.Column("is_citizen", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column(REQUEST, sa.Column("account_id", sa.Text))
    op.add_column(REQUEST, sa.Column("entered_by", sa.Text))
    op.add_column(REQUEST, sa.Column("channel", sa.Text, nullable=False, server_default="online"))
    op.add_column(REQUEST, sa.Column("outside_number", sa.Text))
    op.create_unique_constraint(f"uq_{REQUEST}_outside_number", REQUEST, ["outside_number"])
    for column in ("is_citizen", "channel"):
        op.alter_column(REQUEST, column, server_default=None)
    op.create_table(
        DRAFT,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("token_hash", name=f"uq_{DRAFT}_token_hash"),
    )
    op.create_index(f"ix_{DRAFT}_saved_at", DRAFT, ["saved_at"])
    op.create_table(
        FILE,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey(f"{REQUEST}.id", name=f"fk_{FILE}_request_id_{REQUEST}")),
        sa.Column("draft_id", sa.Text, sa.ForeignKey(f"{DRAFT}.id", name=f"fk_{FILE}_draft_id_{DRAFT}")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("vault_id", sa.Text, nullable=False),
        sa.Column("file_key", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.LargeBinary),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"ix_{FILE}_request_id", FILE, ["request_id"])
    op.create_index(f"ix_{FILE}_draft_id", FILE, ["draft_id"])
    op.create_table(
        MESSAGE,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "request_id",
            sa.Text,
            sa.ForeignKey(f"{REQUEST}.id", name=f"fk_{MESSAGE}_request_id_{REQUEST}"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("author_id", sa.Text),
        sa.Column("body", sa.LargeBinary),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.UniqueConstraint("key_hash", name=f"uq_{MESSAGE}_key_hash"),
    )
    op.create_index(f"ix_{MESSAGE}_request_id", MESSAGE, ["request_id"])


def downgrade():
    op.drop_table(MESSAGE)
    op.drop_table(FILE)
    op.drop_table(DRAFT)
    op.drop_constraint(f"uq_{REQUEST}_outside_number", REQUEST)
    for column in (
        "outside_number",
        "channel",
        "entered_by",
        "account_id",
        "is_citizen",
        "power_number",
        "legal_number",
    ):
        op.drop_column(REQUEST, column)
