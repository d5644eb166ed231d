"""How complete each dataset's description was when it was last looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0314_reports_completeness"
down_revision = "0285_reports_texts"
branch_labels = None
depends_on = None

TABLE = "satudata_completeness"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table(TABLE)
