"""Who worked on a draft, and the form that made it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0110_publication_editors"
down_revision = "0092_ppid_link"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("satudata_dataset_state", sa.Column("editors", JSONB, nullable=False, server_default="[]"))
    op.add_column("satudata_dataset_state", sa.Column("form_key", sa.String(36)))
    op.create_unique_constraint("satudata_dataset_state_form_key", "satudata_dataset_state", ["form_key"])


def downgrade():
    op.drop_constraint("satudata_dataset_state_form_key", "satudata_dataset_state")
    op.drop_column("satudata_dataset_state", "form_key")
    op.drop_column("satudata_dataset_state", "editors")
