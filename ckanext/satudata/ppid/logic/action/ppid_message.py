"""Actions on the messages between applicant and office. Parameters and results: docs/requests.md."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.ppid import messages, requests
from ckanext.satudata.shared import params
from ckanext.satudata.shared.actors import APPLICANT, actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_ppid_message_list", "satudata_ppid_message_send"]


@boundary
def satudata_ppid_message_send(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Ask or answer shortly, on the tracking page of a request.

    The applicant gives number and code; the office that answers (PPID; Walidata for a government user) gives `id`.
    The other side is told by mail that there is a message. No clock stops by it.

    :param number: the register number, with
    :param tracking_code: the code shown when the request was sent
    :param id: or, for an officer: id, ref or number
    :param text: the message, 2,000 characters at most
    :param key: any text; the same text with the same key is one message (optional)
    :returns: `sender`, `at`
    """
    tk.check_access("satudata_ppid_message_send", context, data_dict)
    session, key = model.Session, params.text(data_dict, "key")[:200]
    if params.text(data_dict, "id"):
        actor = actor_of(context)
        row = requests.find(session, params.text(data_dict, "id"))
        if not requests.answers(actor, row):
            raise NotThere("There is no such request.")
    else:
        actor, row = APPLICANT, requests.tracked(session, data_dict)
    with transaction():
        sent = messages.send(session, row.id, data_dict.get("text"), actor=actor, key=key)
        return {"sender": sent.sender, "at": sent.at.isoformat()}


@boundary
def satudata_ppid_message_list(context: dict[str, Any], data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a request, oldest first, for the office that answers; the look is journalled, once a day.

    :param id: id, ref or number
    :returns: a list of `sender` (`applicant` or `officer`), `at`, `text`
    """
    tk.check_access("satudata_ppid_message_list", context, data_dict)
    session, actor = model.Session, actor_of(context)
    row = requests.find(session, params.text(data_dict, "id"))
    if not requests.answers(actor, row):
        raise NotThere("There is no such request.")
    requests.show_person(session, row, actor)  # what an applicant writes may tell who he is
    return messages.of(session, row)
