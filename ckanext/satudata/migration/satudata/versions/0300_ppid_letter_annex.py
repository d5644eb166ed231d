"""Papers that went with a letter; on what ground personal data was given as it is; the cost that a notice told."""

import sqlalchemy as sa
from alembic import op

revision = "0300_ppid_letter_annex"
down_revision = "0295_reports_search_miss"
branch_labels = None
depends_on = None

ANNEX, HANDOVER, HANDLING = "satudata_letter_annex", "satudata_ppid_handover", "satudata_ppid_handling"


def upgrade():
    op.create_table(
        ANNEX,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "letter_id",
            sa.Text,
            sa.ForeignKey("satudata_letter.id", name=f"fk_{ANNEX}_letter_id_satudata_letter"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("decree_id", sa.Text, nullable=False),
        sa.Column(
            "vault_id",
            sa.String(36),
            sa.ForeignKey("satudata_vault_object.id", name=f"fk_{ANNEX}_vault_id_satudata_vault_object"),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_index(f"ix_{ANNEX}_letter_id", ANNEX, ["letter_id"])
    op.add_column(HANDOVER, sa.Column("ground", sa.Text))
    op.add_column(HANDLING, sa.Column("notice_cost", sa.Text))


def downgrade():
    op.drop_column(HANDLING, "notice_cost")
    op.drop_column(HANDOVER, "ground")
    op.drop_table(ANNEX)
