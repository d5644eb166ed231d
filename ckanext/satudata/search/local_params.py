"""`{!parser name=value}` at the start of a query, as far as `ckan.search.solr_allowed_query_parsers` allows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ckan.common import config
from ckan.lib.search.common import SearchQueryError

from ckanext.satudata.search.clauses import Bool, Like, Phrase, Word

Given = Sequence[tuple[str, str]]


def split(text: str) -> tuple[Given, str] | None:
    """The parameters as written (`type` among them) and the rest of the query; None where there are none."""
    text = text.lstrip()
    if not text.startswith("{!"):
        return None
    given: list[tuple[str, str]] = []
    at = 2
    while True:
        at = _skip(text, at)
        if at >= len(text):
            raise SearchQueryError("Could not parse incoming local parameters: the bracket is not closed")
        if text[at] == "}":
            break
        name, at = _run(text, at, "= }")
        if at < len(text) and text[at] == "=":
            value, at = _value(text, at + 1)
            given.append((name, value))
        else:
            given.append(("type", name))
    parser = single(given).get("type", "lucene")
    if parser not in (config.get("ckan.search.solr_allowed_query_parsers") or ()):
        raise SearchQueryError(f"The query parser {parser!r} is not allowed")
    return given, text[at + 1 :]


def single(given: Given) -> dict[str, str]:
    """Each parameter by its name; of one that is given twice the first, as in Solr."""
    return dict(reversed(given))


def plain(parser: str, own: Mapping[str, str], text: str) -> object:
    """The small parsers that take one field: term, terms, prefix, field."""
    if parser == "terms":
        values = text.split(own.get("separator", ","))
        return Bool(may=tuple(Word(_field(own), value.strip()) for value in values))
    if parser == "field":
        return Phrase(_field(own), text)
    if parser in ("term", "raw"):
        return Word(_field(own), text)
    if parser == "prefix":
        return Like(_field(own), (("text", text), ("wild", "*")))
    raise SearchQueryError(f"The query parser {parser!r} is not served without Solr")


def _field(own: Mapping[str, str]) -> str:
    if not own.get("f"):
        raise SearchQueryError(f"The query parser {own['type']!r} needs f, a field")
    return own["f"]


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _run(text: str, at: int, until: str) -> tuple[str, int]:
    start = at
    while at < len(text) and text[at] not in until:
        at += 1
    if at == start:
        raise SearchQueryError(f"Could not parse incoming local parameters at {text[start:]!r}")
    return text[start:at], at


def _value(text: str, at: int) -> tuple[str, int]:
    if at < len(text) and text[at] in "'\"":
        quote, at, value = text[at], at + 1, ""
        while at < len(text) and text[at] != quote:
            if text[at] == "\\":
                at += 1
            value += text[at : at + 1]
            at += 1
        if at >= len(text):
            raise SearchQueryError("Could not parse incoming local parameters: a quotation mark is not closed")
        return value, at + 1
    if at < len(text) and text[at] == "$":
        raise SearchQueryError("References to other parameters ($name) are not served")
    return _run(text, at, " }")
