"""The form on which citizens ask, as one browser sees it: what is carried over, kept, and told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import request
from werkzeug.wrappers import Response

from ckanext.satudata.domain import statutory
from ckanext.satudata.domain.applicant import ApplicantKind
from ckanext.satudata.domain.errors import SatudataError, Several, TooMany
from ckanext.satudata.domain.workdays import Unit
from ckanext.satudata.ppid import applicant_files, asking, config, form_drafts, government, network, requests, standing
from ckanext.satudata.shared import clock, wording
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.words import error_text, errors_by_field

log = logging.getLogger(__name__)

FIELDS = (
    "question",
    "applicant_kind",
    "name",
    "institution",
    "legal_number",
    "power_number",
    "nik",
    "citizen",
    "address",
    "occupation",
    "email",
    "phone",
    "purpose",
    "form",
    "obtain",
    "sending",
    "consent",
    "website",
    "dataset",
    "resource",
    "key",
)
COOKIE = "satudata_permohonan"


def typed() -> dict[str, str]:
    """The fields as they were sent."""
    return {name: request.form.get(name, "")[:10_000] for name in FIELDS}


def kept() -> form_drafts.Draft | None:
    """This browser's draft."""
    return form_drafts.of(model.Session, request.cookies.get(COOKIE, ""))


def keep(values: Mapping[str, str]) -> tuple[str, dict[str, list[str]]]:
    """Keeps what was typed and attached for this browser; returns the draft's token and what is wrong with files.

    Without a token nothing could be kept: this network saves too often. The request is taken all the same.
    """
    errors: dict[str, list[str]] = {}
    address = network.caller()
    try:
        files = applicant_files.received(request.files, applicant_files.APPLICANTS, address)
    except Several as faults:
        files, errors = {}, errors_by_field(faults)
    except TooMany as refusal:
        files, errors = {}, {"message": [error_text(refusal)]}
    try:
        with transaction():
            token = form_drafts.keep(
                model.Session, request.cookies.get(COOKIE, ""), dict(values), files, address=address
            )
    except TooMany as refusal:
        if files:
            errors["message"] = [error_text(refusal)]
        return "", errors
    return token, errors


def drop() -> None:
    """Deletes this browser's draft."""
    with transaction():
        form_drafts.drop(model.Session, request.cookies.get(COOKIE, ""))


def hold(response: Response, token: str) -> Response:
    """Gives the browser the token, or takes it away where it is empty."""
    if not token:
        response.delete_cookie(COOKIE)
        return response
    response.set_cookie(
        COOKIE,
        token,
        max_age=config.draft_days() * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=tk.config["ckan.site_url"].startswith("https:"),
    )
    return response


def page(values: dict[str, Any], errors: Mapping[str, Any], draft: form_drafts.Draft | None, *, again: bool) -> str:
    """The form. `again`: what was kept earlier is shown, and may be thrown away."""
    target: dict[str, str] = {}
    # What is gone or was never public is left out: the file first, then the dataset; the form works in free words.
    for gone in ({}, {"resource": ""}, {"dataset": "", "resource": ""}):
        values = values | gone
        try:
            target = asking.target_of(values.get("dataset", ""), values.get("resource", ""))
            break
        except SatudataError:
            continue
    due, demands = requests.statutory_due(clock.now()), config.demands()
    office_due = clock.calendar().due(clock.now(), _office_days(), Unit.WORKING_DAYS)
    return tk.render(
        "ppid/new.html",
        {
            "values": values,
            "errors": errors,
            "target": target,
            "due": due,
            "due_why": standing.why(due),
            "office_due_on": office_due.due_on,
            "months": config.retention_months(),
            "demands": demands,
            "draft_days": config.draft_days(),
            "kept_again": again and draft is not None,
            "kept_until": wording.day(draft.until_at) if draft else "",
            "kept_files": {kind.value: name for kind, name in draft.files.items()} if draft else {},
        },
    )


def _office_days() -> int:
    return statutory.days_of(sops.running(requests.GOVERNMENT))


def fresh_kind() -> str:
    """In whose name the form asks at first."""
    context = {"user": asking.user_name(), "auth_user_obj": tk.current_user}
    is_office = tk.current_user.is_authenticated and government.has_agency_account(context)
    return (ApplicantKind.GOVERNMENT if is_office else ApplicantKind.PERSON).value
