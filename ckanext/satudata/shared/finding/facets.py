"""Filters of the search page, in the order a visitor thinks of them, and the fields behind them."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import written

FORMATS = "vocab_format"
"""Field of the index with what the files are; `res_format` says HTML of whatever has to be asked for."""

YEARS = "vocab_tahun"
"""Field of the index with each year the data are about; CKAN's Solr schema keeps `vocab_*` as lists of words."""


def titles() -> OrderedDict[str, str]:
    """Field of the index to the filter's heading."""
    return OrderedDict(
        access_level=tk._("Access level"),
        organization=tk._("Data producer"),
        urusan=tk._("Topic"),
        vocab_format=tk._("File format"),
        vocab_tahun=tk._("Year"),
        cakupan_wilayah=tk._("Area"),
    )


def formats(resources: Iterable[dict[str, Any]]) -> list[str]:
    """The real formats of these resources in capitals, each once; of an address to ask at without one, none."""
    found: dict[str, None] = {}
    for resource in resources:
        real = resource.get("data_format")
        if not real and "/minta-data/" not in str(resource.get("url") or ""):
            real = resource.get("format")
        if real:
            found[str(real).upper()] = None
    return list(found)


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
    kinds = formats(_resources(document))
    if kinds:
        document[FORMATS] = kinds
    return document


def _resources(document: dict[str, Any]) -> list[dict[str, Any]]:
    shown = document.get("validated_data_dict") or document.get("data_dict")
    return (json.loads(shown).get("resources") or []) if shown else []
