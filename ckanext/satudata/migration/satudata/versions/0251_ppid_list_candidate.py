"""Requested data as candidates of next year's Daftar Data."""

import sqlalchemy as sa
from alembic import op

revision = "0251_ppid_list_candidate"
down_revision = "0250_ppid_masking"
branch_labels = None
depends_on = None

TABLE = "satudata_list_candidate"
AT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "request_id",
            sa.Text,
            sa.ForeignKey("satudata_ppid_request.id", name=f"fk_{TABLE}_request_id_satudata_ppid_request"),
            nullable=False,
        ),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("dataset_id", sa.Text),
        sa.Column("proposed_at", AT, nullable=False),
        sa.Column("listed_at", AT),
        sa.Column("listed_by", sa.Text),
        sa.UniqueConstraint("request_id", name=f"uq_{TABLE}_request_id"),
    )
    op.create_index(f"ix_{TABLE}_year", TABLE, ["year"])


def downgrade():
    op.drop_table(TABLE)
