"""From the dictionary CKAN indexes to the row that is searched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from typing import Any

from dateutil.parser import isoparse

from ckanext.satudata.model.base import utcnow
from ckanext.satudata.search import analysis
from ckanext.satudata.search.fields import COPIES, TEXT_PREFIXES, Kind, field

MAX_POSITION = 16_000  # a tsvector counts to 16,383; words behind are found, but not in phrases
MAX_PLACES = 250  # and keeps 256 positions of a word
MAX_KEY = 400  # characters of a value that GIN takes for certain


def row_of(document: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The columns of `SearchDocument` (all but `position`) for what `PackageSearchIndex` would send to Solr."""
    values = _values(document)
    for target, sources in COPIES.items():
        copied = [value for source in sources for value in values.get(source, ())]
        if target == "text":
            copied += [value for name in values if name.startswith(TEXT_PREFIXES) for value in values[name]]
        if copied:
            values[target] = values.get(target, []) + copied
    lexemes: dict[str, list[int]] = {}
    exact: dict[str, None] = {}
    fields: dict[str, list[str]] = {}
    for name, found in values.items():
        kind = field(name).kind
        if field(name).is_words:
            _add_words(lexemes, name, kind, found, language)
        elif kind is Kind.PART:
            fields[name] = [value.lower() for value in found]
        elif kind is not Kind.KEPT:
            fields[name] = list(dict.fromkeys(found))
            if kind is Kind.EXACT:
                exact.update(dict.fromkeys(key(name, value) for value in found))
    return {
        "index_id": str(document["index_id"]),
        "exact": list(exact),
        "words": tsvector(lexemes),
        "title_words": sum(lexeme.startswith("title=") for lexeme in lexemes),
        "fields": fields,
        "stored": _stored(values, document),
        "data_dict": _text(document.get("data_dict")),
        "validated_data_dict": _text(document.get("validated_data_dict")),
        "modified": (fields.get("metadata_modified") or [None])[0],
        "title_key": (fields.get("title_string") or [None])[0],
    }


def key(name: str, value: str) -> str:
    """`field=value` as it stands in `exact`; a long value is cut and told apart by its digest."""
    if len(value) > MAX_KEY:
        import hashlib

        value = value[:MAX_KEY] + "#" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name}={value}"


def quoted(lexeme: str) -> str:
    """A lexeme as tsvector and tsquery write it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def tsvector(lexemes: Mapping[str, Iterable[int]]) -> str:
    """A tsvector's text for `{lexeme: [position from 0]}`."""
    parts = []
    for lexeme, places in lexemes.items():
        near = sorted({place + 1 for place in places if place < MAX_POSITION})[:MAX_PLACES]
        parts.append(quoted(lexeme) + (":" + ",".join(map(str, near)) if near else ""))
    return " ".join(parts)


def as_instant(value: str) -> str:
    """A date in the one form that compares as text, in UTC; raises ValueError."""
    instant = isoparse(value)
    if instant.tzinfo:
        instant = instant.astimezone(timezone.utc)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z".rjust(24, "0")


def _values(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every field's values as text; empty ones are left out as `pysolr` does."""
    values: dict[str, list[str]] = {}
    for name, value in document.items():
        if value is None or value == "" or field(name).kind is Kind.KEPT:
            continue
        many = value if isinstance(value, (list, tuple, set)) else [value]
        found = [text for text in (_value(name, one) for one in many) if text is not None]
        if found:
            values[name] = found
    values.setdefault("indexed_ts", [as_instant(utcnow().isoformat())])
    return values


def _value(name: str, value: Any) -> str | None:
    text = _text(value)
    kind = field(name).kind
    if text is not None and kind is Kind.DATE:
        return as_instant(text)
    if text is not None and kind is Kind.NUMBER:
        return str(int(text))
    return text


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True).replace("\x00", "")
    return storable(str(value))


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL and half characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _add_words(lexemes: dict[str, list[int]], name: str, kind: Kind, found: Iterable[str], language: str) -> None:
    start = 0
    for value in found:
        last = -1
        for place, word in analysis.words(value, kind, language, join=True):
            lexemes.setdefault(f"{name}={word}", []).append(start + place)
            last = max(last, place)
        start += last + 1 + analysis.GAP


def _stored(values: Mapping[str, list[str]], document: Mapping[str, Any]) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    for name, found in values.items():
        if field(name).stored and (name in document or name in ("indexed_ts", "title_ngram", "name_ngram")):
            kept: list[Any] = [int(value) for value in found] if field(name).kind is Kind.NUMBER else list(found)
            stored[name] = kept if field(name).many else kept[0]
    return stored
