"""What agencies were called, and whose data were."""

import sqlalchemy as sa
from alembic import op

revision = "0298_reports_agency_past"
down_revision = "0235_ppid_asking"
branch_labels = None
depends_on = None


def upgrade():
    for table, of, more in (
        ("satudata_former_name", "organization_id", "title"),
        ("satudata_former_owner", "package_id", "organization_id"),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.String(36), primary_key=True),
            sa.Column(of, sa.Text, nullable=False),
            sa.Column(more, sa.Text, nullable=False),
            sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        )
        op.create_index(f"ix_{table}_{of}_until_at", table, [of, "until_at"])


def downgrade():
    op.drop_table("satudata_former_owner")
    op.drop_table("satudata_former_name")
