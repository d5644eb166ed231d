"""Which address and password of an officer's account are known to be the officer's own.

The accounts that hold a role, or accepted an invitation, count as they stand.
"""

import sqlalchemy as sa
from alembic import op

revision = "0150_account_proof"
down_revision = "0145_access_grant_dataset"
branch_labels = None
depends_on = None

KNOWN = """
insert into satudata_account_proof (user_id, email, password_mark, set_at)
select id, lower(coalesce(email, '')),
    case when state = 'active' then encode(sha256(convert_to(coalesce(password, ''), 'UTF8')), 'hex') else '' end, now()
from "user"
where id in (select user_id from satudata_officer_role)
    or id in (select user_id from satudata_invitation where accepted_at is not null)
"""


def upgrade():
    op.create_table(
        "satudata_account_proof",
        sa.Column("user_id", sa.String(100), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_mark", sa.String(64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_satudata_account_proof"),
    )
    if sa.inspect(op.get_bind()).has_table("user"):
        op.execute(KNOWN)


def downgrade():
    op.drop_table("satudata_account_proof")
