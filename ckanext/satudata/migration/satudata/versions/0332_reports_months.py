"""How complete descriptions were in each month; the index of finished steps holds since when they waited, too."""

import sqlalchemy as sa
from alembic import op

revision = "0332_reports_months"
down_revision = "0331_reports_covering_indexes"
branch_labels = None
depends_on = None

STEPS, DONE = "satudata_case_step", "ix_satudata_case_step_done_at"
MONTHS = "satudata_completeness_month"


def upgrade():
    op.create_table(
        MONTHS,
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("complete", sa.Integer, nullable=False),
        sa.Column("incomplete", sa.Integer, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.drop_index(DONE, table_name=STEPS)
    _ended(["case_id", "due_at", "command", "opened_at", "role"], "done_at is not null")


def downgrade():
    op.drop_index(DONE, table_name=STEPS)
    _ended(["case_id", "due_at", "command"], "command is not null")
    op.drop_table(MONTHS)


def _ended(columns, of):
    op.create_index(DONE, STEPS, ["done_at"], postgresql_include=columns, postgresql_where=sa.text(of))
