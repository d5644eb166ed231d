"""Triggers name the state of the search index and of each row in it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0120_search_state"
down_revision = "0115_reports_filed"
branch_labels = None
depends_on = None

DOCUMENT = "satudata_search_document"
CHANGE = "satudata_search_change"

# Microseconds first, so that a position is not used again after a backup was restored and the sequence is back.
POSITION = f"""
create or replace function satudata_search_position() returns trigger language plpgsql as $$
begin
    new.position := ((extract(epoch from clock_timestamp()) * 1000000)::bigint << 10)
        | (nextval(pg_get_serial_sequence('{DOCUMENT}', 'position')) & 1023);
    return new;
end $$
"""

TITLE = "from unnest(words) where lexeme like 'title=%'"

# Rows another transaction is about to sum up, or has added and not committed, are not touched and not waited for.
CHANGED = f"""
create or replace function satudata_search_changed() returns trigger language plpgsql as $$
begin
    insert into {CHANGE} (stamp) values (hashtextextended(gen_random_uuid()::text, 0));
    if random() < 0.02 then
        with summed as (select id from {CHANGE} for update skip locked),
            gone as (delete from {CHANGE} using summed where {CHANGE}.id = summed.id returning stamp)
        insert into {CHANGE} (stamp) select bit_xor(stamp) from gone having count(*) > 0;
    end if;
    return null;
end $$
"""


def upgrade():
    op.create_table(
        CHANGE,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("stamp", sa.BigInteger, nullable=False),
    )
    op.drop_index(f"ix_{DOCUMENT}_stamp", DOCUMENT)
    op.drop_column(DOCUMENT, "stamp")
    op.create_index(f"ix_{DOCUMENT}_position", DOCUMENT, ["position"], unique=True)
    op.add_column(DOCUMENT, sa.Column("title_words", sa.Integer, nullable=False, server_default="0"))
    # Not from `heads`, which is not whole after a downgrade.
    op.execute(f"update {DOCUMENT} set title_words = (select count(*) {TITLE})")
    op.alter_column(DOCUMENT, "title_words", server_default=None)
    op.drop_column(DOCUMENT, "heads")
    # What is not needed to find and to order documents lies apart.
    op.execute(f"alter table {DOCUMENT} set (toast_tuple_target = 256)")
    op.execute(POSITION)
    op.execute(CHANGED)
    op.execute(
        f"create trigger position before insert or update on {DOCUMENT}"
        " for each row execute function satudata_search_position()"
    )
    op.execute(
        f"create trigger changed after insert or update or delete or truncate on {DOCUMENT}"
        " for each statement execute function satudata_search_changed()"
    )
    # Every row gets its position from the trigger.
    op.execute(f"update {DOCUMENT} set index_id = index_id")


def downgrade():
    op.execute(f"drop trigger changed on {DOCUMENT}")
    op.execute(f"drop trigger position on {DOCUMENT}")
    op.execute("drop function if exists satudata_search_changed()")
    op.execute("drop function if exists satudata_search_position()")
    op.execute(f"alter table {DOCUMENT} reset (toast_tuple_target)")
    op.drop_index(f"ix_{DOCUMENT}_position", DOCUMENT)
    op.add_column(
        DOCUMENT,
        sa.Column("stamp", sa.BigInteger, nullable=False, server_default=sa.text("(random() * 9e18)::bigint")),
    )
    op.alter_column(DOCUMENT, "stamp", server_default=None)
    op.create_index(f"ix_{DOCUMENT}_stamp", DOCUMENT, ["stamp"])
    op.add_column(DOCUMENT, sa.Column("heads", pg.TSVECTOR, nullable=False, server_default=""))
    op.execute(f"update {DOCUMENT} set heads = array_to_tsvector(array(select lexeme {TITLE}))")
    op.alter_column(DOCUMENT, "heads", server_default=None)
    op.drop_column(DOCUMENT, "title_words")
    op.drop_table(CHANGE)
