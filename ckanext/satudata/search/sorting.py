"""`sort=score desc, metadata_modified desc` as an ORDER BY."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.search.common import SearchQueryError

from ckanext.satudata.search.fields import Kind, field
from ckanext.satudata.search.sql import D

_COLUMNS = {"metadata_modified": D.modified, "title_string": D.title_key}


def keys(sort: str) -> list[tuple[str, bool]]:
    """`[(field, whether descending), ...]`; by score where nothing is asked."""
    found = []
    for part in sort.split(","):
        words = part.split()
        if not words:
            continue
        if len(words) != 2 or words[1].lower() not in ("asc", "desc"):
            raise SearchQueryError(tk._("sort is a field and asc or desc, such as title_string asc"))
        if "(" in words[0]:
            raise SearchQueryError(tk._("Sorting by a function is not served without Solr"))
        found.append((words[0], words[1].lower() == "desc"))
    return found or [("score", True)]


def clauses(sort: list[tuple[str, bool]], score: sa.ColumnElement | None) -> list[sa.ColumnElement]:
    """The ORDER BY; equal documents follow in the order they were written, so that pages never overlap."""
    found = []
    for name, descending in sort:
        if name == "score":
            if score is not None:
                found.append(score.desc() if descending else score.asc())
            continue
        expression = _expression(name, descending)
        ordered = expression.desc() if descending else expression.asc()
        # Missing texts come last either way, missing dates and numbers count as the smallest, as in CKAN's schema.
        smallest = field(name).kind in (Kind.DATE, Kind.NUMBER)
        found.append(ordered.nulls_first() if smallest and not descending else ordered.nulls_last())
    return [*found, D.position.asc()]


def _expression(name: str, descending: bool) -> sa.ColumnElement:
    known = field(name)
    if name in _COLUMNS:
        return _COLUMNS[name]
    if known.kind is Kind.KEPT or known.many or not name.isidentifier() and "-" not in name:
        raise SearchQueryError(
            tk._("Results cannot be sorted by {field}: it may have several values").format(field=name)
        )
    if known.is_words:
        word = sa.func.unnest(sa.func.tsvector_to_array(D.words)).table_valued("value").render_derived()
        pick = (sa.func.max if descending else sa.func.min)(word.c.value.collate("C"))
        return (
            sa.select(pick)
            .select_from(word)
            .where(word.c.value.like(name.replace("_", "\\_") + "=%"))
            .correlate(D.words.table)
            .scalar_subquery()
        )
    value = D.fields[name][0].astext
    return sa.cast(value, sa.Numeric) if known.kind is Kind.NUMBER else value.collate("C")
