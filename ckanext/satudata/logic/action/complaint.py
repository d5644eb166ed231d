"""Actions on complaints about the service. No account is needed."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import has_request_context
from flask import request as http

from ckanext.satudata.domain import complaint as rules
from ckanext.satudata.domain.errors import Several
from ckanext.satudata.model.complaint import Complaint
from ckanext.satudata.shared import limits, params
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.files import scans
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import complaint_desk, complaints, tracking

__all__ = ["satudata_complaint_create", "satudata_complaint_track"]

DESK = complaint_desk
"""Loaded with the actions: what an answer means is bound there."""
TRIES_PER_HOUR = 60


def _address() -> str:
    return (http.remote_addr or "") if has_request_context() else ""


@boundary
def satudata_complaint_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Complain about the service; no account is needed. Stored, numbered and dated at once.

    :param text: what happened, at least 20 characters
    :param email: e-mail address; this or `phone`
    :param phone: telephone number
    :param name: name (optional)
    :param upload: PDF, JPG or PNG of at most 10 MB (optional)
    :param consent: `true`: agrees to the privacy notice
    :param key: any text; the same text with the same complaint is stored once (optional)
    :returns: `id`, `ref`, `number`, `received_at`, `due_on`, `office`, `tracking_code`, `created`
    """
    tk.check_access("satudata_complaint_create", context, data_dict)
    text, upload = rules.cleaned(data_dict), data_dict.get("upload")
    filename = str(getattr(upload, "filename", "") or "") if scans.is_given(upload) else ""
    trap, consent = params.text(data_dict, "website"), params.flag(data_dict, "consent")
    Several.refuse(rules.faults(text, consent=consent, trap=trap, filename=filename))
    with transaction():
        row, created = complaints.take(
            model.Session(),
            rules.Complaint(**text),
            upload,
            key=params.text(data_dict, "key")[:200],
            language=tk.h.lang() if has_request_context() else str(tk.config["ckan.locale_default"]),
            address=_address(),
        )
    shown = complaints.standing(model.Session(), row)
    facts = {name: shown[name] for name in ("ref", "number", "received_at", "due_on", "office")}
    return {"id": row.id, **facts, "tracking_code": complaints.code_of(row), "created": created}


@boundary
def satudata_complaint_track(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where a complaint stands, for who sent it.

    :param number: the register number
    :param tracking_code: the code shown when it was sent
    :returns: `ref`, `number`, `received_at`, `office`, `state` (`open`, `answered` or `closed`), `due_on`, `due_why`,
        `sentence`, `answered_at`, `answer`; nothing about the person
    """
    tk.check_access("satudata_complaint_track", context, data_dict)
    limits.spend("complaint-track", _address() or "-", limit=TRIES_PER_HOUR, seconds=3600)
    number, code = (params.text(data_dict, name) for name in ("number", "tracking_code"))
    return complaints.standing(model.Session(), tracking.find(model.Session, Complaint, number, code))
