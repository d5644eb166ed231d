"""Devices that a mailed code let in, and approval sheets."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0225_heads_phone_and_paper"
down_revision = "0221_publication_harvest_report"
branch_labels = None
depends_on = None

PHONE, SHEET = "satudata_phone", "satudata_approval_sheet"


def upgrade():
    op.create_table(
        PHONE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True)),
        sa.Column("proven_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("token_hash", name=f"uq_{PHONE}_token_hash"),
    )
    op.create_index(f"ix_{PHONE}_user_id", PHONE, ["user_id"])
    op.create_table(
        SHEET,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("process", sa.String(60), nullable=False),
        sa.Column("organization_id", sa.String(100)),
        sa.Column("items", JSONB, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "scan_id",
            sa.String(36),
            sa.ForeignKey("satudata_vault_object.id", name=f"fk_{SHEET}_scan_id_satudata_vault_object"),
        ),
    )
    op.create_index(f"ix_{SHEET}_user_id", SHEET, ["user_id"])


def downgrade():
    op.drop_table(SHEET)
    op.drop_table(PHONE)
