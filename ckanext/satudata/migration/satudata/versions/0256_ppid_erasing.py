"""When an applicant's data was erased, and letters without their words."""

import sqlalchemy as sa
from alembic import op

revision = "0256_ppid_erasing"
down_revision = "0260_ppid_objection"
branch_labels = None
depends_on = None

REQUEST, LETTER = "satudata_ppid_request", "satudata_letter"


def upgrade():
    op.add_column(REQUEST, sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.add_column(REQUEST, sa.Column("erasure_granted_at", sa.DateTime(timezone=True)))
    op.execute(f"update {REQUEST} set erased_at = now() where name is null and closed_at is not null")
    op.alter_column(LETTER, "content", nullable=True)


def downgrade():
    op.execute(f"update {LETTER} set content = '' where content is null")
    op.alter_column(LETTER, "content", nullable=False)
    op.drop_column(REQUEST, "erasure_granted_at")
    op.drop_column(REQUEST, "erased_at")
