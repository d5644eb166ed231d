"""Texts that officers write for a report, and what a filed report was made of."""

import sqlalchemy as sa
from alembic import op

revision = "0285_reports_texts"
down_revision = "0300_ppid_letter_annex"
branch_labels = None
depends_on = None

REPORT, TEXT = "satudata_report", "satudata_report_text"


def upgrade():
    op.create_table(
        TEXT,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("from_on", sa.Date, primary_key=True),
        sa.Column("until_on", sa.Date, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_by", sa.Text),
        sa.Column("written_by_name", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )
    for column in ("definition", "sha256", "seal"):
        op.add_column(REPORT, sa.Column(column, sa.Text, nullable=False, server_default=""))
    op.add_column(REPORT, sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()))
    # Reports that were filed before keep the hash of what they said.
    op.execute(f"UPDATE {REPORT} SET sha256 = coalesce(files->'json'->>'sha256', '')")


def downgrade():
    for column in ("is_public", "seal", "sha256", "definition"):
        op.drop_column(REPORT, column)
    op.drop_table(TEXT)
