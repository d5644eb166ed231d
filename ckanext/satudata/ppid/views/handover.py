"""The file of a handover, and the applicant's link to it, for the officers who serve the request."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import config, requests, standing
from ckanext.satudata.shared import journal, vault, words
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import access
from ckanext.satudata.shared.words import error_text as text_of

satudata_ppid_files = Blueprint("satudata_ppid_files", __name__)


@satudata_ppid_files.get("/permohonan/serah/<handover_id>")
def handover(handover_id: str) -> Any:
    """Streams the file out of the vault and journals the look; to everybody else there is no such file."""
    session = model.Session
    row = session.get(PpidHandover, handover_id)
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    request = session.get(PpidRequest, row.request_id) if row else None
    if row is None or request is None or actor is None or not access.of_case(serves=requests.may_look(actor, request)):
        tk.abort(404, tk._("This file is not there."))
    try:
        stored = vault.get(session, row.vault_id)
        stream = vault.open_stream(session, row.vault_id)
    except NotThere as gone:
        tk.abort(404, text_of(gone))
    journal.append(
        session,
        "handover_viewed",
        actor=actor,
        case_id=request.case_id,
        subject=(requests.SUBJECT, request.id),
        payload={"sha256": row.sha256},
    )
    session.commit()
    return Response(
        stream,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Length": str(stored.size_bytes),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.filename)}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@satudata_ppid_files.route("/permohonan/tautan/<request_id>/akhiri", methods=["GET", "POST"])
def end_link(request_id: str) -> Any:
    """PPID ends the applicant's link; to everybody else there is no such page."""
    row, _facts = _of_link(request_id)
    values = {name: tk.request.form.get(name, "") for name in ("cause", "reason")}
    errors: dict[str, Any] = {}
    if tk.request.method == "POST":
        try:
            done = tk.get_action("satudata_ppid_link_end")({"user": tk.current_user.name}, {"id": row.id, **values})
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            said = tk._("The link is ended.") if done["ended"] else tk._("The link did not work any more already.")
            tk.h.flash_success(said)
            return tk.redirect_to("satudata_desk.read", case_id=row.case_id)
    causes = [(name, tk._(text)) for name, text in words.LINK_ENDED_BY_HAND.items()]
    page = {"row": row, "values": values, "errors": errors, "causes": causes}
    return tk.render("ppid/desk/link_end.html", page), 422 if errors else 200


@satudata_ppid_files.route("/permohonan/tautan/<request_id>/baru", methods=["GET", "POST"])
def renew_link(request_id: str) -> Any:
    """PPID issues a new link; to everybody else there is no such page."""
    row, facts = _of_link(request_id)
    errors: dict[str, Any] = {}
    key = tk.request.form.get("key") or new_id()
    if tk.request.method == "POST":
        try:
            tk.get_action("satudata_ppid_link_renew")({"user": tk.current_user.name}, {"id": row.id, "key": key})
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            tk.h.flash_success(tk._("A new link was issued; the former one works no more."))
            return tk.redirect_to("satudata_desk.read", case_id=row.case_id)
    page = {"row": row, "facts": facts, "errors": errors, "key": key, "link_days": config.link_days()}
    page |= {"address": requests.address_state(row), "downloads": config.downloads_most()}
    return tk.render("ppid/desk/link_renew.html", page), 409 if errors else 200


def _of_link(request_id: str) -> tuple[PpidRequest, dict[str, Any]]:
    """The request and its link, for PPID; to everybody else the page is not there."""
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    row = model.Session.get(PpidRequest, request_id)
    facts = standing.link_facts(model.Session, row) if row and actor and requests.is_ppid(actor) else None
    if row is None or facts is None:
        tk.abort(404, tk._("Page not found"))
    return row, facts
