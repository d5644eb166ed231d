"""Several files of a request in force at once, masked copies, and what was looked at by eye."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0250_ppid_masking"
down_revision = "0255_ppid_giving"
branch_labels = None
depends_on = None

HANDOVER, MASKING = "satudata_ppid_handover", "satudata_ppid_masking"
AT = sa.DateTime(timezone=True)


def upgrade():
    op.add_column(HANDOVER, sa.Column("organization_id", sa.Text))
    op.add_column(
        HANDOVER,
        sa.Column("made_from", sa.Text, sa.ForeignKey(f"{HANDOVER}.id", name=f"fk_{HANDOVER}_made_from_{HANDOVER}")),
    )
    op.add_column(HANDOVER, sa.Column("masking", JSONB))
    op.add_column(HANDOVER, sa.Column("replaced_at", AT))
    op.add_column(HANDOVER, sa.Column("statement", sa.Text))
    op.execute(
        f"""
        UPDATE {HANDOVER} AS one SET
            organization_id = (SELECT organization_id FROM satudata_ppid_request WHERE id = one.request_id),
            replaced_at = (
                SELECT min(later.given_at) FROM {HANDOVER} AS later
                WHERE later.request_id = one.request_id
                    AND (later.given_at, one.id) > (one.given_at, later.id)
            )
        """
    )
    op.create_table(
        MASKING,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "handover_id",
            sa.Text,
            sa.ForeignKey(f"{HANDOVER}.id", name=f"fk_{MASKING}_handover_id_{HANDOVER}"),
            nullable=False,
        ),
        sa.Column("plan", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fault", JSONB),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("changed_at", AT, nullable=False),
        sa.Column("copy_id", sa.Text, sa.ForeignKey(f"{HANDOVER}.id", name=f"fk_{MASKING}_copy_id_{HANDOVER}")),
    )
    op.create_index(f"ix_{MASKING}_handover_id", MASKING, ["handover_id"])


def downgrade():
    op.drop_table(MASKING)
    for name in ("statement", "replaced_at", "masking", "made_from", "organization_id"):
        op.drop_column(HANDOVER, name)
