"""How many documents found have which values."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from ckan.lib.search.common import SearchQueryError
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudata.search.fields import Kind, field
from ckanext.satudata.search.request import Facets
from ckanext.satudata.search.sql import D

#: Who may see what is nobody's business, not even as a count.
UNCOUNTED = {"permission_labels"}
STAMP = "stamp"


def statement(found: Sequence, allowed: Sequence, facets: Facets) -> sa.Select:
    """One statement with rows `(kind, value, count)`: the index's stamp, the number found, and each facet's values.

    `found` are the conditions of the documents found, `allowed` those of the filters alone: values that no document
    found has (`facet.mincount=0`) are taken from there, never from documents the caller may not see.
    """
    for name in facets.fields:
        if name in UNCOUNTED or field(name).kind is Kind.KEPT:
            raise SearchQueryError(f"{name} cannot be counted")
    columns = [_values(name).label(f"f{number}") for number, name in enumerate(facets.fields)]
    hits = sa.select(sa.literal(1).label("one"), *columns).select_from(D.stamp.table).where(*found).cte("hits")
    parts = [
        sa.select(sa.literal(STAMP), sa.func.bit_xor(D.stamp).cast(sa.Text), sa.cast(sa.null(), sa.BigInteger)),
        sa.select(sa.literal("found"), sa.cast(sa.null(), sa.Text), sa.func.count()).select_from(hits),
    ]
    for number, name in enumerate(facets.fields):
        parts.append(_counted(name, hits.c[f"f{number}"], hits, facets, allowed))
    return sa.union_all(*parts)


def _values(name: str) -> sa.ColumnElement:
    if field(name).is_words:
        word = sa.func.unnest(sa.func.tsvector_to_array(D.words)).table_valued("value").render_derived()
        start = sa.literal(f"{name}=", sa.Text)
        return (
            sa.select(sa.func.jsonb_agg(sa.func.substr(word.c.value, len(name) + 2)))
            .select_from(word)
            .where(sa.func.starts_with(word.c.value, start))
            .correlate(D.words.table)
            .scalar_subquery()
        )
    return D.fields[name]


def _counted(name: str, column: sa.ColumnElement, hits: sa.CTE, facets: Facets, allowed: Sequence) -> sa.Select:
    value = sa.func.jsonb_array_elements_text(sa.cast(column, JSONB)).table_valued("value").render_derived()
    counted = (
        sa.select(value.c.value.label("value"), sa.func.count().label("count"))
        .select_from(hits)
        .join(value, sa.true())
        .group_by(value.c.value)
    )
    if facets.least == 0:
        possible = sa.select(_values(name).label("values")).where(*allowed).subquery()
        other = sa.func.jsonb_array_elements_text(sa.cast(possible.c["values"], JSONB)).table_valued("value")
        other = other.render_derived()
        seen = counted.subquery()
        every = sa.select(sa.distinct(other.c.value).label("value")).select_from(possible).join(other, sa.true())
        every = every.subquery()
        counted = (
            sa.select(every.c.value, sa.func.coalesce(seen.c.count, 0).label("count"))
            .select_from(every)
            .join(seen, seen.c.value == every.c.value, isouter=True)
        )
    counted = counted.subquery()
    result = sa.select(sa.literal(name), counted.c.value, counted.c.count)
    if facets.least > 1:
        result = result.where(counted.c.count >= facets.least)
    result = result.order_by(counted.c.count.desc(), counted.c.value.collate("C"))
    result = result.limit(facets.limit) if facets.limit >= 0 else result
    return sa.select(result.subquery())
