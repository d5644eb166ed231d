"""Each change of the level of what is public is recorded, with what must still be cleaned up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0165_access_reclassification"
down_revision = "0160_access_decrees"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
TABLE = "satudata_reclassification"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("package_id", sa.String(100), nullable=False),
        sa.Column("resource_id", sa.String(100)),
        sa.Column("organization_id", sa.String(100)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("from_level", sa.String(20), nullable=False),
        sa.Column("to_level", sa.String(20), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ground", JSONB, nullable=False),
        sa.Column("by_id", sa.String(100)),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("case_id", sa.String(36)),
        sa.Column("done", JSONB, nullable=False),
        sa.Column("pending", JSONB, nullable=False),
        sa.Column("finished_at", AT),
        sa.Column("form_key", sa.String(100), unique=True),
    )
    for column in ("package_id", "at", "case_id", "finished_at"):
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])


def downgrade():
    op.drop_table(TABLE)
