"""Filed reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0115_reports_filed"
down_revision = "0110_publication_editors"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "satudata_report",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Text),
        sa.Column("filed_by_name", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False, unique=True),
        sa.Column("files", JSONB, nullable=False),
        sa.UniqueConstraint("name", "from_on", "until_on", name="uq_satudata_report_period"),
    )


def downgrade():
    op.drop_table("satudata_report")
