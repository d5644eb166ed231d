"""The table of the embedded search."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0090_search_document"
down_revision = "0048_invitation"
branch_labels = None
depends_on = None

TABLE = "satudata_search_document"


def upgrade():
    op.create_table(
        TABLE,
        sa.Column("index_id", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("stamp", sa.BigInteger, nullable=False),
        sa.Column("exact", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("words", pg.TSVECTOR, nullable=False),
        sa.Column("heads", pg.TSVECTOR, nullable=False),
        sa.Column("fields", pg.JSONB, nullable=False),
        sa.Column("stored", pg.JSONB, nullable=False),
        sa.Column("data_dict", sa.Text),
        sa.Column("validated_data_dict", sa.Text),
        sa.Column("modified", sa.Text(collation="C")),
        sa.Column("title_key", sa.Text(collation="C")),
        sa.PrimaryKeyConstraint("index_id", name="pk_satudata_search_document"),
    )
    op.create_index("ix_satudata_search_document_terms", TABLE, ["exact", "words"], postgresql_using="gin")
    for column in ("modified", "title_key", "stamp"):
        op.create_index(f"ix_satudata_search_document_{column}", TABLE, [column])


def downgrade():
    op.drop_table(TABLE)
