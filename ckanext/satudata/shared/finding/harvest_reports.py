"""The dirt of harvested records: mended on its way in, and told record by record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from sqlalchemy.orm import Session

from ckanext.satudata.domain import harvested, metadata
from ckanext.satudata.domain.imports import Remark
from ckanext.satudata.model.harvest_report import HarvestReport
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.finding import harvesting
from ckanext.satudata.shared.publishing import permits

_LABELS = {"resources": "Files", "extras": "Other fields", "name": "Address", "type": "Type", "tag_string": "Keywords"}


def taken(context: Mapping[str, Any], data: dict[str, Any]) -> tuple[dict[str, Any], list[Remark]]:
    """The record of an import as it can be taken, and what is said of it; of other callers what they sent."""
    if not (p.plugin_loaded("harvest") and context.get("ignore_auth") and harvesting.is_harvester(dict(context))):
        return data, []
    source = _source(str(data.get("id") or ""))
    record, remarks = harvested.read(data, source.url if source is not None else "")
    kind = record.get("type")
    if kind and kind not in permits.known_types():
        record["type"] = "dataset"
        values = {"value": str(kind), "stored": "dataset"}
        remarks = [*remarks, Remark("type", '"{value}" was read as "{stored}".', values)]
    return record, remarks


def keep(session: Session, package_id: str, remarks: list[Remark]) -> None:
    """Keeps what was said of a record, in place of what was said before. Does not commit."""
    if not remarks:
        return
    row = session.get(HarvestReport, package_id) or HarvestReport(package_id=package_id)
    source = _source(package_id)
    row.source_id = source.id if source is not None else row.source_id
    row.remarks = [{"field": one.cell, "text": one.text, "params": _short(one.params)} for one in remarks]
    row.at = clock.now()
    session.add(row)


def _short(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) if len(str(value)) <= 200 else str(value)[:200] + "…" for name, value in params.items()}


def _source(package_id: str) -> Any:
    """The source from which this record came last, or None."""
    from ckanext.harvest.model import HarvestObject

    if not package_id:
        return None
    found = model.Session.query(HarvestObject).filter(
        (HarvestObject.package_id == package_id) | (HarvestObject.guid == package_id)
    )
    newest = found.order_by(HarvestObject.gathered.desc()).first()
    return newest.source if newest is not None else None


def said(session: Session, package_id: str) -> dict[str, Any] | None:
    """`at` and `remarks` (`{field, label, text}`, in the reader's language) of one record; None without any."""
    row = session.get(HarvestReport, package_id)
    return _told(row) if row is not None else None


def of_source(session: Session, source_id: str) -> list[dict[str, Any]]:
    """`{id, title, at, remarks}` of each record of a source that was not clean, the newest first."""
    rows = session.scalars(HarvestReport.of_source(source_id)).all()
    titles = {row.package_id: getattr(session.get(model.Package, row.package_id), "title", "") for row in rows}
    return [{"id": row.package_id, "title": titles[row.package_id] or "", **_told(row)} for row in rows]


def _told(row: HarvestReport) -> dict[str, Any]:
    labels = {one["field_name"]: one["label"] for one in metadata.fields()} | _LABELS
    remarks = [
        {
            "field": one["field"],
            "label": tk._(labels.get(one["field"], one["field"])),
            "text": tk._(one["text"]).format(**one["params"]),
        }
        for one in row.remarks
    ]
    return {"at": row.at.isoformat(), "remarks": remarks}
