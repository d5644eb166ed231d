"""Courtesy before the law of `posts.content`, `posts.reading` and the process itself."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def _logged_in(context):
    return {"success": bool(context.get("user"))}


def satudata_post_draft_show(context, data_dict):
    """Who is logged in; which cases he knows of is asked there."""
    return _logged_in(context)


def satudata_post_save(context, data_dict):
    """Who is logged in; whose step is open is asked there."""
    return _logged_in(context)


def satudata_post_channel_add(context, data_dict):
    """Who is logged in; who publishes is asked there."""
    return _logged_in(context)


def satudata_post_withdraw(context, data_dict):
    """Who is logged in; who answers for it is asked there."""
    return _logged_in(context)


@tk.auth_allow_anonymous_access
def satudata_post_list(context, data_dict):
    """Everybody."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_post_show(context, data_dict):
    """Everybody."""
    return {"success": True}
