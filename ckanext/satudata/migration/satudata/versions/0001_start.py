"""The start of the history: no tables yet."""

revision = "0001_start"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    """Nothing to make."""


def downgrade():
    """Nothing to drop."""
