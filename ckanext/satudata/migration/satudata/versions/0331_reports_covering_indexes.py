"""Indexes that hold all that dashboards and reports read of counted downloads and of finished steps."""

import sqlalchemy as sa
from alembic import op

revision = "0331_reports_covering_indexes"
down_revision = "0329_ppid_refused_closed"
branch_labels = None
depends_on = None

STEPS, DONE = "satudata_case_step", "ix_satudata_case_step_done_at"
DOWNLOADS, COUNTED = "satudata_download", "ix_satudata_download_counted"


def upgrade():
    op.create_index(
        COUNTED,
        DOWNLOADS,
        ["at"],
        postgresql_include=["package_id", "resource_id", "grant_id", "channel", "client"],
        postgresql_where=sa.text(
            "channel in ('file', 'link', 'rows', 'grant') and client not in ('internal', 'robot')"
        ),
    )
    op.drop_index(DONE, table_name=STEPS)
    _finished(postgresql_include=["case_id", "due_at", "command"])


def downgrade():
    op.drop_index(DONE, table_name=STEPS)
    _finished()
    op.drop_index(COUNTED, table_name=DOWNLOADS)


def _finished(**options):
    op.create_index(DONE, STEPS, ["done_at"], postgresql_where=sa.text("command is not null"), **options)
