"""What consequence tests have decided stands in a table of its own; what was decided before comes from its cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0172_access_restriction_tests"
down_revision = "0181_process_override"
branch_labels = None
depends_on = None

TABLE = "satudata_restriction_test"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("package_id", sa.String(100), primary_key=True),
        sa.Column("resource_id", sa.String(100), primary_key=True),
        sa.Column("level", sa.String(20), primary_key=True),
        sa.Column("stated", JSONB, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        f"""
        insert into {TABLE} (package_id, resource_id, level, stated, case_id, tested_at)
        select distinct on (1, 2, 3)
            subject_id, coalesce(data->>'resource_id', ''), data->'proposal'->>'from_level',
            (data->'proposal') - 'from_level' - 'access_level', id, ended_at
        from satudata_case
        where subject_type = 'classification' and outcome = 'approve' and ended_at is not null
            and data->'proposal'->>'from_level' is not null
        order by 1, 2, 3, ended_at desc
        """
    )


def downgrade():
    op.drop_table(TABLE)
