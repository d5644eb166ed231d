"""The few open steps that were given to one person are found without looking at the others."""

import sqlalchemy as sa
from alembic import op

revision = "0212_desk_given_steps"
down_revision = "0211_desk_complaints"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_satudata_case_step_given", "satudata_case_step"


def upgrade():
    where = sa.text("done_at is null and assignee_id is not null")
    op.create_index(INDEX, TABLE, ["assignee_id"], postgresql_where=where)


def downgrade():
    op.drop_index(INDEX, TABLE)
