"""A file handed over from a dataset names the version of the resource that it is."""

import sqlalchemy as sa
from alembic import op

revision = "0130_ppid_handover_version"
down_revision = "0120_search_state"
branch_labels = None
depends_on = None

TABLE = "satudata_ppid_handover"


def upgrade():
    op.add_column(TABLE, sa.Column("resource_id", sa.Text))
    op.add_column(TABLE, sa.Column("resource_version", sa.Integer))
    # A file of the vault is one version of one resource.
    for table, vault_id in ((TABLE, "vault_id"), ("satudata_grant", "vault_object_id")):
        op.execute(
            f"update {table} set resource_id = file.resource_id, resource_version = file.version"
            f" from satudata_resource_file file where file.vault_object_id = {table}.{vault_id}"
            f" and {table}.resource_id is null"
        )


def downgrade():
    op.drop_column(TABLE, "resource_version")
    op.drop_column(TABLE, "resource_id")
