"""What a caller asks the engine for: Solr's parameters, read once and refused where they are not served."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchQueryError
from ckan.lib.search.query import QUERY_FIELDS

from ckanext.satudata.search import dismax, local_params
from ckanext.satudata.search.clauses import Bool, Everything, Unreadable, standing_alone
from ckanext.satudata.search.document import storable
from ckanext.satudata.search.fields import Kind, field
from ckanext.satudata.search.syntax import Reader

#: Served, or without a meaning here: `fq_list` is CKAN's own, which has already put its filters into `fq`.
KNOWN = {
    "q", "fq", "fq_list", "fl", "rows", "start", "sort", "qf", "mm", "tie", "df", "defType", "q.op", "facet",
    "facet.field", "facet.limit", "facet.mincount", "wt", "extras",
}  # fmt: skip
MAX_ROWS = 1_000_000
REMEMBERED = 1_000  # characters; a longer query is read anew each time


@dataclass(frozen=True)
class Facets:
    """Which fields to count, how many values each (-1: all), from how many documents on."""

    fields: tuple[str, ...] = ()
    limit: int = 100
    least: int = 1


@dataclass(frozen=True)
class Request:
    """A search, parsed."""

    query: object
    filters: tuple
    fields: tuple[str, ...]
    start: int
    rows: int
    sort: str
    facets: Facets
    is_timeless: bool  # without NOW: the same question tomorrow

    def wants(self, column: str) -> bool:
        """Whether a column of the index is needed for the fields asked for."""
        if column == "stored":
            return any(field(name).kind is not Kind.KEPT and name != "score" for name in self.fields)
        return self.wants_field(column)

    def wants_field(self, name: str) -> bool:
        """Whether a field is asked for; `extras_*` asks for all that start so."""
        return any(name == wanted or wanted.endswith("*") and name.startswith(wanted[:-1]) for wanted in self.fields)

    def part_of(self, document: dict[str, Any]) -> dict[str, Any]:
        """What is asked for of a document."""
        if "*" in self.fields:
            return document
        if any(wanted.endswith("*") for wanted in self.fields):
            return {name: value for name, value in document.items() if self.wants_field(name)}
        names = frozenset(self.fields)
        return {name: value for name, value in document.items() if name in names}

    @property
    def wants_score(self) -> bool:
        """Whether the score is asked for by its name."""
        return "score" in self.fields


def read(params: Mapping[str, Any]) -> Request:
    """The request; raises SearchQueryError for whatever cannot be served."""
    params = {name: storable(value) if isinstance(value, str) else value for name, value in params.items()}
    unknown = sorted(name for name in params if name not in KNOWN and not _is_facet_of_field(name))
    if unknown:
        raise SearchQueryError(f"Not served without Solr: {', '.join(unknown)}")
    texts = [str(params.get("q") or "*:*"), *_filter_texts(params)]
    return Request(
        query=_query(texts[0], params),
        filters=tuple(_filter(text, params) for text in texts[1:]),
        fields=tuple(str(params.get("fl") or "*").replace(",", " ").split()),
        start=_number(params, "start", 0),
        rows=min(_number(params, "rows", 10), MAX_ROWS),
        sort=str(params.get("sort") or ""),
        facets=_facets(params),
        is_timeless=not any("NOW" in text for text in texts),
    )


def _query(text: str, params: Mapping[str, Any]) -> object:
    given = local_params.split(text)
    if given is not None:
        return parsed_by(given[0], given[1], params)
    return parsed_by([("type", str(params.get("defType") or "lucene"))], text, params)


def _filter(text: str, params: Mapping[str, Any]) -> object:
    given = local_params.split(text)
    if given is not None:
        return parsed_by(given[0], given[1], params)
    return parsed_by([], text, params)


def parsed_by(given: local_params.Given, text: str, params: Mapping[str, Any]) -> object:
    """The clause of `text` under the query parser that the `type` given names."""
    own = local_params.single(given)
    settings = {**params, **own}
    parser = own.get("type", "lucene")
    text = own.get("v", text)
    if text.strip() == "*:*":
        return Everything()
    read = _read if len(text) <= REMEMBERED else _read.__wrapped__
    if parser == "lucene":
        return read(parser, text, _is_and(settings), str(settings.get("df") or "text"))
    if parser in ("dismax", "edismax"):
        fields, tie = str(settings.get("qf") or QUERY_FIELDS), _float(settings.get("tie") or 0.0)
        mm = str(settings.get("mm") or ("100%" if _is_and(settings) else "0%"))
        return read(parser, text, _is_and(settings), fields, tie, mm)
    if parser == "bool":
        return _bool(given, params)
    return local_params.plain(parser, own, text)


@lru_cache(maxsize=2048)
def _read(parser: str, text: str, is_and: bool, qf: str, tie: float = 0.0, mm: str | None = None) -> object:
    if parser == "lucene":
        return standing_alone(Reader(default_and=is_and, fields={qf: 1.0}).read(text))
    fields = dismax.weights(qf)
    if parser == "edismax":
        with suppress(Unreadable):
            return standing_alone(Reader(default_and=is_and, fields=fields, tie=tie, mm=mm).read(text))
        text = _without_stray_marks(text)
    return dismax.read(text, fields=fields, tie=tie, mm=mm or "0%")


def _without_stray_marks(text: str) -> str:
    """What edismax cannot read is words to it, and a bracket alone is none."""
    words = [word for word in text.split() if '"' in word or word in ("&&", "||") or any(map(str.isalnum, word))]
    return " ".join(words) or text


def _bool(given: local_params.Given, params: Mapping[str, Any]) -> object:
    known = {"must": "must", "filter": "must", "should": "may", "must_not": "never"}
    parts: dict[str, list] = {"must": [], "may": [], "never": []}
    for name, text in given:
        if name in known:
            parts[known[name]].append(parsed_by([], text, params))
        elif name not in ("type", "v", "q.op"):
            raise SearchQueryError(f"{{!bool}} is not served with {name}")
    return Bool(**{name: tuple(found) for name, found in parts.items()})


def _filter_texts(params: Mapping[str, Any]) -> list[str]:
    """`fq`, and `fq_list`, which CKAN's `package_search` has put into `fq` already; others may not have."""
    texts: dict[str, None] = {}
    for name in ("fq", "fq_list"):
        value = params.get(name) or ()
        texts.update(dict.fromkeys(storable(str(text)) for text in ([value] if isinstance(value, str) else value)))
    return [text for text in texts if text.strip()]


def _is_facet_of_field(name: str) -> bool:
    return name.startswith("f.") and name.endswith((".facet.limit", ".facet.mincount"))


def _facets(params: Mapping[str, Any]) -> Facets:
    wanted = params.get("facet.field") or ()
    if isinstance(wanted, str):
        wanted = [wanted]
    if str(params.get("facet", "false")).lower() not in ("true", "1", "on", "yes") or not wanted:
        return Facets()
    if any(_is_facet_of_field(name) for name in params):
        raise SearchQueryError("facet.limit and facet.mincount are served for all facets together")
    for name in wanted:
        if not _is_name(name):
            raise SearchQueryError(tk._("There is no field called {field}").format(field=name))
    return Facets(
        tuple(dict.fromkeys(map(str, wanted))),
        _number(params, "facet.limit", 100, least=-1),
        _number(params, "facet.mincount", 0),
    )


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name) and all(char.isalnum() or char in "_-." for char in name)


def _is_and(settings: Mapping[str, Any]) -> bool:
    operator = str(settings.get("q.op") or "OR").upper()
    if operator not in ("AND", "OR"):
        raise SearchQueryError(f"q.op is AND or OR, not {operator!r}")
    return operator == "AND"


def _number(params: Mapping[str, Any], name: str, default: int, least: int = 0) -> int:
    value = params.get(name)
    try:
        number = default if value is None or value == "" else int(value)
    except (TypeError, ValueError) as error:
        raise SearchQueryError(f"{name} must be a whole number, not {value!r}") from error
    if number < least:
        raise SearchQueryError(f"{name} must not be less than {least}")
    return number


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise SearchQueryError(f"tie must be a number, not {value!r}") from error
