"""For officers: what was public and is not any more, with its files."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.shared import words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.files import access, preview
from ckanext.satudata.views import gate
from ckanext.satudata.views.data import counted

satudata_former = Blueprint("satudata_former", __name__)


@satudata_former.route("/meja/ditarik/<id>")
def read(id: str) -> Any:
    """The description as it was and the files that are kept; `?lihat=<file>` shows its first rows."""
    found = _found(id)
    wanted = tk.request.args.get("lihat", "")
    for resource in found["resources"]:
        answer = _asked(found, resource["id"])
        resource["may_look"] = answer.kept is not None and resource["format"].upper() in preview.KEPT_FORMATS
        if resource["may_look"] and wanted == resource["id"]:
            try:
                resource["preview"] = preview.of_answer(answer)
            except SatudataError as error:
                resource["fault"] = words.error_text(error)
    return tk.render("satudata/former.html", {"found": found, "pkg": found["description"] or _public(found["id"])})


@satudata_former.route("/meja/ditarik/<id>/berkas/<resource_id>")
def download(id: str, resource_id: str) -> Any:
    """The file from the vault, or the way to its address; counted as an officer's."""
    found = _found(id)
    answer = _asked(found, resource_id)
    if not answer.is_allowed or answer.file is None or (answer.kept is None and not answer.file.address):
        return tk.abort(404)
    return counted(answer)


def _found(id: str) -> dict[str, Any]:
    try:
        return tk.get_action("satudata_dataset_former_show")(gate.context(), {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))


def _asked(found: dict[str, Any], resource_id: str) -> access.Answer:
    package = model.Session.get_one(model.Package, found["id"])
    return access.ask_kept(model.Session, actor_of(gate.context()), package, resource_id)


def _public(package_id: str) -> dict[str, Any]:
    return tk.get_action("package_show")(gate.context(), {"id": package_id})
