"""The personal link of a delivered request, encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0092_ppid_link"
down_revision = "0050_access_grant_address"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("satudata_ppid_request", sa.Column("link", sa.LargeBinary))
    op.add_column("satudata_ppid_request", sa.Column("link_until_at", sa.DateTime(timezone=True)))


def downgrade():
    op.drop_column("satudata_ppid_request", "link_until_at")
    op.drop_column("satudata_ppid_request", "link")
