"""Filters of the search page, in the order a visitor thinks of them, and the fields behind them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import written

YEARS = "vocab_tahun"
"""Field of the index with each year the data are about; CKAN's Solr schema keeps `vocab_*` as lists of words."""


def titles() -> OrderedDict[str, str]:
    """Field of the index to the filter's heading."""
    return OrderedDict(
        access_level=tk._("Level of access"),
        organization=tk._("Data producer"),
        urusan=tk._("Topic"),
        res_format=tk._("File format"),
        vocab_tahun=tk._("Year"),
        cakupan_wilayah=tk._("Area"),
    )


def years(period: str | None) -> list[str]:
    """Each year of a reference period such as `2019-2024`; none where it cannot be read or is longer than a century."""
    if not period:
        return []
    try:
        first, last = written.period(period)
    except ValueError:
        return []
    return [str(year) for year in range(first.year, last.year + 1)] if last.year - first.year < 100 else []


def add_to(document: dict[str, Any]) -> dict[str, Any]:
    """The document of the index with what the filters need."""
    found = years(document.get("periode_data"))
    if found:
        document[YEARS] = found
    return document
