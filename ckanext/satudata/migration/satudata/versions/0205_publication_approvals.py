"""Approvals: what was approved, by whom on which level; and what CKAN had before this portal came."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0205_publication_approvals"
down_revision = "0215_posts"
branch_labels = None
depends_on = None

STATE, APPROVAL, ARRIVAL = "satudata_dataset_state", "satudata_approval", "satudata_arrival"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        APPROVAL,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("package_id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("case_id", sa.String(36)),
        sa.Column("revision_id", sa.String(36)),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("levels", JSONB, nullable=False),
        sa.Column("lacks", JSONB, nullable=False),
        sa.Column("approved_at", instant, nullable=False),
        sa.Column("served_sha256", sa.String(64)),
        sa.Column("served_at", instant),
    )
    op.create_index(f"ix_{APPROVAL}_package_id", APPROVAL, ["package_id"])
    op.create_table(
        ARRIVAL,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", instant, nullable=False),
    )
    op.add_column(STATE, sa.Column("found_at", instant))
    op.add_column(STATE, sa.Column("adopted_at", instant))
    # What earlier editions of this portal released was approved by the cases that stand in the journal.
    op.execute(
        f"insert into {APPROVAL} (id, package_id, kind, sha256, levels, lacks, approved_at, served_sha256, served_at)"
        " select md5(random()::text)::uuid::text, package_id, 'review', sha256, '[]', '[]', at, sha256, at "
        "from ("
        "select distinct on (s.package_id) s.package_id, j.payload->>'sha256' as sha256, j.at "
        f"from {STATE} s join satudata_journal j on j.subject_type = 'dataset' and j.subject_id = s.package_id "
        "where s.state = 'published' and j.event = 'content_released' order by s.package_id, j.id desc) released"
    )


def downgrade():
    op.drop_column(STATE, "adopted_at")
    op.drop_column(STATE, "found_at")
    op.drop_table(ARRIVAL)
    op.drop_table(APPROVAL)
