"""Answers like `pysolr.Solr`, out of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pysolr
import sqlalchemy as sa
from ckan.lib.search.common import SearchError, SearchIndexError, SearchQueryError, solr_datetime_decoder
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, ProgrammingError

from ckanext.satudata.model.search_document import SearchDocument
from ckanext.satudata.search import facets, hits, request
from ckanext.satudata.search.clauses import standing_alone
from ckanext.satudata.search.document import row_of
from ckanext.satudata.search.sql import Conditions, D
from ckanext.satudata.search.syntax import Reader

TABLE = SearchDocument.__table__
LANGUAGES = ("indonesian", "english")
NO_TABLE = "The table of the search index is missing: run `ckan db upgrade -p satudata`"
UNDEFINED_TABLE = "42P01"


def language() -> str:
    """The language whose stems are compared (`ckanext.satudata.search.language`)."""
    chosen = tk.config.get("ckanext.satudata.search.language") or LANGUAGES[0]
    if chosen not in LANGUAGES:
        raise tk.CkanConfigurationException(
            f"ckanext.satudata.search.language is one of {', '.join(LANGUAGES)}, not {chosen!r}"
        )
    return chosen


class Client:
    """Stands where CKAN expects a connection to Solr; keeps no state between calls."""

    url = "satudata://postgresql"
    is_transactional = True

    def __init__(self, decode_dates: bool = True):
        self.decode_dates = decode_dates

    # ---- writing

    def add(self, docs: Iterable[Mapping[str, Any]], commit: bool | None = None, **_: Any) -> None:
        """Indexes documents; a document with the same `index_id` is replaced."""
        rows: dict[str, dict[str, Any]] = {}
        for document in docs:
            try:
                row = row_of(document, language())
            except (KeyError, ValueError, TypeError) as error:
                raise SearchIndexError(f"{document.get('id')} cannot be indexed: {error!r}") from error
            rows[row["index_id"]] = row
        if not rows:
            return
        put = insert(TABLE)
        changed = {name: put.excluded[name] for name in next(iter(rows.values())) if name != "index_id"}
        put = put.on_conflict_do_update(index_elements=[D.index_id], set_=changed)
        with _writing(SearchIndexError) as connection:
            connection.execute(put, list(rows.values()))

    def delete(self, id: Any = None, q: str | None = None, commit: bool | None = None, **_: Any) -> None:
        """Deletes by `index_id` (one or several) or by a query in Lucene's syntax."""
        if (id is None) == (q is None):
            raise ValueError("Give either an id or a query")
        if q is not None:
            clause = Reader(default_and=False, fields={"text": 1.0}).read(q)
            condition = Conditions(language()).of(standing_alone(clause))
            condition = sa.false() if condition is None else condition
        else:
            condition = D.index_id.in_([id] if isinstance(id, str) else list(id))
        with _writing(SearchIndexError) as connection:
            connection.execute(sa.delete(TABLE).where(condition))

    def commit(self, **_: Any) -> None:
        """Nothing to do: what was written alone is committed, the rest belongs to the caller's transaction."""

    # ---- reading

    def search(self, q: str | None = None, search_handler: str | None = None, **params: Any) -> pysolr.Results:
        """`pysolr.Results` for Solr's parameters; raises SearchQueryError for what is not served."""
        asked = request.read({**params, "q": q})
        facets.check(asked.facets)
        spoken = language()
        with _reading() as connection:
            found, rows = hits.kept_page(connection, asked, spoken) or hits.found_page(connection, asked, spoken)
            if asked.facets in found.counts:
                counts = facets.copy(found.counts[asked.facets])
            else:
                allowed = hits.allowed(connection, asked, spoken) if asked.facets.least == 0 else None
                counts = facets.counts(connection, found, allowed, asked.facets)
        docs = [self._document(row, asked) for row in rows]
        return pysolr.Results(
            {
                "responseHeader": {"status": 0, "QTime": 0},
                "response": {"numFound": len(found.positions), "start": asked.start, "docs": docs},
                "facet_counts": {"facet_fields": counts},
            }
        )

    def _document(self, row: Mapping[str, Any], asked: request.Request) -> dict[str, Any]:
        document = dict(row.get("stored") or {})
        for name in ("data_dict", "validated_data_dict", "score"):
            if row.get(name) is not None:
                document[name] = row[name]
        document = asked.part_of(document)
        return solr_datetime_decoder(document) if self.decode_dates else document


@contextmanager
def _reading() -> Iterator[sa.Connection]:
    """The caller's connection, in a savepoint: a statement that fails must not abort the caller's transaction."""
    connection = model.Session.connection()
    with _explained(SearchError), connection.begin_nested():
        yield connection


@contextmanager
def _writing(failure: type[Exception]) -> Iterator[sa.Connection]:
    """The caller's transaction, in a savepoint and never committed; where nothing is pending in it, one of its own.

    CKAN indexes before it commits, so that row and index agree; where it indexes after its commit (deleting a tag,
    clearing the index) there is nothing to wait for and nobody who would commit.
    """
    session = model.Session()
    connection = session.connection()
    with _explained(failure):
        if session.new or session.dirty or session.deleted or connection.scalar(sa.select(_xid())) is not None:
            with connection.begin_nested():
                yield connection
        else:
            with model.meta.engine.begin() as own:
                yield own


def _xid() -> sa.ColumnElement:
    return sa.func.txid_current_if_assigned()


@contextmanager
def _explained(failure: type[Exception]) -> Iterator[None]:
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "pgcode", None) == UNDEFINED_TABLE:
            raise failure(NO_TABLE) from error
        raise failure(str(error.orig)) from error
    except DBAPIError as error:
        raise (SearchQueryError if failure is SearchError else failure)(str(error.orig)) from error
