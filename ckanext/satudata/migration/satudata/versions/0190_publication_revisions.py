"""Revisions: the open working copy of a published dataset, and the versions that were public."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0190_publication_revisions"
down_revision = "0172_access_restriction_tests"
branch_labels = None
depends_on = None

TABLE, FILES = "satudata_revision", "satudata_resource_file"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("package_id", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("base_id", sa.String(36), sa.ForeignKey(f"{TABLE}.id")),
        sa.Column("restored_id", sa.String(36), sa.ForeignKey(f"{TABLE}.id")),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("reviewed_hash", sa.String(64)),
        sa.Column("saves", sa.Integer, nullable=False),
        sa.Column("touched", JSONB, nullable=False),
        sa.Column("editors", JSONB, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("changed_by", sa.String(100)),
        sa.Column("published_at", instant),
        sa.Column("published_by", sa.Text),
        sa.Column("pending", JSONB, nullable=False),
        sa.UniqueConstraint("package_id", "number"),
    )
    op.create_index(f"ix_{TABLE}_package_id", TABLE, ["package_id"])
    op.create_index(
        "uq_satudata_revision_open",
        TABLE,
        ["package_id"],
        unique=True,
        postgresql_where=sa.text("state in ('draft', 'in_review', 'approved')"),
    )
    op.add_column(FILES, sa.Column("revision_id", sa.String(36)))
    op.create_index(f"ix_{FILES}_revision_id", FILES, ["revision_id"])


def downgrade():
    op.drop_column(FILES, "revision_id")
    op.drop_table(TABLE)
