"""Processes: cases, steps, SOP versions, journal, idempotency keys, outbox, holidays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0045_engine_process"
down_revision = "0040_access_vault"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade():
    _cases()
    _journal()
    _outbox()


def _cases():
    op.create_table(
        "satudata_sop_version",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("government", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("loaded_at", AT, nullable=False),
    )
    op.create_table(
        "satudata_case",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("sop_version_id", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("started_by", sa.Text),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("ended_at", AT),
        sa.Column("outcome", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("data", JSONB, nullable=False),
    )
    op.create_index("ix_satudata_case_subject", "satudata_case", ["subject_type", "subject_id"])
    op.create_index("ix_satudata_case_process_ended_at", "satudata_case", ["process", "ended_at"])
    op.create_table(
        "satudata_case_step",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("satudata_case.id"), nullable=False),
        sa.Column("no", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("organization_id", sa.Text),
        sa.Column("assignee_id", sa.Text),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("opened_by_name", sa.Text, nullable=False),
        sa.Column("due_at", AT),
        sa.Column("due_on", sa.Date),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("done_at", AT),
        sa.Column("done_by", sa.Text),
        sa.Column("done_by_name", sa.Text, nullable=False),
        sa.Column("command", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("hands", JSONB, nullable=False),
    )
    op.create_index(
        "ix_satudata_case_step_open",
        "satudata_case_step",
        ["role", "organization_id", "due_at"],
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index("ix_satudata_case_step_case_id", "satudata_case_step", ["case_id"])
    op.create_index("ix_satudata_case_step_done_by", "satudata_case_step", ["done_by"])
    op.create_table(
        "satudata_command_key",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("actor", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("answer", JSONB, nullable=False),
        sa.Column("at", AT, nullable=False),
    )


def _journal():
    op.create_table(
        "satudata_journal",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text),
        sa.Column("actor_id", sa.Text),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text),
        sa.Column("subject_id", sa.Text),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("text_hash", sa.Text),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.UniqueConstraint("chain", "position"),
    )
    op.create_index("ix_satudata_journal_event_at", "satudata_journal", ["event", "at"])
    op.create_index("ix_satudata_journal_subject", "satudata_journal", ["subject_type", "subject_id"])
    op.create_table(
        "satudata_journal_head",
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "satudata_journal_text",
        sa.Column("journal_id", sa.BigInteger, sa.ForeignKey("satudata_journal.id"), primary_key=True),
        sa.Column("salt", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("erased_at", AT),
    )
    op.execute(
        """
        create or replace function satudata_journal_refuse() returns trigger language plpgsql as $$
        begin
            raise exception 'the journal is append-only: % is refused', tg_op;
        end $$
        """
    )
    op.execute(
        "create trigger satudata_journal_append_only before update or delete on satudata_journal"
        " for each row execute function satudata_journal_refuse()"
    )
    op.execute(
        "create trigger satudata_journal_no_truncate before truncate on satudata_journal"
        " for each statement execute function satudata_journal_refuse()"
    )


def _outbox():
    op.create_table(
        "satudata_outbox",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("to_user", sa.Text),
        sa.Column("to_role", sa.Text),
        sa.Column("organization_id", sa.Text),
        sa.Column("to_email", sa.LargeBinary),
        sa.Column("params", JSONB, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("next_try_at", AT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("sent_at", AT),
        sa.Column("dropped_at", AT),
    )
    op.create_index(
        "ix_satudata_outbox_waiting",
        "satudata_outbox",
        ["next_try_at"],
        postgresql_where=sa.text("sent_at is null and dropped_at is null"),
    )
    op.create_table(
        "satudata_holiday",
        sa.Column("on", sa.Date, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("estimated", sa.Boolean, nullable=False),
    )


def downgrade():
    for name in (
        "holiday",
        "outbox",
        "journal_text",
        "journal_head",
        "journal",
        "command_key",
        "case_step",
        "case",
        "sop_version",
    ):
        op.drop_table(f"satudata_{name}")
    op.execute("drop function satudata_journal_refuse()")
