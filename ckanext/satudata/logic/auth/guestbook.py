"""Who signs the guestbook and who reads it; the law stands in `domain.guestbook`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudata.domain import guestbook
from ckanext.satudata.shared.actors import actor_of

Answer = dict[str, bool]


@tk.auth_allow_anonymous_access
def satudata_guestbook_sign(context: dict[str, Any], data_dict: dict[str, Any]) -> Answer:
    """Everybody."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_guestbook_show(context: dict[str, Any], data_dict: dict[str, Any]) -> Answer:
    """Everybody; a dataset asks for itself."""
    return {"success": True}


def satudata_guestbook_figures(context: dict[str, Any], data_dict: dict[str, Any]) -> Answer:
    """Who reads figures."""
    return {"success": guestbook.reads_counts(actor_of(context))}


def satudata_guestbook_persons(context: dict[str, Any], data_dict: dict[str, Any]) -> Answer:
    """Who keeps the guestbook."""
    return {"success": guestbook.reads_persons(actor_of(context))}
