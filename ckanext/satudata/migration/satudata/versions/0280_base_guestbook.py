"""Guestbook of downloads: who signed, institutions, rules; what stays of it with each download."""

import sqlalchemy as sa
from alembic import op

revision = "0280_base_guestbook"
down_revision = "0298_reports_agency_past"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
DOWNLOAD = "satudata_download"


def upgrade():
    op.create_table(
        "satudata_institution",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("name", name="uq_satudata_institution_name"),
    )
    op.create_table(
        "satudata_spelling",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("written", sa.LargeBinary),
        sa.Column(
            "institution_id",
            sa.String(36),
            sa.ForeignKey("satudata_institution.id", name="fk_satudata_spelling_institution_id_satudata_institution"),
        ),
        sa.Column("first_at", AT, nullable=False),
        sa.UniqueConstraint("mark", name="uq_satudata_spelling_mark"),
    )
    op.create_index("ix_satudata_spelling_institution_id", "satudata_spelling", ["institution_id"])
    op.create_table(
        "satudata_guest",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("email", sa.LargeBinary, nullable=False),
        sa.Column("purpose", sa.LargeBinary),
        sa.Column("profession", sa.String(40), nullable=False),
        sa.Column(
            "spelling_id",
            sa.String(36),
            sa.ForeignKey("satudata_spelling.id", name="fk_satudata_guest_spelling_id_satudata_spelling"),
            nullable=False,
        ),
        sa.Column("email_mark", sa.String(64), nullable=False),
    )
    for column in ("at", "spelling_id", "email_mark"):
        op.create_index(f"ix_satudata_guest_{column}", "satudata_guest", [column])
    op.create_table(
        "satudata_guest_code",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("email_mark", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("made_at", AT, nullable=False),
    )
    op.create_index("ix_satudata_guest_code_made_at", "satudata_guest_code", ["made_at"])
    op.create_table(
        "satudata_guestbook_rule",
        sa.Column("scope", sa.String(10), primary_key=True),
        sa.Column("subject_id", sa.String(100), primary_key=True),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("set_at", AT, nullable=False),
    )
    _add_to_downloads()


def _add_to_downloads():
    op.add_column(DOWNLOAD, sa.Column("profession", sa.String(40)))
    for column, table, ondelete in (
        ("spelling_id", "satudata_spelling", None),
        ("guest_id", "satudata_guest", "SET NULL"),
    ):
        op.add_column(DOWNLOAD, sa.Column(column, sa.String(36)))
        op.create_foreign_key(f"fk_{DOWNLOAD}_{column}_{table}", DOWNLOAD, table, [column], ["id"], ondelete=ondelete)
    signed = sa.text("guest_id is not null")
    op.create_index(f"ix_{DOWNLOAD}_guest_id", DOWNLOAD, ["guest_id"], postgresql_where=signed)


def downgrade():
    for column in ("guest_id", "spelling_id", "profession"):
        op.drop_column(DOWNLOAD, column)
    for table in ("guestbook_rule", "guest_code", "guest", "spelling", "institution"):
        op.drop_table(f"satudata_{table}")
