"""The address a grant was sent to, encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0050_access_grant_address"
down_revision = "0090_search_document"
branch_labels = None
depends_on = None


def upgrade():
    """Adds the column."""
    op.add_column("satudata_grant", sa.Column("to_email", sa.LargeBinary))
    op.alter_column("satudata_grant", "to_user_id", type_=sa.String(100))


def downgrade():
    """Drops the column."""
    op.alter_column("satudata_grant", "to_user_id", type_=sa.String(36))
    op.drop_column("satudata_grant", "to_email")
