"""Template helpers of the publication room."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain.access import STAGE_WORDS
from ckanext.satudata.shared import actors

__all__ = ["satudata_field_comments", "satudata_quality", "satudata_review", "satudata_stage_word"]


def satudata_review(dataset_id: str) -> dict[str, Any] | None:
    """Where the dataset stands, for its officers, with a fresh `key` for the button; None for everybody else."""
    if not tk.g.user:
        return None
    context = {"user": tk.g.user, "auth_user_obj": tk.g.userobj}
    if not actors.actor_of(context).held and not tk.g.userobj.sysadmin:
        return None
    try:
        return {**tk.get_action("satudata_dataset_review_show")(context, {"id": dataset_id}), "key": str(uuid.uuid4())}
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None


def satudata_quality(dataset_id: str) -> dict[str, Any] | None:
    """What is wrong in what would be sent, see `satudata_quality_show`; None for who is no officer of the dataset."""
    context = {"user": tk.g.user, "auth_user_obj": tk.g.userobj}
    try:
        return tk.get_action("satudata_quality_show")(context, {"id": dataset_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def satudata_stage_word(stage: str) -> str:
    """The status word of a stage in the reader's language."""
    return tk._(STAGE_WORDS.get(stage, stage))


def satudata_field_comments(dataset_id: str) -> list[dict[str, Any]]:
    """What the reviewer who sent it back said of single fields, for who may follow the review."""
    review = satudata_review(dataset_id)
    return review["comments"] if review else []
