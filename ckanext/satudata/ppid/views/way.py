"""The applicant's part in the way of a request: completing it on the tracking page."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint, request

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.ppid_request import REPAIRABLE
from ckanext.satudata.ppid import applicant_files, completing, network, requests
from ckanext.satudata.ppid.views import ppid_request as pages
from ckanext.satudata.shared.words import errors_by_field
from ckanext.satudata.views import cross_site

satudata_ppid_way = Blueprint("satudata_ppid_way", __name__)
satudata_ppid_way.before_request(cross_site.refuse_foreign_form)


@satudata_ppid_way.after_request
def _private(response: Any) -> Any:
    """As all pages of a request."""
    return pages._private(response)


@satudata_ppid_way.get("/permohonan/lacak/<ref>/lengkapi")
def reloaded(ref: str) -> Any:
    """The address that a refused form leaves in the browser, asked for again."""
    return pages._to_page(ref)


@satudata_ppid_way.post("/permohonan/lacak/<ref>/lengkapi")
def repair(ref: str) -> Any:
    """Stores what was missing; errors keep everything that was typed."""
    row = pages._known(ref)
    if row is None:
        return pages._ask_again()
    typed = {name: request.form.get(name, "") for name in (*REPAIRABLE, "citizen")}
    try:
        files = applicant_files.received(request.files, applicant_files.APPLICANTS, network.caller())
        completing.send_repair(row, typed, files)
    except SatudataError as refusal:
        row = requests.find(model.Session, ref)
        return pages._page(row, errors_by_field(refusal), repair=typed), 400
    tk.h.flash_success(tk._("Thank you. What you sent is stored, and the request goes on."))
    return pages._to_page(ref)
