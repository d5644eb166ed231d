"""A personal link for each file, how an answer was given, the terms of a link, answers to the survey."""

import sqlalchemy as sa
from alembic import op

revision = "0255_ppid_giving"
down_revision = "0245_ppid_letters"
branch_labels = None
depends_on = None

REQUEST, HANDOVER, GRANT = "satudata_ppid_request", "satudata_ppid_handover", "satudata_grant"
LINK, GIVING, SURVEY = "satudata_ppid_link", "satudata_ppid_giving", "satudata_ppid_survey"


def upgrade():
    op.create_table(
        LINK,
        sa.Column("id", sa.Text, primary_key=True),
        _points_to(LINK, "request_id", REQUEST),
        _points_to(LINK, "handover_id", HANDOVER),
        _points_to(LINK, "grant_id", GRANT),
        sa.Column("token", sa.LargeBinary),
        sa.UniqueConstraint("handover_id", name=f"uq_{LINK}_handover_id"),
        sa.UniqueConstraint("grant_id", name=f"uq_{LINK}_grant_id"),
    )
    op.create_index(f"ix_{LINK}_request_id", LINK, ["request_id"])
    op.create_table(
        GIVING,
        _points_to(GIVING, "request_id", REQUEST, primary_key=True),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("manner", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("cost", sa.Integer, nullable=False),
        sa.Column("payment", sa.Text, nullable=False),
        sa.Column("paid_on", sa.Date),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True)),
        sa.Column("given_by", sa.Text),
        sa.Column("receipt_id", sa.Text),
        sa.Column("receipt_sha256", sa.Text),
    )
    op.create_table(
        SURVEY,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("service", sa.Integer, nullable=False),
        sa.Column("fit", sa.Text, nullable=False),
    )
    op.create_index(f"ix_{SURVEY}_month", SURVEY, ["month"])
    op.add_column(REQUEST, sa.Column("surveyed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column(GRANT, sa.Column("terms", sa.Text))
    op.add_column(GRANT, sa.Column("terms_accepted_at", sa.DateTime(timezone=True)))
    _one_link_each()
    op.drop_column(REQUEST, "link")
    op.drop_column(REQUEST, "link_until_at")


def _points_to(table, column, other, **more):
    kind = sa.String(36) if other == GRANT else sa.Text
    return sa.Column(
        column, kind, sa.ForeignKey(f"{other}.id", name=f"fk_{table}_{column}_{other}"), nullable=False, **more
    )


def _one_link_each():
    """The link of a request becomes that of its one file; what was answered is known by the step."""
    op.execute(
        f"""
        insert into {LINK} (id, request_id, handover_id, grant_id, token)
        select r.id, r.id, h.id, g.id, r.link
        from {REQUEST} r
        join lateral (
            select id from {HANDOVER} where request_id = r.id and attested_sha256 = sha256
            order by given_at desc, id limit 1
        ) h on true
        join lateral (
            select id from {GRANT} where case_id = r.case_id order by issued_at desc, id desc limit 1
        ) g on true
        where r.link is not null
        """
    )
    op.execute(
        f"""
        insert into {GIVING} (request_id, way, manner, form, cost, payment, answered_at)
        select r.id, 'link', 'copy', 'soft', 0, '', s.done_at
        from {REQUEST} r
        join lateral (
            select done_at from satudata_case_step
            where case_id = r.case_id and command = 'deliver' and done_at is not null
            order by done_at desc limit 1
        ) s on true
        where r.decision in ('granted', 'granted_in_part')
        """
    )


def downgrade():
    op.add_column(REQUEST, sa.Column("link", sa.LargeBinary))
    op.add_column(REQUEST, sa.Column("link_until_at", sa.DateTime(timezone=True)))
    op.execute(
        f"""
        update {REQUEST} r set link = l.token, link_until_at = g.until_at
        from {LINK} l join {GRANT} g on g.id = l.grant_id where l.request_id = r.id
        """
    )
    op.drop_column(GRANT, "terms_accepted_at")
    op.drop_column(GRANT, "terms")
    op.drop_column(REQUEST, "surveyed")
    for table in (SURVEY, GIVING, LINK):
        op.drop_table(table)
