"""What people type into the pages that search datasets, made so that the engine can always answer.

The API keeps the whole query language and its refusals; a page has a reader who never asked for either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import ckan.plugins as p
import ckan.plugins.toolkit as tk

PAGES = frozenset({"dataset.search", "organization.read", "organization.bulk_process", "group.read"})
"""Endpoints with the search box, its order and its filters."""

LISTS = frozenset({"organization.index", "group.index", "user.index"})
"""Endpoints that list by the page; of them only the page is looked at."""

MOST_WORDS = 50
MOST_PAGES = 100_000
_WORD = re.compile(r"\w+(?:[.\-]\w+)*")
_OPERATORS = {"AND", "OR", "NOT"}
_ORDER = re.compile(r"(score|name|title_string|metadata_created|metadata_modified) (asc|desc)")
_FILTERS = frozenset({"tags", "res_format", "license_id", "groups", "organization"})


def plain(text: str) -> str:
    """The words of a query and nothing that a query parser gives a meaning to; the first 50."""
    words = _WORD.findall(text)[:MOST_WORDS]
    return " ".join(word.lower() if word in _OPERATORS else word for word in words)


def tidy(arguments: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Name and value of each argument of a search page that means something there.

    An order, a filter or a page that no page offers is left out: CKAN would answer with a bare 400, or find nothing
    for an address to which another site has added a mark of its own (`utm_source`).
    """
    filters = _filters()
    return [(name, value) for name, value in arguments if _is_known(name, value, filters)]


def without_unknown_page(arguments: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The arguments of a list, without a page that none can be."""
    return [(name, value) for name, value in arguments if name != "page" or _is_page(value)]


def _is_page(value: str) -> bool:
    return value.isascii() and value.isdigit() and 1 <= int(value[:20]) <= MOST_PAGES


def _is_known(name: str, value: str, filters: frozenset[str]) -> bool:
    if name == "sort":
        return all(_ORDER.fullmatch(part.strip()) for part in value.split(","))
    if name == "page":
        return _is_page(value)
    if name == "q" or name.startswith(("_", "ext_")):
        return True
    return name in filters and not set(value) & set('"\\\0')


def _filters() -> frozenset[str]:
    """Fields that this portal's pages filter by, those of other plugins included."""
    titles: dict[str, str] = dict.fromkeys(tk.h.facets(), "")
    for plugin in p.PluginImplementations(p.IFacets):
        titles = plugin.dataset_facets(titles, "dataset")
    return _FILTERS | set(titles)
