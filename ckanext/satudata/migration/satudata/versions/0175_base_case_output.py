"""What steps done by hand bring: a document, or its number and date."""

import sqlalchemy as sa
from alembic import op

revision = "0175_base_case_output"
down_revision = "0185_clock_calendar"
branch_labels = None
depends_on = None

TABLE = "satudata_case_output"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("satudata_case.id"), nullable=False),
        sa.Column("step_id", sa.Text, sa.ForeignKey("satudata_case_step.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("dated_on", sa.Date),
        sa.Column("vault_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id")),
        sa.Column("added_by", sa.String(100)),
        sa.Column("added_by_name", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"ix_{TABLE}_case_id", TABLE, ["case_id"])


def downgrade():
    op.drop_table(TABLE)
