"""What the applicant does with the own data on the tracking page: take a copy, ask for its erasure; and the survey."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, make_response, request

from ckanext.satudata.domain.errors import SatudataError, Several
from ckanext.satudata.ppid import erasure, own_data, requests, survey
from ckanext.satudata.ppid.views import ppid_request as pages
from ckanext.satudata.shared import words
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text as text_of
from ckanext.satudata.views import cross_site

satudata_ppid_own = Blueprint("satudata_ppid_own", __name__)
satudata_ppid_own.before_request(cross_site.refuse_foreign_form)
satudata_ppid_own.after_request(pages._private)


@satudata_ppid_own.get("/permohonan/lacak/<ref>/<any(salinan, hapus, survei):act>")
def again(ref: str, act: str) -> Any:
    """The address of a form that was opened anew: back to the request."""
    return pages._to_page(ref)


@satudata_ppid_own.post("/permohonan/lacak/<ref>/salinan")
def copy(ref: str) -> Any:
    """Everything that is held of the applicant, as a ZIP."""
    row = pages._known(ref)
    if row is None:
        return pages._ask_again()
    with transaction():
        body = own_data.archive(model.Session, row)
        number = row.number
    response = make_response(body)
    response.headers["Content-Type"] = "application/zip"
    name = "-".join("".join(sign if sign.isalnum() else " " for sign in number).split())
    response.headers["Content-Disposition"] = f'attachment; filename="data-{name}.zip"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@satudata_ppid_own.post("/permohonan/lacak/<ref>/hapus")
def erase(ref: str) -> Any:
    """Asks the office that answers to erase what tells who asked."""
    row = pages._known(ref)
    if row is None:
        return pages._ask_again()
    if request.form.get("sure_erase") != "true":
        return pages._page(row, {"sure_erase": [tk._("Tick the box: what is erased cannot be brought back.")]}), 400
    try:
        with transaction():
            erasure.ask(model.Session, row.id)
    except SatudataError as refusal:
        return pages._page(pages.requests.find(model.Session, ref), {"message": [text_of(refusal)]}), 409
    said = tk._("It is for {office} to decide on the erasure; the answer stands on this page.")
    tk.h.flash_success(said.format(office=words.office(requests.office_of(row))))
    return pages._to_page(ref)


@satudata_ppid_own.post("/permohonan/lacak/<ref>/survei")
def answer(ref: str) -> Any:
    """The two questions."""
    row = pages._known(ref)
    if row is None:
        return pages._ask_again()
    typed = {name: request.form.get(name, "") for name in ("service", "fit")}
    try:
        with transaction():
            survey.take(model.Session, row.id, typed["service"], typed["fit"])
    except Several as wrong:
        errors = {one.field: [text_of(one)] for one in wrong.errors}
        return pages._page(pages.requests.find(model.Session, ref), errors, surveyed=typed), 400
    except SatudataError as refusal:
        return pages._page(pages.requests.find(model.Session, ref), {"message": [text_of(refusal)]}), 409
    tk.h.flash_success(tk._("Thank you for your answers."))
    return pages._to_page(ref)
