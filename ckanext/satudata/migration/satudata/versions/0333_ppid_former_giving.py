"""An objection keeps how the data was given before it: the register tells it until something is given anew."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0333_ppid_former_giving"
down_revision = "0332_reports_months"
branch_labels = None
depends_on = None

TABLE, COLUMN = "satudata_objection", "former_giving"


def upgrade():
    op.add_column(TABLE, sa.Column(COLUMN, JSONB))


def downgrade():
    op.drop_column(TABLE, COLUMN)
