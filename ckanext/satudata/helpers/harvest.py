"""Template helpers of harvested records."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

__all__ = ["satudata_harvest_report"]


def satudata_harvest_report(dataset_id: str) -> dict[str, Any] | None:
    """What was said of a record when it was harvested; None where nothing was, and for who is no officer of it."""
    context = {"user": tk.g.user, "auth_user_obj": tk.g.userobj}
    try:
        found = tk.get_action("satudata_harvest_report_show")(context, {"id": dataset_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    return found if found["remarks"] else None
