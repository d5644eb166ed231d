"""Who may complain and follow a complaint: everybody."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


@tk.auth_allow_anonymous_access
def satudata_complaint_create(context, data_dict):
    """Anybody, without an account (UU 25/2009 art. 36)."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_complaint_track(context, data_dict):
    """Who has number and code."""
    return {"success": True}
