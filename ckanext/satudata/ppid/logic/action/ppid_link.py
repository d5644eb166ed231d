"""Actions on the personal links of a request. Parameters and results: docs/requests.md."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.errors import Invalid, NotAllowed
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.ppid import links, requests
from ckanext.satudata.shared import params, words
from ckanext.satudata.shared.actors import actor_of
from ckanext.satudata.shared.boundary import boundary
from ckanext.satudata.shared.transaction import transaction

__all__ = ["satudata_ppid_link_end", "satudata_ppid_link_renew"]


@boundary
def satudata_ppid_link_end(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """End the personal link of a request at once, for example one that went to a wrong address. PPID's act.

    Whoever confirmed the address of the request is told the cause by mail.

    :param id: id, ref or number of the request
    :param reason: why; stands in the journal of the case
    :param cause: what the applicant is told: `address`, `file`, `personal_data` or `withdrawn`; may be left out
    :param file: id of one file of several (optional; else every link of the request)
    :returns: `ended`: how many links were ended; 0 where none was alive
    """
    tk.check_access("satudata_ppid_link_end", context, data_dict)
    session, actor = model.Session, actor_of(context)
    if not requests.is_office(actor):
        raise NotAllowed("Only {roles} may do this.", roles=(Role.PPID,))
    reason, cause = params.text(data_dict, "reason"), params.text(data_dict, "cause")
    if not reason:
        raise Invalid("A reason is needed.", field="reason", mend="Write why the link is ended.")
    if cause not in words.LINK_ENDED_BY_HAND:
        raise Invalid("Choose from the list what the applicant is told.", field="cause")
    row = requests.find(session, params.text(data_dict, "id"))
    requests.check_answers(actor, row)
    with transaction():
        file_id = params.text(data_dict, "file")
        return {"ended": links.end(session, row, actor=actor, reason=reason, cause=cause, file_id=file_id)}


@boundary
def satudata_ppid_link_renew(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Issue a new personal link to each file that was delivered; the former ones end. PPID's act.

    It is mailed to the applicant's confirmed address and stands on the tracking page. Refused after the dataset was
    withdrawn, and where a link of the request was ended for its file or its address.

    :param id: id, ref or number of the request
    :param key: any text; the same key again answers as the first time (optional)
    :param file: id of one file of several (optional; else every link of the request that may be renewed)
    :returns: `number`, `link_until`
    """
    tk.check_access("satudata_ppid_link_renew", context, data_dict)
    asked, key = params.text(data_dict, "id"), params.text(data_dict, "key")[:200]
    with transaction():
        file_id = params.text(data_dict, "file")
        return links.renew(model.Session, asked, actor=actor_of(context), key=key, file_id=file_id)
