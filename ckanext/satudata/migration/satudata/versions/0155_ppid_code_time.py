"""A confirmation code's time runs from when its mail left (the outbox knows), not from when it was queued."""

import sqlalchemy as sa
from alembic import op

revision = "0155_ppid_code_time"
down_revision = "0150_account_proof"
branch_labels = None
depends_on = None


def upgrade():
    op.drop_column("satudata_ppid_request", "confirm_until_at")


def downgrade():
    op.add_column("satudata_ppid_request", sa.Column("confirm_until_at", sa.DateTime(timezone=True)))
