"""A letter for officers: as it was made, to be edited, and how it comes back signed."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.letters import LetterKind, title_of
from ckanext.satudata.domain.letters.returning import may_bring_back
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import by_hand, requests
from ckanext.satudata.ppid.presenter import may_read_letter
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.documents import docx, letter_scans, letters
from ckanext.satudata.shared.files import access, scans
from ckanext.satudata.shared.words import error_text
from ckanext.satudata.views import gate

satudata_ppid_letters = Blueprint("satudata_ppid_letters", __name__)


@satudata_ppid_letters.get("/permohonan/surat/<letter_id>/<any(asli, docx):form>")
def made(letter_id: str, form: str) -> Response:
    """The letter as it was made, as PDF or DOCX; one that names the applicant is a look at the person."""
    letter, _request, _actor = of(letter_id, looks=True)
    name = letters.filename(LetterKind(letter.kind), letter.number).removesuffix(".pdf")
    try:
        if form == "docx":
            return gate.document(letters.as_docx(letter), name, docx.TYPE)
        return gate.document(letters.content_of(model.Session, letter), name)
    except NotThere as gone:
        return tk.abort(404, error_text(gone))


@satudata_ppid_letters.route("/permohonan/surat/<letter_id>/pindaian", methods=["GET", "POST"])
def sign(letter_id: str) -> Any:
    """The signed letter comes back; to everybody else there is no such page."""
    letter, request, actor = of(letter_id)
    if not may_bring_back(actor, LetterKind(letter.kind), letter.organization_id):
        tk.abort(404, tk._("There is no such letter."))
    errors: dict[str, Any] = {}
    case_id = letter.case_id
    if tk.request.method == "POST":
        sent = {"id": letter.id, scans.FIELD: tk.request.files.get(scans.FIELD)}
        try:
            tk.get_action("satudata_letter_sign")(gate.context(), sent)
        except tk.ValidationError as error:
            errors = gate.errors_of(error)
        else:
            told = tk._("The signed letter is kept; readers get it from now on.")
            tk.h.flash_success(by_hand.after(told, request) if letters.is_for_applicant(letter) else told)
            return tk.redirect_to("satudata_desk.read", case_id=case_id)
    letter = model.Session.get_one(Letter, letter_id)
    page = {
        "letter": letter,
        "title": title_of(letter.kind, requests.process_of(request.applicant_kind)),
        "scans": letter_scans.of(model.Session, letter),
        "errors": errors,
    }
    return tk.render("ppid/desk/letter_sign.html", page), 422 if errors else 200


def of(letter_id: str, *, looks: bool = False) -> tuple[Letter, PpidRequest, Actor]:
    """The letter for an officer who may read it; 404 for everybody else."""
    letter = model.Session.get(Letter, letter_id)
    actor = actor_for(tk.current_user) if tk.current_user.is_authenticated else None
    request = model.Session.get(PpidRequest, letter.subject_id) if letter else None
    if letter is None or request is None or actor is None:
        tk.abort(404, tk._("There is no such letter."))
    if not access.of_case(serves=may_read_letter(actor, letter, request)):
        tk.abort(404, tk._("There is no such letter."))
    if looks and letters.is_for_applicant(letter):
        requests.show_person(model.Session, request, actor)
    return letter, request, actor
