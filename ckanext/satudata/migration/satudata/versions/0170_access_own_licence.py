"""The open licence that an agency chose is kept while what is served is not open."""

import sqlalchemy as sa
from alembic import op

revision = "0170_access_own_licence"
down_revision = "0165_access_reclassification"
branch_labels = None
depends_on = None

TABLE = "satudata_dataset_state"


def upgrade():
    op.add_column(TABLE, sa.Column("own_licence", sa.Text))


def downgrade():
    op.drop_column(TABLE, "own_licence")
