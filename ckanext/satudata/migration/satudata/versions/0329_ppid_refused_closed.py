"""Refused requests whose end was not noted: they closed when their case ended, with the letter of refusal."""

import sqlalchemy as sa
from alembic import op

revision = "0329_ppid_refused_closed"
down_revision = "0320_reports_kept_boards"
branch_labels = None
depends_on = None

FILLED = sa.text(
    "UPDATE satudata_ppid_request AS request SET closed_at = held.ended_at FROM satudata_case AS held"
    " WHERE held.id = request.case_id AND held.ended_at IS NOT NULL AND request.closed_at IS NULL"
)


def upgrade():
    op.execute(FILLED)


def downgrade():
    """The days are true, and nothing tells any more which of them were filled in: they stay."""
