"""No form is offered for a dataset that cannot be changed now: why, and what to do instead."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.shared import hooks
from ckanext.satudata.shared.publishing import frozen

satudata_frozen = Blueprint("satudata_frozen", __name__)

FILE_FORMS = ("dataset_resource.new", "dataset_resource.edit")
SHOWN = (*FILE_FORMS, "dataset.edit")


@hooks.before(satudata_frozen, "dataset", "dataset_resource")
def instead_of_the_form() -> Any:
    """The page that says why, for who could change the dataset while it is a draft; CKAN answers everybody else.

    A description that was typed already comes back in its own form with the refusal, so that it is not lost.
    """
    if tk.request.endpoint not in SHOWN or (tk.request.method == "POST" and tk.request.endpoint not in FILE_FORMS):
        return None
    package = model.Package.get((tk.request.view_args or {}).get("id"))
    told = frozen.told(model.Session, package) if package else {}
    if not told:
        return None
    context = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    try:
        tk.check_access("package_update", dict(context), {"id": package.id})
        pkg = tk.get_action("package_show")(dict(context), {"id": package.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return tk.render("satudata/frozen.html", {"pkg": pkg, **told}), 409 if tk.request.method == "POST" else 200
