"""Posts and analysis reports, their versions, and where they were shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0215_posts"
down_revision = "0210_desk_open_steps"
branch_labels = None
depends_on = None

POST, VERSION, CHANNEL = "satudata_post", "satudata_post_version", "satudata_post_channel"


def upgrade():
    op.create_table(
        POST,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("satudata_case.id"), nullable=False, unique=True),
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(100)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, unique=True),
        sa.Column("dataset_id", sa.String(100)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    )
    for column in ("organization_id", "dataset_id", "published_at"):
        op.create_index(f"ix_{POST}_{column}", POST, [column])
    op.create_table(
        VERSION,
        sa.Column("post_id", sa.String(36), sa.ForeignKey(f"{POST}.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("saved_by", sa.String(100)),
        sa.Column("saved_by_name", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        f"ix_{VERSION}_content",
        VERSION,
        [sa.text("content jsonb_path_ops")],
        postgresql_using="gin",
    )
    op.create_table(
        CHANNEL,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("post_id", sa.String(36), sa.ForeignKey(f"{POST}.id"), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("screenshot_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id")),
        sa.Column("added_by", sa.String(100)),
        sa.Column("added_by_name", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(f"ix_{CHANNEL}_post_id", CHANNEL, ["post_id"])


def downgrade():
    for table in (CHANNEL, VERSION, POST):
        op.drop_table(table)
