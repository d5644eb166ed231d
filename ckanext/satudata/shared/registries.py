"""CKAN gathers actions, auth functions and validators when the first is asked for, into the very tables that others
read meanwhile: of two requests that begin a process at once, one finds a table half full. It answers 500, or is given
CKAN's own action in place of the one that a plugin has put before it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import authz


def gather() -> None:
    """All of them, before the process takes a request.

    Actions before auth functions, as a first request asks for them: ckanext-harvest collects both in one table, in
    which what comes last takes the place of its namesakes.
    """
    tk.get_validator("not_empty")
    tk.get_action("status_show")
    authz.auth_functions_list()
