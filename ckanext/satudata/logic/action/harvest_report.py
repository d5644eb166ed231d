"""What was said of harvested records."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.finding import harvest_reports

__all__ = ["satudata_harvest_report_list", "satudata_harvest_report_show"]


@boundary
@tk.side_effect_free
def satudata_harvest_report_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What was mended or not understood when a dataset (`id`) was harvested last.

    Returns `at` (null where nothing was) and `remarks`, each `{field, label, text}`. For officers of the agency and
    Walidata.
    """
    shown = tk.get_action("package_show")({**context}, {"id": tk.get_or_bust(data_dict, "id")})
    tk.check_access("satudata_harvest_report_show", context, {"id": shown["id"]})
    return harvest_reports.said(model.Session, shown["id"]) or {"at": None, "remarks": []}


@boundary
@tk.side_effect_free
def satudata_harvest_report_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a source of harvesting (`id`) that were not clean: `{id, title, at, remarks}`, the newest first.

    What was refused whole stands in the report of its job. For Walidata.
    """
    tk.check_access("satudata_harvest_report_list", context, data_dict)
    tk.get_or_bust(data_dict, "id")
    source = model.Package.get(params.text(data_dict, "id"))
    return harvest_reports.of_source(model.Session, source.id) if source is not None else []
