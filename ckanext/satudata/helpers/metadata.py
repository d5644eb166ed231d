"""Template helpers of metadata: lists, groups, what is missing."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain import metadata, written
from ckanext.satudata.domain.vocabulary import vocabulary


def satudata_choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """The choices of a field's list, for scheming."""
    return [{"value": term.value, "label": dict(term.label)} for term in vocabulary(field["vocabulary"]).terms]


def satudata_term(name: str, value: str | None) -> str:
    """The word of a list in the reader's language: `h.satudata_term('access_level', 'terbuka')`."""
    if name == "wilayah" and value:
        return _area(value)
    return vocabulary(name).label(value, tk.h.lang())


def _area(code: str) -> str:
    """The area's name; the government's own, or the province, where the list does not name the code."""
    areas, language = vocabulary("wilayah"), tk.h.lang()
    if areas.get(code):
        return areas.label(code, language)
    if code == config.area_code():
        return re.sub(r"^Pemerintah (?=\w)", "", config.government_name())
    province = areas.get(code.partition(".")[0])
    return tk._("an area of {province}").format(province=areas.label(province.value, language)) if province else code


def satudata_field_groups(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fields in order as [{name, title, fields}]; fields without a group come last under their own heading."""
    order = list(metadata.GROUPS)
    place = {name: number for number, name in enumerate(order)}
    ranked = sorted(fields, key=lambda field: place.get(field.get("group", ""), len(order)))
    return [
        {"name": name, "title": tk._(metadata.GROUPS.get(name, "Further details")), "fields": list(found)}
        for name, found in groupby(ranked, key=lambda field: field.get("group", "lain"))
    ]


def satudata_completeness(dataset: dict[str, Any]) -> dict[str, Any]:
    """{score, missing: [{field, label, why, demanded}]} in the reader's language."""
    found = metadata.completeness(dataset)
    gaps = [
        {"field": gap.field, "label": tk._(gap.label), "why": tk._(gap.why), "demanded": gap.demanded}
        for gap in found.missing
    ]
    return {"score": found.score, "missing": gaps}


def satudata_period_text(value: str | None) -> str:
    """A stored period as people read it; as it stands where it cannot be read."""
    if not value:
        return ""
    try:
        first, last = written.period(value)
    except ValueError:
        return value
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}" if first.year == last.year else f"{first.year}–{last.year}"
    return f"{satudata_day_text(first.isoformat())} – {satudata_day_text(last.isoformat())}"


def satudata_day_text(value: str | None) -> str:
    """A stored day as people read it; as it stands where it cannot be read."""
    try:
        return tk.h.satudata_date(value) if value else ""
    except ValueError:
        return value or ""


def satudata_walidata_name() -> str:
    """The data steward a new dataset names."""
    return config.walidata_name()


def satudata_area_code() -> str:
    """The government's own area code, which a new dataset covers."""
    return config.area_code()
