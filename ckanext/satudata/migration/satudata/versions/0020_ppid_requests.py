"""Requests, what is handed over for them, letters, and the series their numbers come from."""

import sqlalchemy as sa
from alembic import op

revision = "0020_ppid_requests"
down_revision = "0001_start"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade():
    op.create_table(
        "satudata_number_series",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "satudata_ppid_request",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False, unique=True),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("number_count", sa.Integer, nullable=False),
        sa.Column("number_year", sa.Integer, nullable=False),
        sa.Column("received_at", AT, nullable=False, index=True),
        sa.Column("entered_at", AT, nullable=False),
        sa.Column("case_id", sa.Text, unique=True),
        sa.Column("applicant_kind", sa.Text, nullable=False),
        *(
            sa.Column(name, sa.LargeBinary)
            for name in ("name", "nik", "address", "phone", "email", "occupation", "institution")
        ),
        sa.Column("dataset_id", sa.Text, index=True),
        sa.Column("resource_id", sa.Text),
        sa.Column("organization_id", sa.Text, index=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("key_hash", sa.Text, nullable=False, unique=True),
        sa.Column("tracking_hash", sa.Text, nullable=False),
        sa.Column("confirm_hash", sa.Text),
        sa.Column("confirm_until_at", AT),
        sa.Column("confirm_tries", sa.Integer, nullable=False),
        sa.Column("confirm_sent", sa.Integer, nullable=False),
        sa.Column("confirmed_at", AT),
        sa.Column("decision", sa.Text),
        sa.Column("decided_at", AT),
        sa.Column("decided_by", sa.Text),
        sa.Column("refusal_code", sa.Text),
        sa.Column("refusal_explanation", sa.Text),
        sa.Column("refusal_detail", sa.Text),
        sa.Column("dip_result", sa.Text),
        sa.Column("closed_at", AT),
        sa.CheckConstraint("received_at <= entered_at", name="ck_satudata_ppid_request_received_not_in_future"),
    )
    op.create_table(
        "satudata_ppid_handover",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey("satudata_ppid_request.id"), nullable=False, index=True),
        sa.Column("vault_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("given_at", AT, nullable=False, index=True),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("attested_sha256", sa.Text),
        sa.Column("attested_at", AT),
        sa.Column("attested_by", sa.Text),
    )
    op.create_table(
        "satudata_letter",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("number_count", sa.Integer, nullable=False),
        sa.Column("dated_on", sa.Date, nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("subject_type", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Text, nullable=False, index=True),
        sa.Column("case_id", sa.Text, index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("vault_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("check_code", sa.Text, nullable=False, unique=True),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("made_by", sa.Text),
        sa.UniqueConstraint("kind", "organization_id", "number", name="uq_satudata_letter_number"),
    )


def downgrade():
    for table in ("satudata_letter", "satudata_ppid_handover", "satudata_ppid_request", "satudata_number_series"):
        op.drop_table(table)
