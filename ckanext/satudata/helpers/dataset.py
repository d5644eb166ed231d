"""What the dataset page says besides the metadata: at a glance, citation, addresses for programs, preview."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata import config
from ckanext.satudata.shared import wording
from ckanext.satudata.shared.clock import today

PREVIEW_ROWS = 20
BARS = 12


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
    """True where the first rows of the file can be shown."""
    return bool(resource.get("datastore_active"))


def satudata_preview(resource: dict[str, Any]) -> dict[str, Any] | None:
    """`headers`, `rows` (at most 20) and `bars` (or None) of a file in the DataStore; None where it may not be read."""
    try:
        found = tk.get_action("datastore_search")({}, {"resource_id": resource["id"], "limit": PREVIEW_ROWS})
    except (tk.ObjectNotFound, tk.NotAuthorized, KeyError):
        return None
    headers = [field["id"] for field in found["fields"] if field["id"] != "_id"]
    rows = [[record.get(name) for name in headers] for record in found["records"]]
    return {"headers": headers, "rows": rows, "bars": _bars(headers, rows, found.get("total", 0))}


def _bars(headers: list[str], rows: list[list[Any]], total: int) -> dict[str, Any] | None:
    """Bars of the last numeric column by the first text column, where the whole file is a dozen distinct rows."""
    if not 1 < len(rows) == total <= BARS:
        return None
    numeric = [at for at, _ in enumerate(headers) if all(isinstance(row[at], (int, float)) for row in rows)]
    words = [at for at, _ in enumerate(headers) if at not in numeric and len({row[at] for row in rows}) == len(rows)]
    if not numeric or not words:
        return None
    label, value = words[0], numeric[-1]
    top = max(abs(row[value]) for row in rows) or 1
    return {
        "title": tk._("{measure} by {name}").format(measure=headers[value], name=headers[label]),
        "items": [
            {"label": row[label], "value": row[value], "share": round(abs(row[value]) / top * 100)} for row in rows
        ],
    }
