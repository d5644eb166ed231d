"""Vault, files of resources, states of datasets, grants, downloads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0040_access_vault"
down_revision = "0030_officer_role"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade():
    """Makes the five tables."""
    op.create_table(
        "satudata_vault_object",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("location", sa.String(80), nullable=False, unique=True),
        sa.Column("original_name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("created_by", sa.String(36)),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("deleted_at", AT),
    )
    op.create_table(
        "satudata_dataset_state",
        sa.Column("package_id", sa.String(100), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("access_level", sa.String(20), nullable=False),
        sa.Column("final_name", sa.Text, nullable=False),
        sa.Column("first_published_at", AT),
        sa.Column("published_at", AT),
        sa.Column("withdrawn_at", AT),
        sa.Column("former", JSONB),
        sa.Column("changed_at", AT, nullable=False),
    )
    op.create_table(
        "satudata_resource_file",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("resource_id", sa.String(100), nullable=False, index=True),
        sa.Column("package_id", sa.String(100), index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("vault_object_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id"), index=True),
        sa.Column("address", sa.Text),
        sa.Column("real_format", sa.String(40), nullable=False),
        sa.Column("public_location", sa.String(80), unique=True),
        sa.Column("withheld", JSONB),
        sa.Column("created_by", sa.String(36)),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("released_at", AT),
        sa.Column("retired_at", AT),
        sa.UniqueConstraint("resource_id", "version"),
    )
    op.create_table(
        "satudata_grant",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("token_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column(
            "vault_object_id", sa.String(36), sa.ForeignKey("satudata_vault_object.id"), nullable=False, index=True
        ),
        sa.Column("resource_id", sa.String(100), index=True),
        sa.Column("resource_version", sa.Integer),
        sa.Column("to_user_id", sa.String(36), index=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("case_id", sa.String(36), index=True),
        sa.Column("until_at", AT, nullable=False),
        sa.Column("max_downloads", sa.Integer, nullable=False),
        sa.Column("downloads", sa.Integer, nullable=False),
        sa.Column("issued_by", sa.String(36)),
        sa.Column("issued_at", AT, nullable=False),
        sa.Column("revoked_at", AT),
        sa.Column("revoked_by", sa.String(36)),
        sa.CheckConstraint("downloads <= max_downloads", name="ck_satudata_grant_not_overspent"),
    )
    op.create_table(
        "satudata_download",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", AT, nullable=False, index=True),
        sa.Column("package_id", sa.String(100), index=True),
        sa.Column("resource_id", sa.String(100)),
        sa.Column("resource_version", sa.Integer),
        sa.Column("grant_id", sa.String(36), index=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("client", sa.String(20), nullable=False),
    )
    op.create_index("ix_satudata_download_resource_id_at", "satudata_download", ["resource_id", "at"])


def downgrade():
    """Drops the five tables; the files of the vault stay where they are."""
    for name in ("download", "grant", "resource_file", "dataset_state", "vault_object"):
        op.drop_table(f"satudata_{name}")
