"""Daily seals over the journal; a text can be emptied and not be changed otherwise.

The rows that are there have been chained since 0045; the first seal, made by the periodic job, covers them all.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0180_journal_seals"
down_revision = "0170_access_own_licence"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
SEALED = ("satudata_journal_seal", "satudata_journal_seal_part")


def upgrade():
    op.create_table(
        "satudata_journal_seal",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("until_at", AT, nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("chains", sa.Integer, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "satudata_journal_seal_part",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("chain", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.UniqueConstraint("chain", "position"),
    )
    op.create_table(
        "satudata_journal_check",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("faults", sa.Integer, nullable=False),
        sa.Column("first", JSONB, nullable=False),
    )
    for table in SEALED:
        op.execute(
            f"create trigger append_only before update or delete on {table}"
            " for each row execute function satudata_journal_refuse()"
        )
        op.execute(
            f"create trigger no_truncate before truncate on {table}"
            " for each statement execute function satudata_journal_refuse()"
        )
    op.execute(
        """
        create or replace function satudata_journal_text_refuse() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and new.journal_id = old.journal_id and old.erased_at is null
                and new.text is null and new.salt is null and new.erased_at is not null then
                return new;
            end if;
            raise exception 'a text of the journal can be erased, nothing else: % is refused', tg_op;
        end $$
        """
    )
    op.execute(
        "create trigger erased_only before update or delete on satudata_journal_text"
        " for each row execute function satudata_journal_text_refuse()"
    )
    op.execute(
        "create trigger no_truncate before truncate on satudata_journal_text"
        " for each statement execute function satudata_journal_text_refuse()"
    )


def downgrade():
    op.execute("drop trigger no_truncate on satudata_journal_text")
    op.execute("drop trigger erased_only on satudata_journal_text")
    op.execute("drop function satudata_journal_text_refuse()")
    op.drop_table("satudata_journal_check")
    for table in SEALED[::-1]:
        op.drop_table(table)
