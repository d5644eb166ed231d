"""How an applicant wants to obtain the data and have it sent; the period of a file that is handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0325_ppid_form_and_period"
down_revision = "0319_reports_indexes"
branch_labels = None
depends_on = None

REQUEST, HANDOVER = "satudata_ppid_request", "satudata_ppid_handover"


def upgrade():
    op.add_column(REQUEST, sa.Column("obtain", sa.Text))
    op.add_column(REQUEST, sa.Column("sending", sa.Text))
    op.add_column(HANDOVER, sa.Column("period", sa.Text))


def downgrade():
    op.drop_column(HANDOVER, "period")
    op.drop_column(REQUEST, "sending")
    op.drop_column(REQUEST, "obtain")
