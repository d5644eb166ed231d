"""Published addresses of what was withdrawn since: bookmarks and citations lead to the page that says so."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudata.domain.access import DatasetStage, Level, level_of
from ckanext.satudata.model.dataset_state import DatasetState
from ckanext.satudata.shared import hooks
from ckanext.satudata.shared.boundary import is_storable

satudata_former_address = Blueprint("satudata_former_address", __name__)

DCAT = "dcat.read_dataset"
NAMED_BY = {"dataset.read": "id", "dataset_resource.read": "id", "dataset_resource.download": "id", DCAT: "_id"}
"""Which part of the address names the dataset; `.ttl` and its kin are pages of ckanext-dcat."""


@hooks.after(satudata_former_address, "dataset", "dataset_resource", "dcat")
def lead_on(response: Response) -> Any:
    """Instead of the 404: to the dataset by its id, as long as its stub is public."""
    part = NAMED_BY.get(request.endpoint or "")
    if response.status_code != 404 or part is None or request.method not in ("GET", "HEAD"):
        return response
    name = str((request.view_args or {}).get(part))
    package_id = _withdrawn(name) if is_storable(name) else None
    if package_id is None:
        return response
    if request.endpoint == DCAT:
        return tk.redirect_to(DCAT, _id=package_id, _format=(request.view_args or {}).get("_format"))
    return tk.redirect_to("dataset.read", id=package_id)


def _withdrawn(name: str) -> str | None:
    """The dataset that had this name when it was withdrawn last, if its stub is still there.

    What was narrowed to Tertutup leads nowhere: a name tells the title, and whoever guesses it would be told so.
    """
    row = model.Session.scalars(DatasetState.formerly(name)).first()
    if row is None or row.state != DatasetStage.WITHDRAWN.value or level_of(row.access_level) is Level.TERTUTUP:
        return None
    package = model.Package.get(row.package_id)
    return row.package_id if package is not None and package.state == "active" and not package.private else None
