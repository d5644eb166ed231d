"""By which calendar a step's due time was reckoned, and from where it moved; when and how officers want their mails."""

import sqlalchemy as sa
from alembic import op

revision = "0185_clock_calendar"
down_revision = "0180_journal_seals"
branch_labels = None
depends_on = None

STEP = "satudata_case_step"


def upgrade():
    op.add_column(STEP, sa.Column("due_calendar", sa.Text, nullable=False, server_default=""))
    op.add_column(STEP, sa.Column("due_was_on", sa.Date))
    op.create_index(
        "ix_satudata_case_step_due_calendar", STEP, ["due_calendar"], postgresql_where=sa.text("done_at is null")
    )
    op.create_index(
        "ix_satudata_case_step_due_was_on", STEP, ["due_was_on"], postgresql_where=sa.text("due_was_on is not null")
    )
    op.create_table(
        "satudata_officer_mail",
        sa.Column("user_id", sa.String(100), primary_key=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("told_on", sa.Date),
    )


def downgrade():
    op.drop_table("satudata_officer_mail")
    op.drop_index("ix_satudata_case_step_due_was_on", STEP)
    op.drop_index("ix_satudata_case_step_due_calendar", STEP)
    op.drop_column(STEP, "due_was_on")
    op.drop_column(STEP, "due_calendar")
