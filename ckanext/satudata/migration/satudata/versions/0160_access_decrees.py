"""Decrees, minutes, and the public words of excluded information."""

import sqlalchemy as sa
from alembic import op

revision = "0160_access_decrees"
down_revision = "0155_ppid_code_time"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "satudata_decree",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("dated_on", sa.Date, nullable=False),
        sa.Column("in_force_from_on", sa.Date, nullable=False),
        sa.Column("in_force_until_on", sa.Date),
        sa.Column("scan_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id")),
        sa.Column("created_by", sa.String(36)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("kind", "number", "dated_on", name="uq_satudata_decree_number"),
    )
    op.create_table(
        "satudata_decree_row",
        sa.Column("decree_id", sa.String(36), sa.ForeignKey("satudata_decree.id", ondelete="CASCADE"), nullable=False),
        sa.Column("no", sa.Integer, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("dataset_id", sa.String(100)),
        sa.PrimaryKeyConstraint("decree_id", "no"),
    )
    op.create_index("ix_satudata_decree_row_dataset_id", "satudata_decree_row", ["dataset_id"])
    op.create_table(
        "satudata_minutes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("dataset_id", sa.String(100)),
        sa.Column("decree_id", sa.String(36), sa.ForeignKey("satudata_decree.id")),
        sa.Column("case_id", sa.String(36)),
        sa.Column("scan_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id")),
        sa.Column("form_key", sa.String(100), unique=True),
        sa.Column("created_by", sa.String(36)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    for name in ("dataset_id", "decree_id", "case_id"):
        op.create_index(f"ix_satudata_minutes_{name}", "satudata_minutes", [name])
    op.create_table(
        "satudata_dik_row",
        sa.Column("package_id", sa.String(100), nullable=False),
        sa.Column("resource_id", sa.String(100), nullable=False),
        sa.Column("public_text", sa.Text, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("changed_by", sa.String(36)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("package_id", "resource_id"),
    )


def downgrade():
    for name in ("dik_row", "minutes", "decree_row", "decree"):
        op.drop_table(f"satudata_{name}")
