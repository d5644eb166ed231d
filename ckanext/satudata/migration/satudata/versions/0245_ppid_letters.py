"""Drafts that wait for a number, scans of signed letters, officers' signature blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0245_ppid_letters"
down_revision = "0225_heads_phone_and_paper"
branch_labels = None
depends_on = None

DRAFT, SCAN, BLOCK = "satudata_letter_draft", "satudata_letter_scan", "satudata_signature_block"
AT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        DRAFT,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("step_id", sa.String(36), nullable=False),
        sa.Column("command", sa.String(40), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("made_by", sa.String(100)),
        sa.UniqueConstraint("step_id", "command", name=f"uq_{DRAFT}_command"),
    )
    op.create_index(f"ix_{DRAFT}_case_id", DRAFT, ["case_id"])
    op.create_table(
        SCAN,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "letter_id",
            sa.Text,
            sa.ForeignKey("satudata_letter.id", name=f"fk_{SCAN}_letter_id_satudata_letter"),
            nullable=False,
        ),
        sa.Column(
            "vault_id",
            sa.String(36),
            sa.ForeignKey("satudata_vault_object.id", name=f"fk_{SCAN}_vault_id_satudata_vault_object"),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("added_at", AT, nullable=False),
        sa.Column("added_by", sa.String(100)),
    )
    op.create_index(f"ix_{SCAN}_letter_id", SCAN, ["letter_id"])
    op.create_table(
        BLOCK,
        sa.Column("user_id", sa.String(100), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("rank", sa.Text, nullable=False),
        sa.Column("nip", sa.Text, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
    )


def downgrade():
    for table in (BLOCK, SCAN, DRAFT):
        op.drop_table(table)
