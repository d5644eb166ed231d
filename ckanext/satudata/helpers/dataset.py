"""What the dataset page says besides the metadata: at a glance, citation, addresses for programs, preview."""

from __future__ import annotations

import re
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.shared import preview, wording, words
from ckanext.satudata.shared.clock import today

BARS = 12
NO_QUANTITY = re.compile(r"\b(kode|code|id|tahun|year|nomor|no|bulan|month)\b", re.I)


def satudata_dataset_glance(pkg: dict[str, Any]) -> list[tuple[str, str]]:
    """The few facts of the side column as (label, value)."""
    level = tk.h.satudata_level(pkg.get("access_level"))
    return [
        (tk._("Level of access"), level["meaning"] if level else ""),
        (tk._("Released"), wording.day(pkg["metadata_created"]) if pkg.get("metadata_created") else ""),
        (tk._("Last changed"), wording.day(pkg["metadata_modified"]) if pkg.get("metadata_modified") else ""),
        (tk._("Licence"), pkg.get("license_title") or ""),
        (tk._("Files"), wording.number(len(pkg.get("resources") or []))),
    ]


def satudata_reuse(pkg: dict[str, Any]) -> dict[str, str]:
    """`citation`, `api`, `rows` (of the first open file in the DataStore) and `dcat` (without its suffix)."""
    address = tk.url_for(f"{pkg['type']}.read", id=pkg["name"], qualified=True)
    producer = (pkg.get("organization") or {}).get("title") or config.government_name()
    year = wording.as_date(pkg["metadata_modified"]).year if pkg.get("metadata_modified") else today().year
    stored = [resource["id"] for resource in pkg.get("resources") or [] if resource.get("datastore_active")]
    api = tk.url_for("api.action", ver=3, logic_function="package_show", id=pkg["name"], qualified=True)
    rows = tk.url_for("api.action", ver=3, logic_function="datastore_search", qualified=True)
    return {
        "citation": f"{producer} ({year}). {pkg.get('title') or pkg['name']}. {config.government_name()}. "
        f"{address} ({tk._('accessed {day}').format(day=wording.day(today()))})",
        "api": api,
        "rows": f"{rows}?resource_id={stored[0]}&limit=5" if stored else "",
        "dcat": address if tk.h.plugin_loaded("dcat") else "",
    }


def satudata_can_preview(resource: dict[str, Any]) -> bool:
    """True where the first rows of the released file can be shown."""
    return resource.get("url_type") == "upload" and str(resource.get("format") or "").upper() in preview.FORMATS


def satudata_preview(resource: dict[str, Any]) -> dict[str, Any]:
    """`headers`, `rows` (at most 20), `numeric` (column numbers), `bars` (or None); or the `fault`."""
    try:
        found = preview.of_resource(model.Session, resource["id"])
    except SatudataError as error:
        return {"fault": words.error_text(error)}
    if found is None:
        return {"fault": tk._("This file lies on another portal.")}
    return {"headers": found.headers, "rows": found.rows, "numeric": found.numeric, "bars": _bars(found)}


def _bars(found: preview.Preview) -> dict[str, Any] | None:
    """Bars of the last column of quantities by the first of distinct words, where the file is a dozen rows at most."""
    if not found.is_whole or not 1 < len(found.rows) <= BARS:
        return None
    numeric = [
        at
        for at, name in enumerate(found.headers)
        if at in found.numeric and not NO_QUANTITY.search(name) and all(row[at] for row in found.rows)
    ]
    words_ = [
        at
        for at in range(len(found.headers))
        if at not in found.numeric and len({row[at] for row in found.rows}) == len(found.rows)
    ]
    if not numeric or not words_:
        return None
    label, value = words_[0], numeric[-1]
    numbers = [float(row[value].replace(",", ".")) for row in found.rows]
    top = max(map(abs, numbers)) or 1
    return {
        "title": tk._("{measure} by {name}").format(measure=found.headers[value], name=found.headers[label]),
        "items": [
            {"label": row[label], "value": number, "share": round(abs(number) / top * 100)}
            for row, number in zip(found.rows, numbers, strict=True)
        ],
    }
