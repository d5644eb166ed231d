"""Which dataset a personal link is for, what a handed-over file was, and how much of a counted download was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0145_access_grant_dataset"
down_revision = "0140_process_acting"
branch_labels = None
depends_on = None

KNOWN = """
update satudata_grant set package_id = file.package_id, resource_id = file.resource_id, resource_version = file.version
from satudata_resource_file as file where file.vault_object_id = satudata_grant.vault_object_id
"""


def upgrade():
    op.add_column("satudata_grant", sa.Column("package_id", sa.String(100)))
    op.create_index("ix_satudata_grant_package_id", "satudata_grant", ["package_id"])
    op.execute(KNOWN)
    op.add_column("satudata_download", sa.Column("bytes_sent", sa.BigInteger, nullable=False, server_default="0"))
    op.alter_column("satudata_download", "bytes_sent", server_default=None)


def downgrade():
    op.drop_column("satudata_download", "bytes_sent")
    op.drop_index("ix_satudata_grant_package_id", "satudata_grant")
    op.drop_column("satudata_grant", "package_id")
