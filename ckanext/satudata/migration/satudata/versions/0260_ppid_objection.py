"""Objections to how a request was answered, and the disputes after them."""

import sqlalchemy as sa
from alembic import op

revision = "0260_ppid_objection"
down_revision = "0251_ppid_list_candidate"
branch_labels = None
depends_on = None

OBJECTION, EVENT, VAULT = "satudata_objection", "satudata_dispute_event", "satudata_vault_object.id"


def _file(table, name):
    return sa.Column(name, sa.String(36), sa.ForeignKey(VAULT, name=f"fk_{table}_{name}_satudata_vault_object"))


def upgrade():
    op.create_table(
        OBJECTION,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("number_count", sa.Integer, nullable=False),
        sa.Column("number_year", sa.Integer, nullable=False),
        sa.Column(
            "request_id",
            sa.Text,
            sa.ForeignKey("satudata_ppid_request.id", name=f"fk_{OBJECTION}_request_id_satudata_ppid_request"),
            nullable=False,
        ),
        sa.Column("case_id", sa.Text),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text),
        sa.Column("words", sa.LargeBinary),
        sa.Column("proxy", sa.LargeBinary),
        _file(OBJECTION, "scan_id"),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("reasons", sa.LargeBinary),
        sa.Column("superior_name", sa.Text, nullable=False),
        sa.Column("superior_position", sa.Text, nullable=False),
        sa.Column("sent_to", sa.Text),
        _file(OBJECTION, "former_receipt_id"),
        sa.Column("settled_on", sa.Date),
        _file(OBJECTION, "minutes_id"),
        sa.Column("response", sa.Text),
        sa.Column("responded_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("number", name=f"uq_{OBJECTION}_number"),
        sa.UniqueConstraint("case_id", name=f"uq_{OBJECTION}_case_id"),
        sa.UniqueConstraint("key_hash", name=f"uq_{OBJECTION}_key_hash"),
    )
    op.create_index(f"ix_{OBJECTION}_request_id", OBJECTION, ["request_id"])
    op.create_index(f"ix_{OBJECTION}_received_at", OBJECTION, ["received_at"])
    op.create_index(
        f"uq_{OBJECTION}_open", OBJECTION, ["request_id"], unique=True, postgresql_where=sa.text("outcome IS NULL")
    )
    op.create_table(
        EVENT,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "objection_id",
            sa.String(36),
            sa.ForeignKey(f"{OBJECTION}.id", name=f"fk_{EVENT}_objection_id_{OBJECTION}"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("note", sa.LargeBinary),
        _file(EVENT, "scan_id"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Text),
    )
    op.create_index(f"ix_{EVENT}_objection_id", EVENT, ["objection_id"])


def downgrade():
    op.drop_table(EVENT)
    op.drop_table(OBJECTION)
