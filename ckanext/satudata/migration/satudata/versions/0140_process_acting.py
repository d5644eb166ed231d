"""An acting officer's decision is marked as such.

Revision ID: 0140_process_acting
Revises: 0130_ppid_handover_version
"""

import sqlalchemy as sa
from alembic import op

revision = "0140_process_acting"
down_revision = "0130_ppid_handover_version"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("satudata_case_step", sa.Column("done_as", sa.Text))


def downgrade():
    op.drop_column("satudata_case_step", "done_as")
