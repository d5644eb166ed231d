"""The figures of dashboards for everybody, as they were counted last."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0320_reports_kept_boards"
down_revision = "0325_ppid_form_and_period"
branch_labels = None
depends_on = None

TABLE = "satudata_kept_board"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("open_now", sa.Text, nullable=False),
        sa.Column("as_of_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", JSONB, nullable=False),
    )


def downgrade():
    op.drop_table(TABLE)
