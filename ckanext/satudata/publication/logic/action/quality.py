"""The quality of what is to be sent."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import actors
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import quality
from ckanext.satudata.shared.publishing import datasets
from ckanext.satudata.shared.revision import revising, revisions

__all__ = ["satudata_quality_show"]


@boundary
@tk.side_effect_free
def satudata_quality_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What is wrong in the files and the description of a dataset (`id`) as it would be sent: warnings with mends.

    Returns `files` (`{id, name, state: waiting|running|done|failed, share, fault, rows, columns, looked_at, findings:
    [{text, mend}]}`, of CSV, TSV and XLSX) and `description` (`{field, label}` of what is recommended and empty).
    Large files are looked into by a job: ask again. For officers of the agency and Walidata.
    """
    shown = tk.get_action("package_show")({**context}, {"id": tk.get_or_bust(data_dict, "id")})
    tk.check_access("satudata_quality_show", context, {"id": shown["id"]})
    session = model.Session()
    if revisions.has_working_copy(session, shown["id"]):
        whole = revising.shown(session, shown["id"], with_files=True)
    else:
        whole = datasets.for_edit(session, shown)
    return quality.of_dataset(session, actors.actor_of(context), whole)
