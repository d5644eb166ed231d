"""What the tracking page's own panel of objections shows."""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import objection_standing


def satudata_objections(ref: str) -> dict[str, Any]:
    """`objection_standing.for_applicant` of the request behind an address; for the page that has proven its reader."""
    request = model.Session.scalars(PpidRequest.by_ref(ref)).one()
    return objection_standing.for_applicant(model.Session, request)
