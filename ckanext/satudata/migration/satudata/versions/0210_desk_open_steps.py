"""Open steps keep who worked on their case and whom four eyes bar; indexes in the order of work."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0210_desk_open_steps"
down_revision = "0190_publication_revisions"
branch_labels = None
depends_on = None

TABLE = "satudata_case_step"
OPEN = sa.text("done_at is null")
ORDERED = {"open": ("role", "organization_id"), "open_role": ("role",), "open_due": ()}


def upgrade():
    for name in ("worked", "barred"):
        op.add_column(TABLE, sa.Column(name, JSONB))
        op.create_index(
            f"ix_{TABLE}_{name}",
            TABLE,
            [name],
            postgresql_using="gin",
            postgresql_ops={name: "jsonb_path_ops"},
            postgresql_where=OPEN,
        )
    # What is open now is marked by the worker (`shared.work.step_marks`).
    op.create_index(
        f"ix_{TABLE}_unmarked", TABLE, ["case_id"], postgresql_where=sa.text("done_at is null and worked is null")
    )
    op.drop_index(f"ix_{TABLE}_open", TABLE)
    for name, columns in ORDERED.items():
        op.create_index(f"ix_{TABLE}_{name}", TABLE, [*columns, "due_at", "opened_at"], postgresql_where=OPEN)


def downgrade():
    for name in ORDERED:
        op.drop_index(f"ix_{TABLE}_{name}", TABLE)
    op.create_index(f"ix_{TABLE}_open", TABLE, ["role", "organization_id", "due_at"], postgresql_where=OPEN)
    op.drop_index(f"ix_{TABLE}_unmarked", TABLE)
    for name in ("worked", "barred"):
        op.drop_column(TABLE, name)
