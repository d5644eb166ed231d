"""Dispositions, vacant roles, stand-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0200_people_dispositions"
down_revision = "0220_publication_looks"
branch_labels = None
depends_on = None

ORDER, VACANCY, STEP = "satudata_disposition", "satudata_vacancy", "satudata_case_step"


def upgrade():
    instant = sa.DateTime(timezone=True)
    op.add_column(STEP, sa.Column("stands_for", sa.Text))
    op.add_column(STEP, sa.Column("ordered_until_on", sa.Date))
    op.create_table(
        ORDER,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("satudata_case.id"), nullable=False),
        sa.Column("step_id", sa.Text, sa.ForeignKey(f"{STEP}.id"), nullable=False),
        sa.Column("files_of", sa.Text, sa.ForeignKey(f"{STEP}.id"), nullable=False),
        sa.Column("from_role", sa.Text, nullable=False),
        sa.Column("from_user_id", sa.Text),
        sa.Column("from_name", sa.Text, nullable=False),
        sa.Column("from_as", sa.Text),
        sa.Column("to_role", sa.Text, nullable=False),
        sa.Column("to_user_id", sa.Text),
        sa.Column("to_name", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("given_at", instant, nullable=False),
        sa.Column("given_entry", sa.BigInteger, nullable=False),
        sa.Column("reported_at", instant),
        sa.Column("reported_by", sa.Text),
        sa.Column("reported_by_name", sa.Text, nullable=False),
        sa.Column("reported_entry", sa.BigInteger),
    )
    op.create_index(f"ix_{ORDER}_case_id", ORDER, ["case_id"])
    op.create_index(f"ix_{ORDER}_step_id", ORDER, ["step_id"])
    op.create_table(
        VACANCY,
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("organization_id", sa.Text, primary_key=True),
        sa.Column("step_id", sa.Text, primary_key=True),
        sa.Column("found_at", instant, nullable=False),
    )


def downgrade():
    op.drop_table(VACANCY)
    op.drop_table(ORDER)
    op.drop_column(STEP, "ordered_until_on")
    op.drop_column(STEP, "stands_for")
