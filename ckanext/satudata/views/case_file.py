"""`/meja/<case>/berkas.pdf` and `.zip`: the case for auditors and the Komisi Informasi."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import NotAllowed, SatudataError
from ckanext.satudata.shared import words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.work import case_file
from ckanext.satudata.views import gate

satudata_case_file = Blueprint("satudata_case_file", __name__, url_prefix="/meja")


@satudata_case_file.before_request
def only_people_with_an_account():
    """Visitors are asked to log in."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@satudata_case_file.route("/<case_id>/berkas.pdf", endpoint="pdf")
def as_pdf(case_id: str):
    """Everything that the person sees of the case."""
    try:
        body = case_file.as_pdf(model.Session, case_id, actor_of(gate.context()))
    except SatudataError:
        return tk.abort(404)
    return _file(body, case_id, "pdf", "application/pdf")


@satudata_case_file.route("/<case_id>/berkas.zip", endpoint="zip")
def as_zip(case_id: str):
    """The originals that the person may have, as they are."""
    try:
        blocks = case_file.as_zip(model.Session, case_id, actor_of(gate.context()))
    except NotAllowed as refusal:
        return tk.abort(403, words.error_text(refusal))
    except SatudataError:
        return tk.abort(404)
    return _file(blocks, case_id, "zip", "application/zip")


def _file(body, case_id: str, ending: str, kind: str) -> Response:
    name = case_file.filename(case_id, ending)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, mimetype=kind, headers=headers)
