"""Indexes by which reports find the steps that were finished in their period, and when requests were answered."""

import sqlalchemy as sa
from alembic import op

revision = "0319_reports_indexes"
down_revision = "0317_ppid_clock_kept"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        "ix_satudata_case_step_done_at",
        "satudata_case_step",
        ["done_at"],
        postgresql_where=sa.text("command is not null"),
    )
    op.create_index(
        "ix_satudata_case_step_delivered",
        "satudata_case_step",
        ["case_id", "done_at"],
        postgresql_where=sa.text("command = 'deliver'"),
    )


def downgrade():
    op.drop_index("ix_satudata_case_step_delivered", table_name="satudata_case_step")
    op.drop_index("ix_satudata_case_step_done_at", table_name="satudata_case_step")
