"""Words that were looked for in vain, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0295_reports_search_miss"
down_revision = "0290_reports_jobs"
branch_labels = None
depends_on = None

TABLE = "satudata_search_miss"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("words_hash", sa.String(64), primary_key=True),
        sa.Column("on", sa.Date, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("words", sa.Text),
    )
    op.create_index(f"ix_{TABLE}_on", TABLE, ["on"])


def downgrade():
    op.drop_table(TABLE)
