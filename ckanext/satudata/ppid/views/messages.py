"""The officers' side of messages with an applicant; the applicant's is on the tracking page."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import Blueprint, request

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.officer import Actor
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import by_hand, messages, requests
from ckanext.satudata.views import desk

satudata_ppid_messages = Blueprint("satudata_ppid_messages", __name__)


@satudata_ppid_messages.post("/meja/<case_id>/pesan")
def write(case_id: str) -> Any:
    """Sends a message to the applicant of a request; stands beside the commands."""
    text, key = request.form.get("text", ""), request.form.get("key", "")[:200]

    def act(actor: Actor) -> None:
        row = model.Session.scalars(sa.select(PpidRequest).where(PpidRequest.case_id == case_id)).first()
        if row is None or not requests.answers(actor, row):
            raise NotThere("There is no such request.")
        messages.send(model.Session, row.id, text, actor=actor, key=key)

    row = model.Session.scalars(sa.select(PpidRequest).where(PpidRequest.case_id == case_id)).first()
    told = tk._("The message is sent.")
    said = by_hand.after(told, row) if row is not None else told
    return desk.do_beside(case_id, act, said, anchor="messages", fields=("text",))
