"""The file of a handover, and the applicant's link to it, for the officers who serve the request."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.ppid_giving import PpidGiving
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import by_hand, config, custody, drafts, requests, standing
from ckanext.satudata.ppid import counter as desk_counter
from ckanext.satudata.shared import journal, vault, words
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.words import error_text as text_of

COUNTER = (*desk_counter.TYPED, "paid_on")

satudata_ppid_files = Blueprint("satudata_ppid_files", __name__)


@satudata_ppid_files.get("/permohonan/serah/<handover_id>")
def handover(handover_id: str) -> Any:
    """Streams the file out of the vault and journals the look; to everybody else there is no such file."""
    session = model.Session
    row = session.get(PpidHandover, handover_id)
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    request = session.get(PpidRequest, row.request_id) if row else None
    if (
        row is None
        or request is None
        or actor is None
        or not access.of_case(serves=custody.may_look(actor, request, row))
    ):
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


@satudata_ppid_files.post("/permohonan/serah/<handover_id>/pindai")
def rescan(handover_id: str) -> Any:
    """Tries a scan that failed once more; to who may not open the file it is not there."""
    row = model.Session.get(PpidHandover, handover_id)
    request = model.Session.get(PpidRequest, row.request_id) if row is not None else None
    try:
        tk.get_action("satudata_handover_scan")({"user": tk.current_user.name}, {"id": handover_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("This file is not there."))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(word for said in error.error_dict.values() for word in said))
    else:
        tk.h.flash_success(tk._("The file is scanned once more."))
    return tk.redirect_to("satudata_desk.read", case_id=request.case_id if request is not None else "")


@satudata_ppid_files.route("/permohonan/tautan/<request_id>/akhiri", methods=["GET", "POST"])
def end_link(request_id: str) -> Any:
    """PPID ends the applicant's link; to everybody else there is no such page."""
    row, facts = _of_link(request_id)
    values = {name: tk.request.form.get(name, "") for name in ("cause", "reason")}
    errors: dict[str, Any] = {}
    if tk.request.method == "POST":
        try:
            done = tk.get_action("satudata_ppid_link_end")(
                {"user": tk.current_user.name}, {"id": row.id, "file": _file(), **values}
            )
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            said = tk._("The link is ended.") if done["ended"] else tk._("The link did not work any more already.")
            tk.h.flash_success(by_hand.after(said, row) if done["ended"] else said)
            return tk.redirect_to("satudata_desk.read", case_id=row.case_id)
    causes = [(name, tk._(text)) for name, text in words.LINK_ENDED_BY_HAND.items()]
    page = {"row": row, "facts": facts, "values": values, "errors": errors, "causes": causes}
    return tk.render("ppid/desk/link_end.html", page), 422 if errors else 200


@satudata_ppid_files.route("/permohonan/tautan/<request_id>/baru", methods=["GET", "POST"])
def renew_link(request_id: str) -> Any:
    """PPID issues a new link; to everybody else there is no such page."""
    row, facts = _of_link(request_id)
    errors: dict[str, Any] = {}
    key = tk.request.form.get("key") or new_id()
    if tk.request.method == "POST":
        try:
            tk.get_action("satudata_ppid_link_renew")(
                {"user": tk.current_user.name}, {"id": row.id, "key": key, "file": _file()}
            )
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            tk.h.flash_success(by_hand.after(tk._("A new link was issued; the former one works no more."), row))
            return tk.redirect_to("satudata_desk.read", case_id=row.case_id)
    page = {"row": row, "facts": facts, "errors": errors, "key": key, "link_days": config.link_days()}
    page |= {"address": requests.address_state(row), "downloads": config.downloads_most()}
    return tk.render("ppid/desk/link_renew.html", page), 409 if errors else 200


@satudata_ppid_files.route("/permohonan/loket/<request_id>", methods=["GET", "POST"])
def counter(request_id: str) -> Any:
    """PPID records that the data was handed over at the counter; to everybody else there is no such page."""
    row = _for_ppid(request_id)
    given = model.Session.get(PpidGiving, row.id)
    if given is None:
        tk.abort(404, tk._("Page not found"))
    if given.given_at is not None:
        return tk.redirect_to("satudata_desk.read", case_id=row.case_id)
    values = {
        **desk_counter.said(given),
        **{name: tk.request.form[name] for name in COUNTER if name in tk.request.form},
    }
    errors: dict[str, Any] = {}
    if tk.request.method == "POST":
        data = {"id": row.id, "scan": tk.request.files.get("scan"), **values}
        try:
            tk.get_action("satudata_ppid_receipt_record")({"user": tk.current_user.name}, data)
        except tk.ValidationError as error:
            errors = error.error_dict
        else:
            tk.h.flash_success(tk._("It is recorded that the data was handed over."))
            return tk.redirect_to("satudata_desk.read", case_id=row.case_id)
    files = drafts.files_in_force(model.Session, row)
    page = {"row": row, "values": values, "errors": errors, "files": files}
    return tk.render("ppid/desk/counter.html", page), 422 if errors else 200


@satudata_ppid_files.get("/permohonan/loket/<request_id>/tanda-terima")
def receipt(request_id: str) -> Any:
    """The signed receipt, which names the applicant, for PPID; the look is journalled."""
    row, actor = _for_ppid(request_id), actor_for(tk.current_user)
    given = model.Session.get(PpidGiving, row.id)
    if given is None or given.receipt_id is None or not access.of_case(serves=requests.answers(actor, row)):
        tk.abort(404, tk._("This file is not there."))
    requests.show_person(model.Session, row, actor)
    try:
        stream, headers = scans.give(model.Session, given.receipt_id, (requests.SUBJECT, row.id), actor)
    except NotThere as gone:
        tk.abort(404, text_of(gone))
    return Response(stream, headers=headers)


def _for_ppid(request_id: str) -> PpidRequest:
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    row = model.Session.get(PpidRequest, request_id)
    if row is None or actor is None or not requests.answers(actor, row):
        tk.abort(404, tk._("Page not found"))
    return row


def _of_link(request_id: str) -> tuple[PpidRequest, list[dict[str, Any]]]:
    """The request and its links, or the one that the address names, for PPID; to others the page is not there."""
    row = _for_ppid(request_id)
    facts = [one for one in standing.link_facts(model.Session, row) if _file() in ("", one["file_id"])]
    if not facts:
        tk.abort(404, tk._("Page not found"))
    return row, facts


def _file() -> str:
    """The file of several whose link is meant; empty for all of them."""
    return tk.request.args.get("berkas", "")
