"""What follows when CKAN's own forms of a dataset were saved: the send button, and the way back to the dataset."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudata.shared import hooks

drafting = Blueprint("satudata_drafting", __name__)

SEND = "satudata-send"


@hooks.after(drafting, "dataset", "dataset_resource")
def after_saving(response: Response) -> Any:
    """Sends what was saved with the send button; leads from the form of a file to the dataset.

    Only where the form was taken (a redirect): with a fault the form comes back, and nothing is sent.
    """
    if tk.request.method != "POST" or response.status_code not in (302, 303) or tk.request.view_args is None:
        return response
    endpoint = tk.request.endpoint
    if endpoint in ("dataset.new", "dataset.edit") and tk.request.form.get("save") == SEND:
        return _send(_dataset_of(response.location))
    of_file = endpoint in ("dataset_resource.new", "dataset_resource.edit")
    if not of_file and endpoint not in ("dataset.new", "dataset.edit"):
        return response
    id_ = tk.request.view_args.get("id")
    is_change = tk.h.satudata_is_published(id_)
    if is_change:
        tk.h.flash_success(tk._("The change is saved. The public sees it once it is reviewed and published."))
    else:
        tk.h.flash_success(tk._("The file is saved.") if of_file else tk._("The draft is saved."))
    goes_on = endpoint == "dataset_resource.new" and tk.request.form.get("save") == "again"
    if is_change and not goes_on:
        return tk.redirect_to("satudata_revision.read", id=id_)
    return tk.redirect_to("dataset.read", id=id_) if endpoint == "dataset_resource.edit" else response


def _send(dataset: str) -> Any:
    context = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    try:
        tk.get_action("satudata_dataset_submit")(context, {"id": dataset})
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        tk.h.flash_error(str(error) or tk._("Only operators of the agency send a dataset."))
    except tk.ValidationError as error:
        if "conflict" in error.error_dict:
            tk.h.flash_error(" ".join(text for texts in error.error_dict.values() for text in texts[:1]))
        else:
            tk.h.flash_notice(tk._("The draft is saved, but not sent: something is still missing. See the list below."))
    else:
        tk.h.flash_success(tk._("Sent to the verifier. You will be told when it is returned or approved."))
    return tk.redirect_to("dataset.read", id=dataset)


def _dataset_of(location: str) -> str:
    """The dataset's name in the address that CKAN leads to: `/dataset/<name>` or `/dataset/<name>/resource/new`."""
    return location.split("/dataset/", 1)[1].split("/")[0].split("?")[0]
