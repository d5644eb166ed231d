"""Reports of harvested records: what was mended, field by field."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0221_publication_harvest_report"
down_revision = "0212_desk_given_steps"
branch_labels = None
depends_on = None

TABLE = "satudata_harvest_report"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("package_id", sa.String(100), primary_key=True),
        sa.Column("source_id", sa.String(100)),
        sa.Column("remarks", JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"ix_{TABLE}_source_id", TABLE, ["source_id"])


def downgrade():
    op.drop_table(TABLE)
