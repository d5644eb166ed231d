"""The change of a published dataset that is not published yet, and the versions that were."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ckanext.satudata.publication import review
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.revision import revising, revision_content, revisions
from ckanext.satudata.views import gate
from ckanext.satudata.views.data import counted

satudata_revision = Blueprint("satudata_revision", __name__, url_prefix="/meja/data")


@satudata_revision.route("/<id>/perubahan")
def read(id: str) -> Any:
    """What the change would change, in words; 404 for everybody but the officers."""
    found = _asked("satudata_revision_show", {"id": id})
    pkg = tk.get_action("package_show")(gate.context(), {"id": id})
    working = revising.shown(model.Session(), pkg["id"], tk.current_user.name, with_files=True)
    actor, case = actor_of(gate.context()), review.case_of(model.Session, pkg["id"])
    may_edit = tk.h.check_access("package_update", {"id": pkg["id"]})
    state = found["revision"]["state"] if found["revision"] else ""
    return tk.render(
        "publication/change.html",
        {
            "pkg": pkg,
            "found": found,
            "working": working,
            "may_edit": may_edit and state in ("", "draft"),
            "may_send": state == "draft" and review.may_submit(actor, pkg["owner_org"]),
            "missing": review.gaps(working) if state == "draft" else [],
            "case_id": case.id if case is not None and case.ended_at is None else "",
        },
    )


@satudata_revision.route("/<id>/perubahan/buang", methods=["POST"])
def discard(id: str) -> Any:
    """Throws the change away."""
    return _done(
        "satudata_revision_discard", {"id": id}, tk._("The change was discarded. The public sees what it saw.")
    )


@satudata_revision.route("/<id>/perubahan/berkas/<resource_id>")
def download(id: str, resource_id: str) -> Any:
    """The file as the working copy has it, from the vault, or the way to its address; counted as an officer's."""
    _asked("satudata_version_list", {"id": id})
    package = model.Package.get(id)
    revision = revisions.open_of(model.Session(), package.id)
    files = revision_content.files_of(model.Session(), revision) if revision is not None else {}
    if resource_id not in files:
        return tk.abort(404, tk._("Resource not found"))
    answer = access.ask_revision(model.Session(), actor_of(gate.context()), package, files[resource_id])
    if not answer.is_allowed or answer.file is None or (answer.kept is None and not answer.file.address):
        return tk.abort(404, tk._("Resource not found"))
    return counted(answer)


@satudata_revision.route("/<id>/versi")
def versions(id: str) -> Any:
    """The versions that were public; `?dari=1&ke=3` compares two of them."""
    listed = _asked("satudata_version_list", {"id": id})
    pkg = tk.get_action("package_show")(gate.context(), {"id": id})
    old, new = (tk.request.args.get(name, "") for name in ("dari", "ke"))
    found = _asked("satudata_version_compare", {"id": id, "old": old, "new": new}) if old and new else None
    return tk.render(
        "publication/versions.html",
        {
            "pkg": pkg,
            "versions": listed,
            "found": found,
            "old": old,
            "new": new,
            "may_edit": tk.h.check_access("package_update", {"id": pkg["id"]}),
        },
    )


@satudata_revision.route("/<id>/versi/<number>/pulihkan", methods=["POST"])
def restore(id: str, number: str) -> Any:
    """Brings a version back as a new change."""
    text = tk._("The version stands as a new change now. The public sees it once it is reviewed and published.")
    return _done("satudata_version_restore", {"id": id, "number": number}, text)


def _asked(action: str, data: dict[str, Any]) -> Any:
    try:
        return tk.get_action(action)(gate.context(), data)
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return tk.abort(404, tk._("Dataset not found"))


def _done(action: str, data: dict[str, Any], text: str) -> Any:
    try:
        tk.get_action(action)(gate.context(), data)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(texts[0] for texts in gate.errors_of(error).values()))
    else:
        tk.h.flash_success(text)
    return tk.redirect_to("satudata_revision.read", id=data["id"])
