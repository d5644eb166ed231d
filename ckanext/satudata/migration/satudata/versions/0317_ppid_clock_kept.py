"""What a running request's legal time was begun with: reading, pauses before a split, and the due date last told."""

import sqlalchemy as sa
from alembic import op
from ckan.common import config
from sqlalchemy.dialects.postgresql import JSONB

revision = "0317_ppid_clock_kept"
down_revision = "0316_desk_command_said"
branch_labels = None
depends_on = None

HANDLING = "satudata_ppid_handling"
OPTION = "ckanext.satudata.ppid.clock_from"


def upgrade():
    op.add_column(HANDLING, sa.Column("clock_from", sa.Text))
    op.add_column(HANDLING, sa.Column("earlier_pauses", JSONB, nullable=False, server_default="[]"))
    op.add_column(HANDLING, sa.Column("told_due_on", sa.Date))
    op.add_column(HANDLING, sa.Column("told_calendar", sa.Text))
    # Until now the option counted for all of them: each keeps what counted for it.
    kept = sa.text(
        "INSERT INTO satudata_ppid_handling (request_id, missing, missing_note, repairs, dip, warned_day, created_at,"
        " clock_from) SELECT id, '[]', '', '[]', '{}', 0, now(), :reading FROM satudata_ppid_request"
        " ON CONFLICT (request_id) DO UPDATE SET clock_from = excluded.clock_from"
    )
    op.get_bind().execute(kept, {"reading": config.get(OPTION) or "receipt"})


def downgrade():
    for name in ("told_calendar", "told_due_on", "earlier_pauses", "clock_from"):
        op.drop_column(HANDLING, name)
