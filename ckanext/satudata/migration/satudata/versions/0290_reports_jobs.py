"""Reports made in the background, and their schedules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0290_reports_jobs"
down_revision = "0280_base_guestbook"
branch_labels = None
depends_on = None

JOB, SCHEDULE = "satudata_report_job", "satudata_report_schedule"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.create_table(
        JOB,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("asked", JSONB, nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("formats", JSONB, nullable=False),
        sa.Column("people", JSONB, nullable=False),
        sa.Column("schedule_id", sa.String(36)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("starts", sa.Integer, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        sa.Column("fault", JSONB),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("started_at", instant),
        sa.Column("ended_at", instant),
    )
    is_open = sa.text("state IN ('waiting', 'running')")
    op.create_index(f"uq_{JOB}_open", JOB, ["key"], unique=True, postgresql_where=is_open)
    op.create_index(f"ix_{JOB}_ended_at", JOB, ["ended_at"])
    op.create_table(
        SCHEDULE,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("asked", JSONB, nullable=False),
        sa.Column("span", sa.String(20), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("made_until", sa.Date, nullable=False),
        sa.Column("set_by", sa.Text),
        sa.Column("set_at", instant, nullable=False),
    )


def downgrade():
    op.drop_table(SCHEDULE)
    op.drop_table(JOB)
