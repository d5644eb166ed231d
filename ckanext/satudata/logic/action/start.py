"""Processes that officers begin, and those that begin by themselves."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.shared import params, periodic, process
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import starts

__all__ = ["satudata_case_start"]


@periodic.every(minutes=60)
def start_cases() -> None:
    """Begins the cases whose day has come, by `mulai` of the SOPs."""
    starts.by_dates(model.Session)
    model.Session.commit()


@boundary
def satudata_case_start(context, data_dict):
    """Begin a process by hand: `{process, organization_id, title, key}`.

    Which processes and who: `mulai` of the SOP. `organization_id` may be empty where no step is an agency's. `title`:
    one line that says what it is about, with nobody's name. `key` (any text of yours): the same key again answers with
    the case of the first time. Where the SOP lets a disposition begin the process: `note` (the instruction),
    `to_user` (id or name; empty: whoever holds the role), `order_due_on`, `attachment_1` to `attachment_5`. Returns
    where the case stands.
    """
    tk.check_access("satudata_case_start", context, data_dict)
    session = model.Session
    with transaction():
        case = starts.by_hand(
            session,
            actor_of(context),
            process_name=params.text(data_dict, "process"),
            organization_id=params.text(data_dict, "organization_id"),
            title=params.text(data_dict, "title"),
            key=params.text(data_dict, "key"),
            order=data_dict,
        )
        answer = process.summary(session, case)
    return answer
