"""Files that applicants attached, for the office that answers them."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.ppid import applicant_files, requests
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.words import error_text

satudata_ppid_applicant = Blueprint("satudata_ppid_applicant", __name__)


@satudata_ppid_applicant.get("/permohonan/berkas-pemohon/<file_id>")
def file(file_id: str) -> Any:
    """The file itself, as a download; each look is journalled. To everybody else there is no such file."""
    session = model.Session
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    row, request = applicant_files.find(session, file_id[:64])
    serves = actor is not None and request is not None and requests.answers(actor, request)
    if not access.of_case(serves=serves):
        tk.abort(404, tk._("There is no such file."))
    try:
        body = applicant_files.opened(session, row, request, actor)
    except NotThere as gone:
        tk.abort(404, error_text(gone))
    return Response(
        body,
        headers={
            "Content-Type": row.content_type,
            "Content-Disposition": f'attachment; filename="{applicant_files.filename(row, request)}"',
            "Content-Security-Policy": "sandbox",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
