"""What a command's key was first sent with, so that other content under the same key is refused."""

import sqlalchemy as sa
from alembic import op

revision = "0316_desk_command_said"
down_revision = "0314_reports_completeness"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("satudata_command_key", sa.Column("said", sa.Text))


def downgrade():
    op.drop_column("satudata_command_key", "said")
